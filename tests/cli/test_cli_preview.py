from __future__ import annotations

import pytest

from tests.cli.command import Cli


def test_slots_across_a_gap_are_listed_in_utc(cli: Cli) -> None:
    outcome = cli(
        "preview",
        "--cron",
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--from",
        "2026-03-28T01:30:00Z",
        "--count",
        "3",
        "--json",
    )

    assert outcome.code == 0
    assert outcome.json == ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]


def test_a_gap_may_be_skipped(cli: Cli) -> None:
    outcome = cli(
        "preview",
        "--cron",
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--from",
        "2026-03-28T01:30:00Z",
        "--count",
        "1",
        "--gap",
        "skip",
        "--json",
    )

    assert outcome.json == ["2026-03-30T00:30:00Z"]


@pytest.mark.parametrize(
    ("overlap", "slots"),
    [
        ("first", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ("both", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]),
    ],
)
def test_an_overlap_counts_once_or_twice(cli: Cli, overlap: str, slots: list[str]) -> None:
    outcome = cli(
        "preview",
        "--cron",
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--from",
        "2026-10-24T12:00",
        "--count",
        "2",
        "--overlap",
        overlap,
        "--json",
    )

    assert outcome.json == slots


def test_from_is_excluded_and_may_be_a_local_time(cli: Cli) -> None:
    outcome = cli(
        "preview",
        "--cron",
        "0 * * * *",
        "--tz",
        "Asia/Tokyo",
        "--from",
        "2026-01-01 09:00",
        "--count",
        "1",
        "--json",
    )

    assert outcome.json == ["2026-01-01T01:00:00Z"]


def test_people_see_local_times_and_where_the_clocks_change(cli: Cli) -> None:
    outcome = cli(
        "preview",
        "--cron",
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--from",
        "2026-03-27T12:00:00Z",
        "--count",
        "2",
    )

    assert outcome.out == (
        "Sat 2026-03-28 02:30:00 +01:00  2026-03-28T01:30:00Z\n"
        "Sun 2026-03-29 03:00:00 +02:00  2026-03-29T01:00:00Z  clocks changed from +01:00 to +02:00\n"
    )


def test_steps_begin_at_their_anchor_or_else_at_from(cli: Cli) -> None:
    plain = cli("preview", "--every", "90m", "--from", "2026-01-01T00:00:00Z", "--count", "2", "--json")
    anchored = cli(
        "preview",
        "--every",
        "90m",
        "--anchor",
        "2026-01-01T00:15:00Z",
        "--from",
        "2026-01-01T00:00:00Z",
        "--count",
        "2",
        "--json",
    )

    assert plain.json == ["2026-01-01T01:30:00Z", "2026-01-01T03:00:00Z"]
    assert anchored.json == ["2026-01-01T00:15:00Z", "2026-01-01T01:45:00Z"]


def test_once_is_once_and_what_is_over_is_said_to_be(cli: Cli) -> None:
    words = ["preview", "--at", "2026-12-24 18:00", "--tz", "Europe/Berlin"]

    assert cli(*words, "--from", "2026-01-01", "--json").json == ["2026-12-24T17:00:00Z"]
    assert cli(*words, "--from", "2027-01-01", "--json").json == []
    assert cli(*words, "--from", "2027-01-01T00:00:00Z").out == "nothing after 2027-01-01T00:00:00Z\n"


def test_without_from_it_begins_now(cli: Cli) -> None:
    assert len(cli("preview", "--cron", "@hourly", "--json").json) == 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cron", "61 * * * *"], "61"),
        (["--cron", "@daily", "--tz", "Europe/Berlim"], "Europe/Berlin"),
        (["--cron", "@daily", "--from", "tomorrow"], "'tomorrow' is no instant"),
        (["--at", "2026-03-29 02:30", "--tz", "Europe/Berlin"], "does not exist in Europe/Berlin"),
        (
            ["--at", "2026-10-25 02:30", "--tz", "Europe/Berlin"],
            "comes twice in Europe/Berlin, as 2026-10-25T00:30:00Z and 2026-10-25T01:30:00Z; say which",
        ),
        (["--every", "0.1s"], "at least 1 second"),
    ],
)
def test_what_cannot_be_meant_is_named_in_one_line(cli: Cli, words: list[str], said: str) -> None:
    outcome = cli("preview", *words)

    assert outcome.code == 8
    assert outcome.out == ""
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
