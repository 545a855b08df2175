"""A rotation by another reading: it goes by the latest time that its zone's clocks have ever shown.

That time stands still while clocks that were set back catch up, and jumps where they leave time out. So a
hand-over has happened once it reached it, and the rules of gaps and repeated times need no saying.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autom8.alerts.hours import Hours
from autom8.alerts.on_call import Rotation, Schedule, on_call

DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # sets its clocks by half an hour
    "Pacific/Chatham",  # is at quarters of an hour
    "Africa/Casablanca",  # sets them back for Ramadan
    "Antarctica/Troll",  # sets them by two hours
]
TURNS = [
    (DAY, datetime(2026, 1, 3, 2, 30)),  # noqa: DTZ001 - wall-clock times
    (DAY, datetime(2026, 1, 3)),  # noqa: DTZ001
    (3 * DAY, datetime(2020, 2, 29, 1, 45)),  # noqa: DTZ001
    (7 * DAY, datetime(2007, 1, 1, 9)),  # noqa: DTZ001
]
SPANS = [
    (9 * 60, 17 * 60, range(5)),
    (22 * 60, 6 * 60, range(7)),
    (2 * 60 + 30, 2 * 60 + 45, range(7)),
    (0, 24 * 60, (0, 6)),
    (2 * 60, 2 * 60, (5, 6)),
]


def quarters(zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Each quarter of an hour of two years with the latest time shown: near clock changes all, else some."""
    at, latest, offset, near_until = SINCE - 2 * DAY, datetime.min, None, SINCE  # noqa: DTZ901
    count = 0
    while at < SINCE + 730 * DAY:
        shown = at.astimezone(ZoneInfo(zone))
        latest = max(latest, shown.replace(tzinfo=None))
        if shown.utcoffset() != offset:
            offset, near_until = shown.utcoffset(), at + 8 * HOUR
        count += 1
        if at >= SINCE and (at < near_until or count % 61 == 0):  # 61 meets each time of the day in turn
            yield at, latest
        at += QUARTER


def rotation(zone: str, turn: timedelta, start: datetime, only: Hours | None = None) -> Rotation:
    return Rotation(participants=(1, 2, 3), turn=turn, start=start, zone=ZoneInfo(zone), only=only).check()


@pytest.mark.parametrize("zone", ZONES)
def test_for_two_years_exactly_one_is_on_call_whose_turn_the_clocks_have_reached(zone: str) -> None:
    rotations = [rotation(zone, *each) for each in TURNS]
    for at, latest in quarters(zone):
        for each in rotations:
            turns = (latest - each.start) // each.turn
            expected = {(1, 2, 3)[turns % 3]} if turns >= 0 else set()
            assert on_call(Schedule(rotations=(each,)), at) == expected, (at, each)


@pytest.mark.parametrize("zone", ZONES)
def test_for_two_years_the_hours_of_a_rotation_are_those_that_the_clocks_have_reached(zone: str) -> None:
    every = [
        Hours(start_min=start, end_min=end, weekdays=frozenset(days), zone=ZoneInfo(zone))
        for start, end, days in SPANS
    ]
    schedules = [Schedule(rotations=(rotation(zone, *TURNS[-1], only=each),)) for each in every]
    for at, latest in quarters(zone):
        minute, today = latest.hour * 60 + latest.minute, latest.weekday()
        yesterday = (today - 1) % 7
        for hours, schedule in zip(every, schedules, strict=True):
            begun, ended = minute >= hours.start_min, minute >= hours.end_min
            if hours.start_min < hours.end_min:
                expected = today in hours.weekdays and begun and not ended
            else:
                expected = (today in hours.weekdays and begun) or (yesterday in hours.weekdays and not ended)
            assert len(on_call(schedule, at)) == expected, (at, hours)


@pytest.mark.parametrize("zone", ZONES)
def test_turns_of_hours_are_counted_in_time_that_has_passed_and_not_by_the_clocks(zone: str) -> None:
    mine = Schedule(rotations=(rotation(zone, 5 * HOUR, datetime(2026, 1, 3, 2, 30)),))  # noqa: DTZ001
    at, passed = SINCE, -1
    while at < SINCE + 730 * DAY:
        if passed >= 0 or at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) >= mine.rotations[0].start:
            passed += 1
        expected = {(1, 2, 3)[passed // 20 % 3]} if passed >= 0 else set()
        if passed % 19 in {0, 1}:
            assert on_call(mine, at) == expected, at
        at += QUARTER


@pytest.mark.parametrize("turn", [HOUR, DAY])
@pytest.mark.parametrize("fold", [0, 1])
def test_a_first_hand_over_at_a_time_shown_twice_is_at_the_first(turn: timedelta, fold: int) -> None:
    start = datetime(2026, 10, 25, 2, 30, fold=fold)  # noqa: DTZ001 - a wall-clock time
    mine = Schedule(rotations=(rotation("Europe/Berlin", turn, start),))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert on_call(mine, first - QUARTER) == frozenset()
    assert on_call(mine, first) == {1}
    assert on_call(mine, first + turn + HOUR) == {3 if turn == HOUR else 2}
