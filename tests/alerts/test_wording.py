"""Messages speak each language wholly: all words, plurals, dates in the reader's zone, durations."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from autom8.alerts.flapping import Notice
from autom8.alerts.messages.link_wording import LINK_WORDS
from autom8.alerts.messages.links import LinkState
from autom8.alerts.messages.reasons import REASONS, reason_of
from autom8.alerts.messages.wording import ENGLISH, LANGUAGES, words_of
from autom8.kernel.vocabulary import Reason, RunState, Severity
from tests.alerts.message_rig import run_facts

NOON = datetime(2026, 7, 14, 12, 0, 5, tzinfo=UTC)
SHARED = {"language", "decimal", "one_is_none", "info", "source", "date"}  # may be equal in two languages


def _texts(words: Any) -> dict[str, str]:
    return {
        each.name: " / ".join(value) if isinstance(value, tuple) else str(value)
        for each in fields(words)
        if (value := getattr(words, each.name)) is not None
    }


@pytest.mark.parametrize("catalogue", [LANGUAGES, LINK_WORDS], ids=["messages", "links"])
def test_each_language_has_all_words_with_the_same_places_to_fill(catalogue: Any) -> None:
    english = _texts(catalogue["en"])
    assert set(catalogue) == {"en", "de", "fr", "es"}
    for language, words in catalogue.items():
        texts = _texts(words)
        assert texts["language"] == language
        for name, text in texts.items():
            assert text.strip(), (language, name)
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[name]))
        same = {name for name, text in texts.items() if text == english[name]} - SHARED
        assert language == "en" or len(same) <= 2, same  # loanwords such as "Problem", not what was forgotten


def test_each_reason_and_state_is_said_in_each_language() -> None:
    wanted = {*Reason, *RunState}
    for language in LANGUAGES:
        assert set(REASONS[language]) == wanted
        assert all(REASONS[language].values())


def test_each_notice_severity_and_state_of_a_link_has_its_word() -> None:
    for words in LANGUAGES.values():
        for each in (*Notice, *Severity):
            assert words.of_notice(each)
            assert words.of_notice(each) != each or each in {"critical", "warning", "info"}
    for link_words in LINK_WORDS.values():
        assert all(getattr(link_words, state) for state in LinkState)


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de-AT", "de"), ("FR", "fr"), ("es_MX", "es"), ("ja", "en"), (None, "en"), ("", "en"), ("d", "en")],
)
def test_a_tag_finds_its_language_and_others_are_answered_in_english(tag: str | None, language: str) -> None:
    assert words_of(tag).language == language


@pytest.mark.parametrize(
    ("language", "wrong", "fine", "said"),
    [
        ("en", 12, 3, "12 problems, 3 solved"),
        ("en", 1, 0, "1 problem"),
        ("en", 0, 2, "2 solved"),
        ("en", 0, 0, "0 problems"),
        ("de", 1, 1, "1 Problem, 1 behoben"),
        ("de", 2, 0, "2 Probleme"),
        ("fr", 0, 0, "0 problème"),
        ("fr", 2, 1, "2 problèmes, 1 résolu"),
        ("es", 1, 2, "1 problema, 2 resueltos"),
    ],
)
def test_numbers_take_their_form(language: str, wrong: int, fine: int, said: str) -> None:
    assert words_of(language).digest(wrong, fine) == said


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", "UTC", "14 July 2026, 12:00:05 (UTC)"),
        ("de", "Europe/Berlin", "14. Juli 2026, 14:00:05 (Europe/Berlin, UTC+2)"),
        ("fr", "America/St_Johns", "14 juillet 2026, 09:30:05 (America/St_Johns, UTC-2:30)"),
        ("es", "Pacific/Chatham", "15 de julio de 2026, 00:45:05 (Pacific/Chatham, UTC+12:45)"),
    ],
)
def test_an_instant_is_told_by_the_readers_clock_with_its_zone(language: str, zone: str, said: str) -> None:
    assert words_of(language).instant(NOON, ZoneInfo(zone)) == said


def test_the_two_hours_that_a_clock_shows_twice_are_told_apart() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert "02:30:00 (Europe/Berlin, UTC+2)" in ENGLISH.instant(first, berlin)
    assert "02:30:00 (Europe/Berlin, UTC+1)" in ENGLISH.instant(first + timedelta(hours=1), berlin)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (-3, "0.0 s"),
        (0.04, "0.0 s"),
        (1.26, "1.3 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (74, "1 min 14 s"),
        (3_600, "1 h"),
        (3_605, "1 h"),
        (86_400 * 400 + 7_200, "400 d 2 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert ENGLISH.duration(timedelta(seconds=seconds)) == said
    assert words_of("de").duration(timedelta(seconds=seconds)) == said.replace(".", ",")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "exit code 3"),
        ({"reason": "signal", "signal": 9, "exit_code": None}, "ended by signal 9 (SIGKILL)"),
        ({"reason": "signal", "signal": 250, "exit_code": None}, "ended by signal 250"),
        (
            {"reason": "not_started", "exit_code": None, "detail": "no such file"},
            "the command could not be started: no such file",
        ),
        ({"reason": "of a later version", "exit_code": None}, "of a later version"),
    ],
)
def test_why_a_run_ended_is_said_with_its_code_or_signal(facts: dict[str, Any], said: str) -> None:
    assert reason_of(run_facts(**facts), "en") == said
