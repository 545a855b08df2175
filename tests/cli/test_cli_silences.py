"""`autom8 silence` against the real API: what is sent, what is shown, and how it ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from autom8.cli.silence import weekly
from tests.cli.command import Cli
from tests.cli.served import here, house

__all__ = ["here", "house"]


def length_of(silence: dict[str, str]) -> timedelta:
    return datetime.fromisoformat(silence["ends_at"]) - datetime.fromisoformat(silence["starts_at"])


def test_a_silence_is_added_shown_changed_and_ended(here: Cli) -> None:
    add = [
        "silence",
        "add",
        "task=nightly",
        'severity=~"warning|info"',
        "--for",
        "2h",
        "--comment",
        "new disk",
    ]
    added = here(*add)
    assert added.code == 0, added.err
    assert added.out.startswith("silence 1 holds until "), added.err
    assert added.out.endswith(': task="nightly", severity=~"warning|info"\n')
    shown = here("silence", "show", "1").out
    assert 'matches  task="nightly", severity=~"warning|info"' in shown
    assert "state    active\n" in shown
    assert "weekly" not in shown
    there = here("silence", "show", "1", "--json").json
    assert timedelta() <= timedelta(hours=2) - length_of(there) < timedelta(seconds=30)

    longer = here("silence", "change", "1", "--for", "5h", "--comment", "newer disk", "--json").json
    assert (longer["comment"], longer["text"]) == ("newer disk", there["text"])
    assert timedelta(hours=5) <= length_of(longer) < timedelta(hours=5, seconds=30)
    assert here("silence", "change", "1", "task=other").out.endswith(': task="other"\n')
    assert here("silence", "change", "1").code == 8
    assert here(*add).code == 0
    assert here("silence", "expire", "1", "2").out == "silence 1 has ended\nsilence 2 has ended\n"
    assert here("silence", "change", "1", "--comment", "late").code == 7
    assert here("silence", "expire", "9").code == 6


def test_a_maintenance_window_is_weekly_and_by_the_clocks_of_a_zone(here: Cli) -> None:
    made = here("silence", "add", "instance=db1", "--weekly", "sat,sun 02:00-04:00 Europe/Berlin", "--json")
    window = made.json
    assert window["hours"] == {
        "from": "02:00",
        "until": "04:00",
        "zone": "Europe/Berlin",
        "days": ["sat", "sun"],
    }
    assert length_of(window) > timedelta(days=3_649)
    timed = here(
        "silence",
        "add",
        "a=b",
        "--weekly",
        "02:00-04:00",
        "--until",
        "2030-01-01 12:00",
        "--tz",
        "Asia/Tokyo",
    )
    assert ", each day 02:00-04:00 Asia/Tokyo: a=" in timed.out, timed.err
    assert here("silence", "show", "2", "--json").json["ends_at"] == "2030-01-01T03:00:00Z"
    assert "sat,sun 02:00-04:00 Europe/Berlin" in here("silence", "list").out
    changed = here("silence", "change", "2", "--no-weekly", "--json").json
    assert (changed["hours"], changed["holds"]) == (None, True)


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        ("mon-fri", ["mon", "tue", "wed", "thu", "fri"]),
        ("Monday,WED", ["mon", "wed"]),
        ("fri-mon", ["fri", "sat", "sun", "mon"]),
        ("tuesday-wednesday,tue,sun", ["tue", "wed", "sun"]),
        ("sat-sat", ["sat"]),
    ],
)
def test_days_of_the_week_are_named_or_given_as_a_range(days: str, meant: list[str]) -> None:
    assert weekly(f"{days} 22:00-06:00 Europe/Berlin", "UTC")["days"] == meant


@pytest.mark.parametrize(
    "words",
    [
        ["1", "--for", "4h", "task=x", "site=y"],
        ["--for", "4h", "1", "task=x", "site=y"],
        ["1", "task=x", "--for", "4h", "site=y"],
        ["--comment", "c", "1", "--for", "4h", "task=x", "--json", "site=y"],
    ],
)
def test_matchers_may_stand_before_and_behind_options(here: Cli, words: list[str]) -> None:
    here("silence", "add", "a=b", "--for", "1h")

    assert here("silence", "change", *words).code == 0
    assert here("silence", "show", "1", "--json").json["text"] == 'task="x", site="y"'


def test_those_that_are_over_are_listed_when_asked_for(here: Cli) -> None:
    later = ["--from", "2099-01-01", "--until", "2099-01-02"]
    for words in (
        ["a=1", "--for", "1h"],
        ["a=2", *later],
        ["a=3", "--for", "1h"],
        ["a=\x1b[31m", "--for", "1h"],
    ):
        assert here("silence", "add", *words).code == 0
    here("silence", "expire", "3")

    def numbers(*words: str) -> list[int]:
        return [each["id"] for each in here("silence", "list", "--json", *words).json]

    assert numbers() == [4, 2, 1]
    assert numbers("--expired") == [3]
    limited = here("silence", "list", "--limit", "2")
    assert len(limited.out.splitlines()) == 3
    assert "there are more than 2" in limited.err
    table = here("silence", "list").out
    assert table.split()[:8] == ["NUMBER", "STATE", "FROM", "UNTIL", "MATCHES", "WEEKLY", "BY", "COMMENT"]
    assert "\x1b" not in table
    assert "\x1b" not in here("silence", "show", "4").out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "a=b"], 8, "--for or --until"),
        (["add", "a", "--for", "1h"], 8, 'write name="value"'),
        (["add", "a=~(", "--for", "1h"], 8, "no regular expression"),
        (["add", "a=~.*", "--for", "1h"], 8, "must ask for something"),
        (["add", "a=b", "--weekly", "always"], 8, "write it like"),
        (["add", "a=b", "--weekly", "monk,x 01:00-02:00"], 8, "'monk' is no day of the week"),
        (["add", "a=b", "--weekly", "mon-frei 01:00-02:00"], 8, "'mon-frei' is no day of the week"),
        (["add", "a=b", "--weekly", "mon, 01:00-02:00"], 8, "'' is no day of the week"),
        (["add", "a=b", "--weekly", "mon-wed-fri 01:00-02:00"], 8, "is no day of the week"),
        (["add", "a=b", "--weekly", "weekdays 01:00-02:00"], 8, "is no day of the week"),
        (["add", "a=b", "--from", "9000-01-01", "--for", "999999d"], 8, "longer than any calendar"),
        (["add", "a=b", "--for", "5000d"], 8, "within 3660 days"),
        (["add", "a=b", "--until", "soon"], 8, "no instant"),
        (["add", "a=b", "--for", "1h", "--until", "2099-01-01"], 2, "not allowed with"),
        (["add", "--for", "1h"], 2, "required"),
        (["dependency", "add", "d", "--parents", "a=b"], 8, "--children"),
        (["dependency", "show", "nothing"], 6, "no dependency is named nothing"),
        (["dependency", "change", "nothing"], 8, "nothing to change"),
    ],
)
def test_what_can_not_be_meant_is_said(
    here: Cli, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    try:
        outcome = here("silence", *words)
        ended, text = outcome.code, outcome.err
    except SystemExit as end:
        ended, text = int(end.code or 0), capsys.readouterr().err
    assert ended == code, text
    assert said in text


def test_a_dependency_is_added_shown_changed_and_removed(here: Cli) -> None:
    add = [
        "silence",
        "dependency",
        "add",
        "Site down",
        "--parents",
        "alertname=SiteDown",
        "--parents",
        "site!=",
    ]
    add += ["--children", 'severity=~"warning|info"', "--equal", "site", "--comment", "one alert is enough"]
    assert here(*add).out == "added dependency 1, Site down\n"
    assert here("silence", "dependency", "show", "site DOWN").out.splitlines() == [
        "id        1",
        "name      Site down",
        'parents   alertname="SiteDown", site!=""',
        'children  severity=~"warning|info"',
        "equal     site",
        "comment   one alert is enough",
    ]
    changed = here(
        "silence", "dependency", "change", "1", "--name", "Sites", "--equal", "site", "--equal", "rack"
    )
    assert changed.out == "changed dependency 1, Sites\n"
    assert here("silence", "dependency", "list", "--json").json[0]["equal"] == ["site", "rack"]
    assert here("silence", "dependency", "list").out.splitlines()[1].split()[:2] == ["1", "Sites"]
    assert here("silence", "dependency", "remove", "sites").out == "removed dependency Sites\n"
    assert here("silence", "dependency", "list", "--json").json == []
