"""Nobody is told in their quiet hours, whatever the clocks do, and nothing is held back for longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.hours import Hours, quiet_until, within

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "Pacific/Chatham",
    "Africa/Casablanca",  # its summer time pauses in Ramadan
    "America/Santiago",  # its clocks change at midnight
    "Pacific/Apia",
]
EVERY_DAY = frozenset(range(7))
MINUTE = timedelta(minutes=1)


def quiet(start: str, end: str, zone: str = "Europe/Berlin", weekdays: frozenset[int] = EVERY_DAY) -> Hours:
    start_min, end_min = (int(each[:2]) * 60 + int(each[3:]) for each in (start, end))
    return Hours(start_min=start_min, end_min=end_min, weekdays=weekdays, zone=ZoneInfo(zone))


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


NIGHT = quiet("22:00", "07:00")


@pytest.mark.parametrize(
    ("asked", "hours", "until"),
    [
        ("2027-03-01T21:59:59", NIGHT, None),
        ("2027-03-01T22:00:00", NIGHT, "2027-03-02T07:00:00"),
        ("2027-03-02T06:59:59", NIGHT, "2027-03-02T07:00:00"),
        ("2027-03-02T07:00:00", NIGHT, None),
        ("2027-03-28T01:00:00", NIGHT, "2027-03-28T07:00:00"),  # an hour shorter
        ("2027-10-31T01:00:00", NIGHT, "2027-10-31T07:00:00"),
        ("2027-03-28T01:59:00", quiet("00:00", "02:30"), "2027-03-28T03:00:00"),  # 02:30 does not come
        ("2027-03-06T12:00:00", quiet("00:00", "24:00", weekdays=frozenset({5, 6})), "2027-03-08T00:00:00"),
        ("2027-03-08T03:00:00", quiet("22:00", "07:00", weekdays=frozenset({6})), "2027-03-08T07:00:00"),
        ("2027-03-08T22:30:00", quiet("22:00", "07:00", weekdays=frozenset({6})), None),
        ("2027-03-01T12:00:00", quiet("00:00", "24:00"), "2027-03-08T12:00:00"),  # always: a week, no longer
    ],
)
def test_quiet_hours_end_when_they_say(asked: str, hours: Hours, until: str | None) -> None:
    assert quiet_until(hours, at(asked)) == (until and at(until))


def test_a_time_that_is_shown_twice_counts_once() -> None:
    hours = quiet("00:00", "02:30")
    first = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # 02:30 in summer time; it is shown again an hour later

    assert quiet_until(hours, first - MINUTE) == first
    assert quiet_until(hours, first) is None
    assert quiet_until(hours, first + timedelta(minutes=40)) is None


HOURS = st.builds(
    Hours,
    start_min=st.integers(0, 1439),
    end_min=st.integers(0, 1440),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
).filter(lambda each: each.start_min != each.end_min)
# The days around which clocks change, in two years, among others.
DAYS = st.sampled_from(
    [
        datetime(2026, 3, 8, tzinfo=UTC),
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 4, 5, tzinfo=UTC),
        datetime(2026, 9, 6, tzinfo=UTC),
        datetime(2026, 9, 27, tzinfo=UTC),
        datetime(2026, 10, 4, tzinfo=UTC),
        datetime(2026, 10, 25, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2027, 2, 7, tzinfo=UTC),
        datetime(2027, 3, 14, tzinfo=UTC),
        datetime(2011, 12, 30, tzinfo=UTC),  # Apia has no such day
    ]
)
INSTANTS = st.builds(lambda day, minute: day + minute * MINUTE, DAYS, st.integers(-1_500, 2_900))


def naive(hours: Hours, instant: datetime) -> bool:
    """Walk up to `instant` from three days before, minute after minute, and note what the clocks show."""
    begun: set[object] = set()
    ended: set[object] = set()
    quiet_now = 0
    step = instant - timedelta(days=3)
    while step <= instant:
        wall = step.astimezone(hours.zone).replace(tzinfo=None)
        for days in range(-4, 1):
            day = wall.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
            start = day + timedelta(minutes=hours.start_min)
            end = day + timedelta(minutes=hours.end_min)
            end += timedelta(days=1) if end <= start else timedelta()
            if day.weekday() in hours.weekdays and wall >= start and day not in begun:
                begun.add(day)
                quiet_now += 1
            if day in begun and wall >= end and day not in ended:
                ended.add(day)
                quiet_now -= 1
        step += MINUTE
    return quiet_now > 0


@given(hours=HOURS, instant=INSTANTS)
def test_a_minute_is_quiet_when_a_walk_through_the_minutes_says_so(hours: Hours, instant: datetime) -> None:
    assert within(hours, instant) == (quiet_until(hours, instant) is not None) == naive(hours, instant)


@given(hours=HOURS, instant=INSTANTS)
def test_what_is_held_back_goes_out_in_the_first_minute_that_is_not_quiet(
    hours: Hours, instant: datetime
) -> None:
    until = quiet_until(hours, instant)
    if until is None:
        return
    assert instant < until <= instant + timedelta(days=7)
    assert quiet_until(hours, until - timedelta(microseconds=1)) is not None
    if until < instant + timedelta(days=7):
        assert quiet_until(hours, until) is None
