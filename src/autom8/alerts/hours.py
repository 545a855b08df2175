"""Hours of the week by the clocks of a zone: a contact's quiet hours, and the hours of a rotation.

Pure. They begin and end at wall-clock times: one that the clocks leave out is the first instant after the
gap, one that they show twice is the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from autom8.kernel.wall_clock import begins

_DAY_MIN: Final = 24 * 60
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Minutes after midnight in `zone`, on the weekdays (Monday 0) on which they begin.

    A start after the end goes past midnight; an end of 1440 is the midnight that ends the day.
    """

    start_min: int
    end_min: int
    weekdays: frozenset[int]
    zone: ZoneInfo


def within(hours: Hours, at: datetime) -> bool:
    """Whether an instant lies in these hours."""
    return any(first <= at < last for first, last in periods(hours, since=at, until=at))


def quiet_until(hours: Hours, at: datetime) -> datetime | None:
    """When the quiet hours end in which `at` lies, those that follow without a break included.

    None when it lies in none. Quiet hours that leave no minute of the week end after a week: what is held
    back for ever is lost.
    """
    end = at
    for first, last in periods(hours, since=at, until=at + _WEEK):
        if first <= end < last:
            end = last
    return None if end == at else min(end, at + _WEEK)


def periods(hours: Hours, *, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """From when to when these hours are, ascending: all that touch the time, and perhaps some beside it."""
    day = since.astimezone(hours.zone).date() - 2 * _DAY
    last = until.astimezone(hours.zone).date() + _DAY
    past_midnight = hours.end_min <= hours.start_min
    while day <= last:
        if day.weekday() in hours.weekdays:
            end_min = hours.end_min + _DAY_MIN * past_midnight
            yield _instant(hours.zone, day, hours.start_min), _instant(hours.zone, day, end_min)
        day += _DAY


def _instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    return begins(datetime.combine(day, time()) + timedelta(minutes=minutes), zone)
