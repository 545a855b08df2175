"""Who is on call: rotations whose people take turns, and overrides of what they say.

Pure. A hand-over stands at a wall-clock time of the rotation's zone, so that nine o'clock stays nine o'clock
when the clocks change; only hours are counted in real time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from autom8.alerts.hours import Hours, periods, within
from autom8.kernel.errors import Invalid
from autom8.kernel.wall_clock import begins

SPAN_MAX: Final = timedelta(days=800)  # of shifts that are asked for at once
PARTICIPANTS_MAX: Final = 100
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Contacts that take turns from `start` on, a wall-clock time in `zone`; nobody before.

    A turn lasts whole days, from hand-over to hand-over by the clock, or whole hours of real time.
    Outside of `only`, when given, nobody of this rotation is on call; the turns go on meanwhile.
    """

    participants: tuple[int, ...]
    turn: timedelta
    start: datetime
    zone: ZoneInfo
    only: Hours | None = None

    def check(self) -> Rotation:
        """This rotation, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names `participants`, `turn` or `start`.
        """
        wrong: dict[str, str] = {}
        if not 1 <= len(self.participants) <= PARTICIPANTS_MAX:
            wrong["participants"] = f"must be 1 to {PARTICIPANTS_MAX}"
        if not _HOUR <= self.turn <= 366 * _DAY or self.turn % (_DAY if self.turn > _DAY else _HOUR):
            wrong["turn"] = "must be whole hours up to a day, or whole days up to 366"
        if self.start.tzinfo is not None:
            wrong["start"] = "must be a time of the rotation's zone, without an offset"
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """From `start` until `end`, `removed` is not on call and `added` is; either may be None.

    With both, `added` stands in for `removed`, and only where a rotation has `removed` on call. What one
    override adds no other takes away, so that their order means nothing.
    """

    start: datetime
    end: datetime
    added: int | None = None
    removed: int | None = None

    def check(self) -> Override:
        """This override, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names `end` or `added`.
        """
        wrong: dict[str, str] = {}
        if self.end <= self.start:
            wrong["end"] = "must be after the start"
        if self.added is None and self.removed is None:
            wrong["added"] = "somebody must be added or removed"
        elif self.added == self.removed:
            wrong["added"] = "must be somebody else than who is removed"
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Rotations that are on call together, and the overrides of all of them."""

    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """From when until when, exclusive, a contact is on call without a break."""

    start: datetime
    end: datetime = field(compare=False)
    contact_id: int


def on_call(schedule: Schedule, at: datetime) -> frozenset[int]:
    """The contacts that are on call at an instant."""
    turns = {contact for each in schedule.rotations if (contact := _turn_at(each, at)) is not None}
    there = [each for each in schedule.overrides if each.start <= at < each.end]
    removed = {each.removed for each in there}
    added = {
        each.added
        for each in there
        if each.added is not None and (each.removed is None or each.removed in turns)
    }
    return frozenset(turns - removed | added)


def shifts(schedule: Schedule, *, since: datetime, until: datetime) -> list[Shift]:
    """Who is on call when, cut to the time that is asked for; by start, then by contact.

    Raises:
        Invalid: the time is longer than SPAN_MAX, or ends before it begins.
    """
    if not timedelta() <= until - since <= SPAN_MAX:
        message = f"must not be before since, nor more than {SPAN_MAX.days} days after it"
        raise Invalid(f"until: {message}", fields={"until": message})
    running: dict[int, datetime] = {}
    done: list[Shift] = []
    for at in [*sorted({since, *_changes(schedule, since, until)}), until]:
        now = on_call(schedule, at) if at < until else frozenset()
        done += [Shift(running.pop(contact), at, contact) for contact in running.keys() - now]
        running |= dict.fromkeys(now - running.keys(), at)
    return sorted(done)


def _turn_at(rotation: Rotation, at: datetime) -> int | None:
    turn = _turn(rotation, at)
    if turn < 0 or (rotation.only is not None and not within(rotation.only, at)):
        return None
    return rotation.participants[turn % len(rotation.participants)]


def _turn(rotation: Rotation, at: datetime) -> int:
    """The number of the turn at an instant, from 0; below 0 before the first."""
    if rotation.turn % _DAY:
        return (at - begins(rotation.start, rotation.zone)) // rotation.turn
    turn = (at.astimezone(rotation.zone).replace(tzinfo=None) - rotation.start) // rotation.turn
    if _hand_over(rotation, turn + 1) <= at:  # the clocks were set back over it, and it counts once
        turn += 1
    return turn


def _hand_over(rotation: Rotation, turn: int) -> datetime:
    """When a turn begins."""
    if rotation.turn % _DAY:
        return begins(rotation.start, rotation.zone) + turn * rotation.turn
    return begins(rotation.start + turn * rotation.turn, rotation.zone)


def _changes(schedule: Schedule, since: datetime, until: datetime) -> Iterator[datetime]:
    """All instants in a time at which who is on call may change."""
    every = [*_hand_overs(schedule.rotations, since, until)]
    every += [each for override in schedule.overrides for each in (override.start, override.end)]
    return (each for each in every if since <= each < until)


def _hand_overs(rotations: Sequence[Rotation], since: datetime, until: datetime) -> Iterator[datetime]:
    for rotation in rotations:
        first, last = _turn(rotation, since), _turn(rotation, until)
        yield from (_hand_over(rotation, turn) for turn in range(max(first, 0), last + 1))
        if rotation.only is not None:
            for period in periods(rotation.only, since=since, until=until):
                yield from period
