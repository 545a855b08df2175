"""Proof of an import: the fire times we plan beside those of cron's own rules.

Owns the comparison. The two sides share nothing but the line's text: `slots` on ours, `matcher` on
cron's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile, zip_longest
from typing import Final
from zoneinfo import ZoneInfo

from autom8.scheduler.crontab.matcher import fires, read_timing
from autom8.scheduler.crontab.values import Entry
from autom8.scheduler.schedules import BootTime, Rule
from autom8.scheduler.slots import slots_after

HORIZON: Final = timedelta(days=3_653)  # ten years; what fires rarely is proven up to there


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first fire time that is not the same: the `number`-th, from 1. None: there is none."""

    number: int
    planned: datetime | None
    by_cron: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`fires` are the planned slots, UTC, ascending, compared up to and with `through`."""

    fires: tuple[datetime, ...]
    matches: bool
    first_difference: Difference | None
    through: datetime


def proof(entry: Entry, *, after: datetime, count: int = 100) -> Proof:
    """The next `count` slots of an entry, compared with a minute-by-minute reading of crontab(5).

    Fewer where ten years hold fewer; none for @reboot, which has no times. See `matcher.fires` for
    the two cases in which a change of the clock makes Debian's daemon itself differ from both.
    """
    if isinstance(entry.schedule, BootTime):
        return Proof(fires=(), matches=True, first_difference=None, through=after)
    through = after + HORIZON
    slots = slots_after(Rule(schedule=entry.schedule, zone=entry.zone), after)
    planned = tuple(islice(takewhile(lambda slot: slot <= through, slots), count))
    walked = fires(read_timing(entry.timing), ZoneInfo(entry.zone), after=after, through=through)
    by_cron = tuple(islice(walked, count))
    return Proof(
        fires=planned,
        matches=planned == by_cron,
        first_difference=_first_difference(planned, by_cron),
        through=planned[-1] if len(planned) == count else through,
    )


def _first_difference(planned: tuple[datetime, ...], by_cron: tuple[datetime, ...]) -> Difference | None:
    for number, (ours, theirs) in enumerate(zip_longest(planned, by_cron), start=1):
        if ours != theirs:
            return Difference(number=number, planned=ours, by_cron=theirs)
    return None
