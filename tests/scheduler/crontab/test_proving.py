"""Our slots and an independent reading of crontab(5) come to the same fire times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autom8.scheduler.crontab import Entry, parse_crontab, proof
from autom8.scheduler.crontab.matcher import Unreadable, fires, read_timing
from autom8.scheduler.schedules import Cron

BERLIN = "Europe/Berlin"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def entry_of(timing: str, zone: str = "UTC") -> Entry:
    crontab = parse_crontab(f"{timing} true\n", path="p", system=False, user=None, zone=zone)
    assert not crontab.faults
    return crontab.entries[0]


def by_cron(timing: str, zone: str, after: datetime, count: int) -> list[str]:
    """The next times by the matcher alone, in the zone's own clock with its offset."""
    walked = fires(read_timing(timing), ZoneInfo(zone), after=after, through=after + timedelta(days=3_653))
    return [f"{at.astimezone(ZoneInfo(zone)):%a %m-%d %H:%M %z}" for at in islice(walked, count)]


SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)  # 02:00 becomes 03:00 on the 29th
AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)  # 03:00 becomes 02:00 on the 25th


@pytest.mark.parametrize(
    ("timing", "after", "times"),
    [
        ("30 2 * * *", SPRING, ["Sun 03-29 03:00 +0200", "Mon 03-30 02:30 +0200"]),
        ("0,30 2 * * *", SPRING, ["Sun 03-29 03:00 +0200", "Mon 03-30 02:00 +0200"]),
        ("0 2,3 29 3 *", SPRING, ["Sun 03-29 03:00 +0200"]),
        ("*/30 2 29,30 * *", SPRING, ["Mon 03-30 02:00 +0200", "Mon 03-30 02:30 +0200"]),
        ("30 2 * * *", AUTUMN, ["Sun 10-25 02:30 +0200", "Mon 10-26 02:30 +0100"]),
        (
            "30 * 25 10 *",
            AUTUMN + timedelta(hours=12),
            ["Sun 10-25 02:30 +0200", "Sun 10-25 02:30 +0100", "Sun 10-25 03:30 +0100"],
        ),
        (
            "30 0-23 25 10 *",
            AUTUMN + timedelta(hours=12),
            ["Sun 10-25 02:30 +0200", "Sun 10-25 03:30 +0100"],
        ),
        ("30 2 * * *", AUTUMN + timedelta(hours=12, minutes=45), ["Mon 10-26 02:30 +0100"]),
    ],
)
def test_the_matcher_changes_the_clock_as_cron_says(timing: str, after: datetime, times: list[str]) -> None:
    assert by_cron(timing, BERLIN, after, len(times)) == times
    assert proof(entry_of(timing, BERLIN), after=after).matches


@pytest.mark.parametrize(
    ("timing", "days"),
    [
        ("0 0 13 * 5", ["Fri 01-02", "Fri 01-09", "Tue 01-13", "Fri 01-16"]),  # either
        ("0 0 */2 * 1", ["Mon 01-05", "Mon 01-19", "Mon 02-09", "Mon 02-23"]),  # both
        ("0 0 15 * */2", ["Thu 01-15", "Sun 02-15", "Sun 03-15", "Sat 08-15"]),
        ("0 0 1,* * 1", ["Fri 01-02", "Sat 01-03"]),  # a star that does not come first
        ("0 0 1 * 0-7", ["Fri 01-02", "Sat 01-03"]),
        ("0 0 * * 7", ["Sun 01-04", "Sun 01-11"]),
        ("0 0 * * 5-7", ["Fri 01-02", "Sat 01-03", "Sun 01-04", "Fri 01-09"]),
        ("0 0 * * */5", ["Fri 01-02", "Sun 01-04"]),
        ("0 0 31 2 mon", ["Mon 02-02", "Mon 02-09"]),
        ("@weekly", ["Sun 01-04", "Sun 01-11"]),
        ("@monthly", ["Sun 02-01", "Sun 03-01"]),
    ],
)
def test_the_matcher_reads_days_as_cron_does(timing: str, days: list[str]) -> None:
    times = by_cron(timing, "UTC", NEW_YEAR, len(days))

    assert [time.removesuffix(" 00:00 +0000") for time in times] == days


def test_an_hour_that_leads_back_into_the_day_before_is_not_overlooked() -> None:
    # 00:01 on the 7th became 23:01 on the 6th, so 23:30 came twice
    before = datetime(2010, 11, 7, 1, tzinfo=UTC)
    times = by_cron("*/30 23 6 11 *", "America/Goose_Bay", before, 3)

    assert times == ["Sat 11-06 23:00 -0300", "Sat 11-06 23:30 -0300", "Sat 11-06 23:30 -0400"]
    assert proof(entry_of("*/30 23 6 11 *", "America/Goose_Bay"), after=before).matches


