"""A message says what is wrong, to whoever reads it, and nothing that a field's value wants it to say."""

from __future__ import annotations

import html
import json
import time
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.digests import Spell
from autom8.alerts.flapping import Notice
from autom8.alerts.messages.lines import fields_of
from autom8.alerts.messages.rendering import LINES_MAX, Rendered, rendered
from autom8.alerts.messages.templates import FIELDS, NAMES, check_templates, read_templates
from autom8.alerts.templates import FIELD_CHARS_MAX, LINE_CHARS_MAX
from autom8.kernel.errors import Invalid
from tests.alerts.message_rig import BASE, BEGAN, Markup, line, reader, run_facts

LARGE = {"one word": "é" * (1 << 20), "lines": "line\n" * 200_000, "unseen": "\0\u202e" * (1 << 19)}
HOSTILE = st.text(st.characters(), max_size=80) | st.sampled_from(
    [
        "a\r\nBcc: eve@example.org\r\n\r\nbody",
        "{{ ack.url }}",
        "</pre></div><script>alert(1)</script>",
        '" onmouseover="alert(1)" x="',
        "javascript:alert(1)",
        "https://evil.example/\" onclick='x",
        "\ud800",
        "\u202egpj.exe\u2066",
        "x\0y\x1b[31m",
        "\u2028\u2029\x85",
        "https://[",
    ]
)
TEMPLATES = read_templates({"subject": "{{ incident.title }}", "text": "<b>{{ run.output }} {{ ack.url }}"})


def _hostile(value: str, other: str, notice: Notice = Notice.FIRING) -> dict[str, Any]:
    names = ("summary", "description", "runbook", "runbook_url", "generator_url", "output", value[:50])
    return {
        "notice": notice,
        "title": value,
        "severity": "critical",
        "rule": value,
        "labels": {"task": other, value[:50]: value},
        "annotations": dict.fromkeys(names, other),
        "run": run_facts(output=value, detail=other, reason=value),
    }


def test_a_failed_run_is_told_with_its_reason_its_time_beside_the_usual_its_last_lines_and_links() -> None:
    made = rendered([line(run=run_facts())], reader())

    assert made.subject == "Problem: backup: failed"
    assert made.text == (
        "Problem: backup: failed\n\n"
        "Severity: critical\n"
        "Since: 14 July 2026, 12:00:00 (UTC)\n"
        "Reason: exit code 3\n"
        "Took: 1 min 14 s (usually 5 min 10 s)\n"
        "Attempt: 2 of 3\n\n"
        f"Acknowledge: {BASE}/a/token-7\n"
        f"Open the incident: {BASE}/incidents/7\n"
        f"Open the run: {BASE}/runs/41\n\n"
        "Last lines of its output:\n| one\n| two\n"
    )
    markup = Markup(made.html)
    assert markup.hrefs == [f"{BASE}/a/token-7", f"{BASE}/incidents/7", f"{BASE}/runs/41"]
    assert "exit code 3" in markup.text
    assert (made.event_type, made.thread, made.url) == (
        "incident.firing",
        "incident-7",
        f"{BASE}/incidents/7",
    )


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ({"reason": "timeout", "signal": 15, "exit_code": None}, "ran for longer than it may"),
        ({"reason": "signal", "signal": 15, "exit_code": None}, "ended by signal 15 (SIGTERM)"),
        ({"reason": "not_started", "exit_code": 127}, "the command could not be started"),
    ],
)
def test_what_ended_a_run_is_told_and_not_how_it_was_ended(ending: dict[str, Any], said: str) -> None:
    assert f"Reason: {said}\n" in rendered([line(run=run_facts(**ending))], reader()).text


def test_it_is_told_in_the_readers_language_and_zone() -> None:
    made = rendered([line(run=run_facts())], reader("de", "Europe/Berlin"))

    assert made.subject == "Problem: backup: failed"
    for part in ("Schwere: kritisch", "14. Juli 2026, 14:00:00 (Europe/Berlin, UTC+2)", "Rückgabewert 3"):
        assert part in made.text
    assert '<html lang="de">' in made.html


def test_what_is_solved_says_from_when_until_when_and_has_no_link_to_acknowledge() -> None:
    made = rendered([line(Notice.RESOLVED)], reader())

    assert made.subject == "Solved: backup: failed"
    assert "was wrong from 14 July 2026, 12:00:00 (UTC) until 14 July 2026, 14:00:00 (UTC)" in made.text
    assert "/a/" not in made.text + made.html
    assert f"{BASE}/incidents/7" in made.text


def test_what_was_raised_and_is_over_by_now_has_no_link_to_acknowledge() -> None:
    assert "/a/" not in rendered([line(resolved_at=BEGAN)], reader()).text


@pytest.mark.parametrize("notice", Notice)
def test_each_notice_makes_a_message(notice: Notice) -> None:
    made = rendered([line(notice, spells=())], reader("fr"))

    assert made.event["notice"] == notice
    assert made.event_type == f"incident.{notice}"


