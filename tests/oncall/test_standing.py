"""Who is on call and who comes next, against the shifts of the whole time around."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autom8.alerts.hours import Hours
from autom8.alerts.on_call import SPAN_MAX, Override, Rotation, Schedule, shifts
from autom8.alerts.schedules.standing import Standing, Stretch, standing

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
NOON = datetime(2026, 3, 25, 12, tzinfo=UTC)
NIGHTS = Hours(start_min=22 * 60, end_min=6 * 60, weekdays=frozenset({4, 5}), zone=BERLIN)


def rotation(people: tuple[int, ...], turn: timedelta, only: Hours | None = None) -> Rotation:
    start = datetime(2026, 1, 5, 9)  # noqa: DTZ001 - on the wall
    return Rotation(participants=people, turn=turn, start=start, zone=BERLIN, only=only).check()


def _expected(schedule: Schedule, at: datetime) -> Standing:
    first, last = at - SPAN_MAX / 2, at + SPAN_MAX / 2
    stretches = [
        (
            each.start,
            each.end,
            Stretch(
                contact_id=each.contact_id,
                since=each.start if each.start > first else None,
                until=each.end if each.end < last else None,
            ),
        )
        for each in shifts(schedule, since=first, until=last)
    ]
    coming = [start for start, _, _ in stretches if start > at]
    return Standing(
        on_call=tuple(
            sorted(
                (each for start, end, each in stretches if start <= at < end),
                key=lambda each: each.contact_id,
            )
        ),
        next=tuple(each for start, _, each in stretches if coming and start == min(coming)),
    )


SCHEDULES = {
    "daily": Schedule(rotations=(rotation((1, 2, 3), DAY),)),
    "one always, and others by the week": Schedule(
        rotations=(rotation((4,), 7 * DAY), rotation((1, 2), 7 * DAY))
    ),
    "nights at the end of the week": Schedule(rotations=(rotation((1, 2), DAY, NIGHTS),)),
    "once a year": Schedule(rotations=(rotation((1, 2), 300 * DAY),)),
    "nobody": Schedule(),
    "an override alone": Schedule(
        overrides=(Override(start=NOON + 50 * DAY, end=NOON + 60 * DAY, added=9),),
    ),
    "somebody stands in": Schedule(
        rotations=(rotation((1, 2, 3), DAY),),
        overrides=(Override(start=NOON, end=NOON + 20 * DAY, added=7, removed=2),),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_it_is_what_the_shifts_of_a_long_time_say(name: str) -> None:
    schedule = SCHEDULES[name]
    for hours in range(0, 24 * 21, 7):
        at = NOON + timedelta(hours=hours)
        found, expected = standing(schedule, at), _expected(schedule, at)
        assert [each.contact_id for each in found.on_call] == [each.contact_id for each in expected.on_call]
        assert {each.contact_id: each.since for each in found.next} == {
            each.contact_id: each.since for each in expected.next
        }
        assert found == expected, at


def test_turns_of_an_hour_by_many_are_told_all_the_same() -> None:
    mine = Schedule(rotations=tuple(rotation((1, 2), timedelta(hours=1), NIGHTS) for _ in range(20)))
    found = standing(mine, datetime(2026, 3, 27, 22, 30, tzinfo=UTC))

    assert len(found.on_call) == 1
