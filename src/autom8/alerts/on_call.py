"""Who is on call: rotations whose people take turns, and overrides of what they say.

Pure. A hand-over stands at a wall-clock time of the rotation's zone, so that nine o'clock stays nine o'clock
when the clocks change; only hours are counted in real time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from autom8.alerts.hours import Hours, periods, within
from autom8.kernel.errors import Invalid
from autom8.kernel.wall_clock import begins

SPAN_MAX: Final = timedelta(days=800)  # of shifts that are asked for at once
PARTICIPANTS_MAX: Final = 100
# Away from the ends of the calendar, where the clocks of some zones can't be read.
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_DAY_MIN: Final = 24 * 60
_WEEKDAYS: Final = frozenset(range(7))


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
            Invalid: it can't; `fields` names `participants`, `turn`, `start` or `only`.
        """
        wrong: dict[str, str] = {}
        if not 1 <= len(self.participants) <= PARTICIPANTS_MAX:
            wrong["participants"] = f"must be 1 to {PARTICIPANTS_MAX}"
        if not _HOUR <= self.turn <= 366 * _DAY or self.turn % (_DAY if self.turn > _DAY else _HOUR):
            wrong["turn"] = "must be whole hours up to a day, or whole days up to 366"
        if self.start.tzinfo is not None:
            wrong["start"] = "must be a time of the rotation's zone, without an offset"
        elif not EARLIEST <= self.start.replace(tzinfo=UTC) <= LATEST:
            wrong["start"] = f"must be in the years {EARLIEST.year} to {LATEST.year - 1}"
        if self.only is not None and (amiss := _amiss(self.only)):
            wrong["only"] = amiss
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
            Invalid: it can't; `fields` names `start`, `end` or `added`.
        """
        # One instant without an offset can't be compared, and would leave the whole schedule unreadable.
        edges = {"start": self.start, "end": self.end}
        wrong = {name: "must have an offset" for name, edge in edges.items() if edge.utcoffset() is None}
        if not wrong and self.end <= self.start:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The instant at which somebody comes on call, or goes; whom it leaves alone is in neither."""

    at: datetime
    came: frozenset[int]
    gone: frozenset[int]


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
        Invalid: the time is longer than SPAN_MAX, ends before it begins, or leaves EARLIEST to LATEST.
    """
    if not timedelta() <= until - since <= SPAN_MAX:
        message = f"must not be before since, nor more than {SPAN_MAX.days} days after it"
        raise Invalid(f"until: {message}", fields={"until": message})
    if since < EARLIEST or until > LATEST:
        name = "since" if since < EARLIEST else "until"
        message = f"must be in the years {EARLIEST.year} to {LATEST.year - 1}"
        raise Invalid(f"{name}: {message}", fields={name: message})
    schedule = _touching(schedule, since, until)
    running: dict[int, datetime] = {}
    done: list[Shift] = []
    for at in [*sorted({since, *_changes(schedule, since, until)}), until]:
        now = on_call(schedule, at) if at < until else frozenset()
        done += [Shift(running.pop(contact), at, contact) for contact in running.keys() - now]
        running |= dict.fromkeys(now - running.keys(), at)
    return sorted(done)


def next_change(schedule: Schedule, *, after: datetime) -> Change | None:
    """The first change after an instant; None when there is none within SPAN_MAX."""
    return next(_coming(schedule, after), None)


def next_on_call(schedule: Schedule, *, after: datetime) -> Change | None:
    """The first change after an instant by which somebody comes on call: who is next, and when.

    It may be who is on call now, back after a break. None when nobody comes within SPAN_MAX.
    """
    return next((change for change in _coming(schedule, after) if change.came), None)


def without(rotation: Rotation, contact_id: int, *, at: datetime) -> tuple[int, ...]:
    """The participants without a contact, in such an order that the turns of the others go on as they were.

    Who is on call at an instant stays so; where it is the one who goes, the next one takes over at once.
    """
    turn = max(_turn(rotation, at), 0)
    place = turn % len(rotation.participants)
    coming = rotation.participants[place:] + rotation.participants[:place]
    left = [each for each in coming if each != contact_id]
    return tuple(left[(index - turn) % len(left)] for index in range(len(left)))


def _coming(schedule: Schedule, after: datetime) -> Iterator[Change]:
    """The changes after an instant, ascending, up to SPAN_MAX; made as they are asked for."""
    schedule = _touching(schedule, after, after + SPAN_MAX)
    there = on_call(schedule, after)
    first, length = after, _DAY
    while first < after + SPAN_MAX:
        last = min(first + length, after + SPAN_MAX)
        for at in sorted(set(_changes(schedule, first, last))):
            now = on_call(schedule, at)
            if now != there:
                yield Change(at=at, came=now - there, gone=there - now)
            there = now
        first, length = last, 2 * length  # near changes are found at once, and far ones in few steps


def _touching(schedule: Schedule, since: datetime, until: datetime) -> Schedule:
    """The schedule without overrides that say nothing of this time: those of years pile up."""
    there = tuple(each for each in schedule.overrides if each.end > since and each.start < until)
    return replace(schedule, overrides=there)


def _turn_at(rotation: Rotation, at: datetime) -> int | None:
    turn = _turn(rotation, at)
    if turn < 0 or (rotation.only is not None and not within(rotation.only, at)):
        return None
    return rotation.participants[turn % len(rotation.participants)]


def _turn(rotation: Rotation, at: datetime) -> int:
    """The number of the turn at an instant, from 0; below 0 before the first."""
    if rotation.turn % _DAY:
        return (at - _hand_over(rotation, 0)) // rotation.turn
    turn = (at.astimezone(rotation.zone).replace(tzinfo=None) - rotation.start) // rotation.turn
    if _hand_over(rotation, turn + 1) <= at:  # the clocks were set back over it, and it counts once
        turn += 1
    return turn


def _hand_over(rotation: Rotation, turn: int) -> datetime:
    """When a turn begins."""
    start = rotation.start.replace(fold=0)  # of a time that is shown twice, the first is meant
    if rotation.turn % _DAY:
        return begins(start, rotation.zone) + turn * rotation.turn
    return begins(start + turn * rotation.turn, rotation.zone)


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


def _amiss(hours: Hours) -> str:
    """What is wrong with the hours of a rotation; empty when nothing is."""
    if not (0 <= hours.start_min < _DAY_MIN and 0 <= hours.end_min <= _DAY_MIN):
        return f"must be minutes of a day, 0 to {_DAY_MIN}"
    if not hours.weekdays or hours.weekdays - _WEEKDAYS:  # on none, nobody would ever be on call
        return "must be on at least one weekday, Monday 0 to Sunday 6"
    return ""