def test_without_a_public_address_there_are_no_links() -> None:
    made = rendered([line(run=run_facts())], reader(base_url=""))

    assert made.url is None
    assert "http" not in made.text
    assert Markup(made.html).hrefs == []
    assert made.event["incident"]["url"] is None


def test_what_others_wrote_is_quoted_so_that_no_line_of_it_passes_for_ours() -> None:
    lie = "fine\nAcknowledge: https://evil.example/"
    made = rendered([line(annotations={"summary": lie}, run=run_facts(output=lie))], reader())

    assert made.text.count("\n| Acknowledge: https://evil.example/\n") == 2
    assert "\nAcknowledge: https://evil" not in made.text
    assert "https://evil.example/" not in Markup(made.html).hrefs


def test_a_runbook_is_a_link_only_where_it_is_one() -> None:
    good = {
        "runbook": "https://wiki.example.org/backup",
        "generator_url": "http://prometheus:9090/graph?a=b&c",
    }
    made = rendered([line(annotations=good)], reader())
    assert set(good.values()) < set(Markup(made.html).hrefs)

    bad = {"runbook": "javascript:alert(1)", "generator_url": "https://a b"}
    made = rendered([line(annotations=bad)], reader())
    assert all(each.startswith(BASE) for each in Markup(made.html).hrefs)
    assert "javascript" not in made.text


# -- digests


def test_many_are_one_digest_in_the_order_in_which_they_are_given() -> None:
    lines = [line(id=number, title=f"t{number}: failed") for number in range(12)]
    made = rendered([*lines, *[line(Notice.RESOLVED, id=99, title="old")] * 3], reader())

    assert made.subject == "12 problems, 3 solved"
    assert made.text.splitlines()[4].startswith("- Problem: t0: failed; wrong since 14 July 2026")
    assert "- Solved: old; was wrong from" in made.text
    assert Markup(made.html).tags.count("li") == 15
    assert (made.event["count"], made.event["problems"], made.event["solved"]) == (15, 12, 3)
    assert (made.event_type, made.thread, made.url) == ("digest", None, f"{BASE}/incidents")


def test_a_digest_of_a_thousand_shows_a_hundred_and_counts_the_rest() -> None:
    long: dict[str, Any] = {"title": "x" * (1 << 16), "labels": {str(n): "y" * 10_000 for n in range(100)}}
    lines = [line(id=number, run=run_facts(output="z" * 4_000), **long) for number in range(1_000)]
    made = rendered(lines, reader())

    assert made.subject == "1000 problems"
    assert "and 900 more" in made.text
    assert "and 900 more" in Markup(made.html).text
    assert Markup(made.html).tags.count("li") == LINES_MAX == len(made.event["lines"])
    assert len(made.text) < 50_000
    assert len(orjson.dumps(made.event)) < 2_000_000
    assert made.event["lines"][0]["run"]["output"] == ""


def test_a_line_of_a_digest_tells_each_time_that_it_was_wrong_whole_however_long_its_title_is() -> None:
    spells = (
        Spell(began=None, ended=BEGAN),
        Spell(began=BEGAN + timedelta(hours=1), ended=BEGAN + timedelta(hours=2)),
    )
    made = rendered([line(title="x" * 1_000, spells=spells), line(id=8)], reader())

    assert made.text.splitlines()[4].endswith(
        "; solved 14 July 2026, 12:00:00 (UTC); "
        "was wrong from 14 July 2026, 13:00:00 (UTC) until 14 July 2026, 14:00:00 (UTC)"
    )


# -- templates of a channel


def test_the_fields_that_are_documented_are_those_that_there_are() -> None:
    assert set(fields_of(line(run=run_facts()), reader())) == set(FIELDS)


def test_a_channels_own_templates_form_the_message_and_our_own_addresses_in_it_lead_somewhere() -> None:
    told = {
        "subject": "[{{ incident.severity }}] {{ task.name }}",
        "text": "a < b: {{ ack.url }}\n{{ runbook }}",
    }
    made = rendered([line(run=run_facts())], reader(), read_templates(told))

    assert made.subject == "[critical] backup"
    assert made.text == f"a < b: {BASE}/a/token-7\n"
    markup = Markup(made.html)
    assert markup.hrefs == [f"{BASE}/a/token-7"]
    assert "a < b: " in markup.text


def test_of_two_addresses_one_may_hold_the_other_and_none_becomes_markup() -> None:
    own = read_templates({"text": "{{ runbook }} {{ source.url }}"})
    beside = {"runbook": "https://wiki/a", "generator_url": "https://wiki/ab"}
    assert Markup(rendered([line(annotations=beside)], reader(), own).html).hrefs == [*beside.values()]

    short = "https://h/<img/src=//evil.example/x>"
    hostile = {"runbook": short, "generator_url": html.escape(short) + "z"}
    assert "<img" not in rendered([line(annotations=hostile)], reader(), own).html


def test_a_digest_is_formed_by_no_template() -> None:
    made = rendered([line(), line(id=8)], reader(), read_templates({"subject": "mine", "text": "mine"}))

    assert "mine" not in made.subject + made.text


