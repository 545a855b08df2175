from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autom8.cli import terminal, wording
from autom8.cli.terminal import Column, print_fields, print_json, print_table
from autom8.kernel.errors import Conflict, Invalid

# What is asked is whether it holds, not how quick a busy machine is.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ODD = "a\x1b[31mred\x07\n\u202egnp\x9b\ud800\ufeff"


def test_what_could_move_the_cursor_is_shown_and_not_done() -> None:
    assert wording.visible(ODD) == r"a\x1b[31mred\x07\n\u202egnp\x9b\ud800\ufeff"


def test_text_of_many_lines_keeps_its_lines_and_tabs_only() -> None:
    assert wording.visible_text("a\tb\r\nc\rd\x1b]0;title\x07\n") == "a\tb\nc\\rd\\x1b]0;title\\x07\n"


@PATIENT
@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert wording.visible(text).isprintable() or not text.isprintable()
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in wording.visible(text))


@PATIENT
@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_that_is_safe_to_look_at_is_still_the_same_json(value: object) -> None:
    text = wording.visible_json(json.dumps(value, ensure_ascii=False))

    assert json.loads(text) == value
    assert "\x1b" not in text
    assert "\x9b" not in text


def test_an_instant_is_shown_in_the_zone_of_the_machine_with_its_offset() -> None:
    assert wording.show_instant("2026-07-01T12:00:00.25Z") == "2026-07-02 00:45:00 +12:45"
    assert (
        wording.show_instant("2026-07-01T12:00:00Z", zone=ZoneInfo("America/New_York"))
        == "2026-07-01 08:00:00 -04:00"
    )
    assert wording.show_instant(None) == "-"


def test_an_instant_is_sent_in_utc() -> None:
    at = datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))

    assert wording.instant_json(at) == "2026-07-01T00:00:00Z"
    assert wording.parse_instant("2026-07-01T00:00:00Z") == at.astimezone(UTC)
    with pytest.raises(ValueError, match="no offset"):
        wording.parse_instant("2026-07-01T00:00:00")


@pytest.mark.parametrize(
    ("schedule", "shown"),
    [
        ({"kind": "cron", "cron": "@daily"}, "@daily (Europe/Berlin)"),
        ({"kind": "interval", "every_s": 5400}, "every 1h 30m"),
        ({"kind": "once", "at": "2026-07-01T12:00:00Z"}, "once at 2026-07-02 00:45:00 +12:45"),
        ({"kind": "boot"}, "at boot"),
        ({"kind": "manual"}, "by hand"),
    ],
)
def test_a_schedule_is_said_in_a_few_words(schedule: dict[str, object], shown: str) -> None:
    assert wording.show_schedule({"schedule": schedule, "zone": "Europe/Berlin"}) == shown


def test_an_error_names_each_wrong_field_once() -> None:
    assert wording.one_line(Conflict("taken\x1b")) == r"taken\x1b"
    assert (
        wording.one_line(Invalid("wrong.", fields={"zone": "no such", "cron": "odd"}))
        == "wrong: zone: no such; cron: odd"
    )
    assert wording.one_line(Invalid("zone: no such", fields={"zone": "no such"})) == "zone: no such"


def test_a_piped_table_has_straight_columns_and_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    print_table(
        [Column("NUMBER", number=True), Column("NAME"), Column("MORE")],
        [(7, "猫", None), (1234567, "e\u0301", long)],
    )

    assert capsys.readouterr().out == (
        "NUMBER   NAME  MORE\n"
        "      7  猫    -\n"
        f"1234567  e\u0301     {long}\n"
    ).replace("NUMBER   NAME", " NUMBER  NAME")  # fmt: skip


def test_a_table_on_a_terminal_has_colours_and_takes_no_markup(
    capsys: pytest.CaptureFixture[str], as_terminal: Callable[[], None]
) -> None:
    as_terminal()
    print_table([Column("NAME"), Column("STATE")], [("[bold]x[/bold] :cat:", "failed (exit_code)")])

    out = capsys.readouterr().out
    assert "[bold]x[/bold] :cat:" in out
    assert "\x1b[31mfailed (exit_code)" in out


def test_no_color_is_respected(
    capsys: pytest.CaptureFixture[str], as_terminal: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    print_table([Column("STATE")], [("failed",)])

    assert "\x1b[31m" not in capsys.readouterr().out


def test_progress_is_shown_on_a_terminal(
    capsys: pytest.CaptureFixture[str], as_terminal: Callable[[], None]
) -> None:
    as_terminal()
    with terminal.progress("counting", 2) as step:
        step()
        step()

    written = capsys.readouterr()
    assert "counting" in written.err
    assert written.out == ""


def test_progress_is_silent_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("counting", 1) as step:
        step()

    assert capsys.readouterr() == ("", "")


def test_fields_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields({"name": "a\nb", "empty": "", "none": None, "zero": 0})
    print_fields({})

    assert capsys.readouterr().out == "name  a\\nb\nzero  0\n"


def test_json_is_written_as_it_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Köln\x9b"})

    assert capsys.readouterr().out == '{\n  "name": "Köln\\u009b"\n}\n'
