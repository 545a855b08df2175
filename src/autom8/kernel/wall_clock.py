"""What instants the wall-clock times of a zone are, also where its clocks leave some out or show them twice.

Pure. Wall-clock times are naive, instants aware and in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_CHANGE_RESOLUTION: Final = timedelta(seconds=1)  # zones change their clocks on whole seconds


def readings(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """`wall` in UTC, by the offset before and by that since the change it falls into, if any.

    Equal when it falls into none; ascending in an overlap, descending in a gap (PEP 495).

    Raises:
        OverflowError: the calendar of UTC has no such day.
    """
    zoned = wall.replace(tzinfo=zone)
    return zoned.astimezone(UTC), zoned.replace(fold=1).astimezone(UTC)


def end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the clocks show a later time than `wall`, which they leave out."""
    high, low = readings(wall, zone)  # the change lies in (low, high]
    while high - low > _CHANGE_RESOLUTION:
        middle = low + (high - low) // 2 // _CHANGE_RESOLUTION * _CHANGE_RESOLUTION
        shown = middle.astimezone(zone).replace(tzinfo=None)
        low, high = (low, middle) if shown >= wall else (middle, high)
    return high


def begins(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the clocks show `wall` or, where they leave it out, a later time.

    Raises:
        OverflowError: the calendar of UTC has no such day.
    """
    before, since = readings(wall, zone)
    return before if before <= since else end_of_gap(wall, zone)