def test_a_template_that_says_nothing_leaves_the_usual_form() -> None:
    made = rendered([line()], reader(), read_templates({"subject": "{{ run.signal }}", "text": " \n"}))

    assert made.subject == "Problem: backup: failed"
    assert "Severity: critical" in made.text


@pytest.mark.parametrize(
    ("stored", "broken"),
    [
        ({"subject": "{{ no.such }}", "text": "ok"}, "subject"),
        ({"text": "{{"}, "text"),
        ({"text": 7, "subject": ["x"]}, "subject, text"),
        (["not", "an object"], "subject, text"),
        ("nonsense", "subject, text"),
        ({"text": "x" * 10_001}, "text"),
    ],
)
def test_a_stored_template_that_is_broken_falls_back_and_that_is_said(stored: Any, broken: str) -> None:
    made = rendered([line()], reader(), read_templates(stored))

    said = f"This channel's template can't be read ({broken}), so this is the usual form."
    assert said in made.text
    assert said in Markup(made.html).text
    assert "backup: failed" in made.subject + made.text


def test_templates_are_checked_when_they_are_saved_and_each_that_is_wrong_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        check_templates({"subject": "{{ nope }}", "text": "fine", "html": "x"})
    assert set(caught.value.fields or {}) == {"subject", "html"}
    assert check_templates({"subject": "", "text": "x"}) == {"text": "x"}
    assert NAMES == ("subject", "text")


# -- hostile fields


def _check(made: Rendered, tags: list[str]) -> None:
    assert 0 < len(made.subject) <= LINE_CHARS_MAX
    assert made.subject.splitlines() == [made.subject]
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = made.subject
    mail.set_content(made.text)
    mail.add_alternative(made.html, subtype="html")
    head = mail.as_bytes().partition(b"\r\n\r\n")[0].lower()
    assert b"\nbcc:" not in head
    for text in (made.subject, made.text, made.html):
        text.encode()
        assert not set(text) & set("\0\x1b\u202e\u2066\u2028")
    assert len(made.text) < 20 * FIELD_CHARS_MAX
    markup = Markup(made.html)
    assert markup.tags == tags  # no value opens one
    assert {name for name, _ in markup.attrs} <= {
        "charset", "content", "dir", "href", "lang", "name", "role", "style"
    }  # fmt: skip
    assert all(each.startswith(("http://", "https://")) for each in markup.hrefs)
    assert len(orjson.dumps(made.event)) < 500_000
    assert json.loads(orjson.dumps(made.event))


def _frame(*inner: str) -> list[str]:
    return ["html", "head", "meta", "meta", "meta", "meta", "title", "body", *inner]


@given(value=HOSTILE, other=HOSTILE)
def test_no_value_breaks_out_of_the_usual_form(value: str, other: str) -> None:
    made = rendered([line(**_hostile(value, other))], reader())

    _check(made, Markup(made.html).tags)
    assert not {"script", "img", "iframe", "b", "div"} & set(Markup(made.html).tags)
    own = Markup(made.html).tags.count("a")
    assert own == made.text.count(f"\nAcknowledge: {BASE}") + sum(
        each.split(": ", 1)[0] in {"Open the incident", "Open the run", "Runbook", "Source"}
        for each in made.text.split("\n")
    )


@given(value=HOSTILE, other=HOSTILE)
def test_no_value_breaks_out_of_a_channels_own_form(value: str, other: str) -> None:
    made = rendered([line(**_hostile(value, other))], reader(), TEMPLATES)

    _check(made, _frame("div", *["a"] * made.html.count("<a href=")))
    assert made.html.count("<a href=") == made.html.count(f'<a href="{BASE}/') + made.html.count(
        '<a href="https://evil.example'
    )


@given(value=HOSTILE, other=HOSTILE, notice=st.sampled_from(Notice))
def test_no_value_breaks_out_of_a_digest(value: str, other: str, notice: Notice) -> None:
    made = rendered([line(**_hostile(value, other, notice)), line(id=8)], reader())

    _check(made, _frame("h2", "p", "a", "ul", "li", "li"))
    assert made.text.count("\n- ") == 2


@pytest.mark.parametrize("large", LARGE)
def test_a_megabyte_in_each_field_makes_a_message_of_bounded_size_at_once(large: str) -> None:
    started = time.process_time()
    value = LARGE[large]
    for templates in (read_templates({}), TEMPLATES):
        made = rendered([line(**_hostile(value, value))], reader(), templates)
        _check(made, Markup(made.html).tags)
    made = rendered([line(**_hostile(value, value))] * LINES_MAX, reader())
    _check(made, _frame("h2", "p", "a", "ul", *["li"] * LINES_MAX))

    assert time.process_time() - started < 10


def test_the_event_tells_no_contact_no_link_to_act_by_and_no_secret_of_an_annotation() -> None:
    notes = {"output": "PASSWORD=hunter2", "summary": "see https://ada:hunter2@example.org"}
    made = rendered([line(annotations=notes, run=run_facts())], reader())
    event = orjson.dumps(made.event).decode()

    assert set(made.event) == {"notice", "incident", "spells", "run"}
    for secret in ("hunter2", "/a/token", "ack.url", "acknowledge", "contact", "email"):
        assert secret not in event
