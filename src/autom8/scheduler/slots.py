"""Slots: the instants at which a schedule expects its task to run.

Pure: the same rule gives the same slots on every node, whatever the time and wherever it is asked
from. It must not know tasks, runs or the clock; what becomes of slots that are due is `catch_up`.

A slot is an aware UTC datetime within 1970 to 9999. Wall-clock times become instants here, by this
definition: a wall-clock time that a zone's clocks leave out or repeat *begins* at the first instant
at which they show it or a later time. Instants are compared in UTC throughout, because Python
compares datetimes of one zone by their wall clock and so takes the two halves of an overlap as one.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final, overload
from zoneinfo import ZoneInfo

from autom8.kernel.vocabulary import Gap, Overlap
from autom8.kernel.wall_clock import end_of_gap, readings
from autom8.kernel.zones import zone_named
from autom8.scheduler import cron
from autom8.scheduler.schedules import (
    EARLIEST,
    BootTime,
    Cron,
    Interval,
    Manual,
    Once,
    Rule,
)

_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_RESOLUTION: Final = timedelta(microseconds=1)  # of an instant


def slots_after(rule: Rule, after: datetime) -> Iterator[datetime]:
    """The slots strictly after `after`, ascending and distinct; made as they are asked for.

    Raises:
        Invalid: the rule would not pass its `check()`.
        ValueError: `after` has no offset from UTC.
    """
    after = _floor(after)
    match rule.schedule:
        case Cron(expression=expression):
            return _cron_slots(cron.parse(expression), rule, after)
        case Interval() as interval:
            return iter(_beats(interval, after, _LATEST))
        case Once(at=at):
            return iter([at.astimezone(UTC)] if at > after else [])
        case BootTime() | Manual():
            return iter(())


def slots_due(
    rule: Rule,
    after: datetime,
    until: datetime,
    *,
    at_most: int,
) -> tuple[Sequence[datetime], datetime | None]:
    """The slots in (after, until], and the first slot that is not among them.

    `at_most` bounds the work: of a cron schedule, only that many slots are given. Those of an
    interval are always complete, since they are counted by arithmetic and not made until looked at.
    """
    if isinstance(rule.schedule, Interval):
        beats = _beats(rule.schedule, _floor(after), until)
        return beats, next(slots_after(rule, max(after, until)), None)
    due: list[datetime] = []
    for slot in slots_after(rule, after):
        if slot > until or len(due) == at_most:
            return due, slot
        due.append(slot)
    return due, None


def slot_count(rule: Rule, after: datetime, until: datetime) -> int:
    """How many slots lie in (after, until]: arithmetic for an interval, else a walk."""
    if isinstance(rule.schedule, Interval):
        return len(_beats(rule.schedule, _floor(after), until))
    return sum(1 for _ in takewhile(lambda slot: slot <= until, slots_after(rule, after)))


def _floor(after: datetime) -> datetime:
    """`after` in UTC, raised to just before the first instant that can be a slot."""
    if after.utcoffset() is None:
        raise ValueError("an instant without a zone is no instant")
    return max(after, EARLIEST - _RESOLUTION).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Beats(Sequence[datetime]):
    """Slots of an interval as a sequence that makes them when they are looked at."""

    interval: Interval
    numbers: range  # of whole intervals since the anchor

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> datetime: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[datetime]: ...
    def __getitem__(self, index: int | slice) -> datetime | Sequence[datetime]:
        if isinstance(index, slice):
            return _Beats(self.interval, self.numbers[index])
        return self.interval.anchor.astimezone(UTC) + self.numbers[index] * self.interval.every


def _beats(interval: Interval, after: datetime, until: datetime) -> _Beats:
    first = (after - interval.anchor) // interval.every + 1
    last = (until - interval.anchor) // interval.every
    return _Beats(interval, range(first, last + 1))


def _cron_slots(expression: cron.Expression, rule: Rule, after: datetime) -> Iterator[datetime]:
    clocks = _Clocks.reading(expression, rule)
    given = after
    waiting: list[datetime] = []  # a heap: the second halves of overlaps, until their turn comes
    for wall in expression.wall_times(clocks.first_wall_time(after)):
        instants = clocks.instants(wall)
        for instant in instants:
            heapq.heappush(waiting, instant)
        # No later wall-clock time begins before this one does, so up to there the order is settled.
        while waiting and instants and waiting[0] <= instants[0]:
            slot = heapq.heappop(waiting)
            if slot > given:
                given = slot
                yield slot
    yield from (slot for slot in sorted(set(waiting)) if slot > given)


@dataclass(frozen=True, slots=True)
class _Clocks:
    """The clocks of a zone, and what a rule makes of their changes."""

    zone: ZoneInfo
    gap: Gap
    overlap: Overlap

    @classmethod
    def reading(cls, expression: cron.Expression, rule: Rule) -> _Clocks:
        """How `rule` reads the clocks for `expression`.

        To follow real time is to fire whenever the clocks show a matching time: in both halves of
        an overlap, and never for a time that they don't show.
        """
        zone = zone_named(rule.zone)
        if expression.follows_real_time:
            return cls(zone, Gap.SKIP, Overlap.BOTH)
        return cls(zone, rule.gap, rule.overlap)

    def instants(self, wall: datetime) -> tuple[datetime, ...]:
        """When the clocks show `wall`, or what stands for it, ascending; none if it is skipped."""
        try:
            before, since = readings(wall, self.zone)
        except OverflowError:  # the calendar of UTC ends some hours before this zone's does
            return ()
        if before == since:
            return (before,)
        if before < since:
            return (before, since) if self.overlap is Overlap.BOTH else (before,)
        return (end_of_gap(wall, self.zone),) if self.gap is Gap.SHIFT else ()

    def first_wall_time(self, after: datetime) -> datetime:
        """A wall-clock time before which none has an instant after `after`, and not far from it."""
        try:
            local = after.astimezone(self.zone)
        except OverflowError:
            return datetime.max  # noqa: DTZ901  a wall-clock time
        wall = local.replace(tzinfo=None, fold=0)
        before, since = readings(wall, self.zone)
        if local.fold == 0 and before < since:
            # In the first half of an overlap, all of its second half is still to come.
            return wall - (since - before)
        return wall