def test_the_proof_gives_the_next_hundred() -> None:
    proven = proof(entry_of("*/20 * * * *"), after=NEW_YEAR)

    assert proven.matches
    assert proven.first_difference is None
    assert proven.fires == tuple(NEW_YEAR + n * timedelta(minutes=20) for n in range(1, 101))
    assert proven.through == proven.fires[-1]


def test_what_fires_rarely_is_proven_for_ten_years() -> None:
    proven = proof(entry_of("0 0 29 2 *"), after=NEW_YEAR)

    assert proven.matches
    assert [at.year for at in proven.fires] == [2028, 2032]
    assert proven.through.year == 2036


def test_a_start_of_the_machine_has_no_times_to_prove() -> None:
    assert proof(entry_of("@reboot"), after=NEW_YEAR).fires == ()


@pytest.mark.parametrize(
    ("planned_as", "number", "planned", "by_matcher"),
    [
        ("1 0 * * *", 1, datetime(2026, 1, 1, 0, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
        ("0 0 * * 1-6", 3, datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC)),
        ("0 0 1 1 *", 1, datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_wrong_plan_is_found_out(
    planned_as: str, number: int, planned: datetime, by_matcher: datetime
) -> None:
    wrong = replace(entry_of("0 0 * * *"), schedule=Cron(expression=planned_as))
    proven = proof(wrong, after=NEW_YEAR)

    assert not proven.matches
    assert proven.first_difference is not None
    found = proven.first_difference
    assert (found.number, found.planned, found.by_cron) == (number, planned, by_matcher)


def _field(low: int, high: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    value = st.integers(low, high).map(str)
    if names:
        value |= st.sampled_from(names)
    pair = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    span = pair.map(lambda ends: f"{ends[0]}-{ends[1]}") | st.just("*")
    step = st.tuples(span, st.integers(1, high + 2)).map(lambda parts: f"{parts[0]}/{parts[1]}")
    return st.lists(value | span | step, min_size=1, max_size=3).map(",".join) | st.just("*")


TIMINGS = st.tuples(
    _field(0, 59),
    _field(0, 23),
    _field(1, 31),
    st.just("*") | _field(1, 12, ("jan", "Feb", "DEC")),  # mostly each month, or little would fire
    _field(0, 7, ("sun", "Mon", "SAT")),
).map(" ".join)
ZONES = st.sampled_from(
    (
        *("UTC", BERLIN, "America/New_York", "America/St_Johns", "America/Havana", "Asia/Beirut"),
        *("Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Chatham", "America/Santiago"),
    )
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)


@settings(deadline=None, max_examples=150)
@given(timing=TIMINGS, zone=ZONES, after=INSTANTS)
def test_any_timing_in_any_zone_is_planned_as_cron_has_it(timing: str, zone: str, after: datetime) -> None:
    try:
        read_timing(timing)
    except Unreadable as never:
        assume("no month" not in str(never))
        raise
    proven = proof(entry_of(timing, zone), after=after, count=60)

    assert proven.matches, proven.first_difference


CHANGES = st.sampled_from(
    [
        (BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC)),
        ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),  # 00:00 becomes 01:00
        ("America/Havana", datetime(2026, 11, 1, 5, tzinfo=UTC)),  # 01:00 becomes 00:00
        ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 4, 5, 3, tzinfo=UTC)),  # 24:00 becomes 23:00
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # half an hour
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
        ("Pacific/Chatham", datetime(2026, 9, 26, 14, tzinfo=UTC)),  # at 02:45
        ("Pacific/Chatham", datetime(2026, 4, 4, 14, tzinfo=UTC)),
    ]
)


@settings(deadline=None, max_examples=300)
@given(
    minute=_field(0, 59),
    hour=_field(0, 3) | st.just("*") | st.just("*/2") | st.just("22-23,0-3/1"),
    change=CHANGES,
    before=st.integers(-180, 600),
)
def test_a_change_of_the_clock_is_planned_as_cron_has_it(
    minute: str, hour: str, change: tuple[str, datetime], before: int
) -> None:
    zone, at = change
    entry = entry_of(f"{minute} {hour} * * *", zone)
    proven = proof(entry, after=at - timedelta(minutes=before), count=80)

    assert proven.matches, proven.first_difference
