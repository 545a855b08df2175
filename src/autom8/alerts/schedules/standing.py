"""Who is on call now and next, each since when and until when, and the shifts of a calendar.

Pure. Bounds how much is reckoned for one question: rotations of hours, many at once, change very often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from autom8.alerts.on_call import EARLIEST, LATEST, Rotation, Schedule, Shift, on_call, shifts
from autom8.kernel.errors import Invalid

COST_MAX: Final = 50_000  # about a second
# How far is looked to either side of now; the nearest that answers.
_SPANS: Final = (timedelta(days=2), timedelta(days=16), timedelta(days=100), timedelta(days=400))
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A contact is on call from `since` until `until`; None where that lies farther away than is looked."""

    contact_id: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who is on call at an instant, and who comes next, together; by contact."""

    on_call: tuple[Stretch, ...]
    next: tuple[Stretch, ...]


def standing(schedule: Schedule, at: datetime) -> Standing:
    """Who is on call at an instant, and who comes next: perhaps somebody again, after a break."""
    now = on_call(schedule, at)
    best = Standing(
        on_call=tuple(Stretch(contact_id=each, since=None, until=None) for each in sorted(now)), next=()
    )
    for span in _SPANS:
        since, until = max(at - span, EARLIEST), min(at + span, LATEST)
        if not since <= at < until or cost(schedule, since, until) > COST_MAX:
            break
        best = _standing_within(shifts(schedule, since=since, until=until), at, since, until)
        if best.next and all(each.since and each.until for each in best.on_call + best.next):
            break
    return best


def calendar(schedule: Schedule, *, since: datetime, until: datetime) -> list[Shift]:
    """The shifts within a time, as `on_call.shifts`.

    Raises:
        Invalid: the time is too long, for a calendar or for a schedule that changes as often as this one.
    """
    if since < until and cost(schedule, since, until) > COST_MAX and until - since > _DAY:
        text = "must be nearer to since: this schedule changes too often for so long a time"
        raise Invalid(f"until {text}", fields={"until": text})
    return shifts(schedule, since=since, until=until)


def cost(schedule: Schedule, since: datetime, until: datetime) -> float:
    """How much there is to reckon for the shifts of a time: instants of a change, times what each asks."""
    changes = sum(_changes(each, until - since) for each in schedule.rotations) + 2 * len(schedule.overrides)
    each_time = sum(3 if each.only else 1 for each in schedule.rotations) + len(schedule.overrides) / 50
    return changes * each_time


def _changes(rotation: Rotation, span: timedelta) -> float:
    return span / rotation.turn + 1 + (2 * (span / _DAY + 1) if rotation.only else 0)


def _standing_within(found: Sequence[Shift], at: datetime, first: datetime, last: datetime) -> Standing:
    coming = [each for each in found if each.start > at]
    start = coming[0].start if coming else None

    def stretch(shift: Shift) -> Stretch:
        return Stretch(
            contact_id=shift.contact_id,
            since=shift.start if shift.start > first else None,
            until=shift.end if shift.end < last else None,
        )

    here = [stretch(each) for each in found if each.start <= at < each.end]
    return Standing(
        on_call=tuple(sorted(here, key=lambda each: each.contact_id)),
        next=tuple(stretch(each) for each in coming if each.start == start),
    )
