"""What a task's schedule is: the value types, and what they must be to be meant.

Owns no calculation (`slots`) and no cron grammar (`cron`). It must not know the database, the API's
JSON or the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Gap, Overlap, ScheduleKind
from autom8.kernel.zones import zone_named
from autom8.scheduler import cron

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
INTERVAL_MIN: Final = timedelta(seconds=1)
INTERVAL_MAX: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """Wall-clock times by a cron expression, in the zone of its `Rule`."""

    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Every instant that lies a whole number of `every` away from `anchor`, before or after it.

    The anchor sets the beat, not the start: no restart, pause or zone moves it.
    """

    every: timedelta
    anchor: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One instant."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BootTime:
    """Each start of the machine. It has no slots that can be told beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """No slots: only people start it."""


Schedule = Cron | Interval | Once | BootTime | Manual

_KINDS: Final[dict[type[Schedule], ScheduleKind]] = {
    Cron: ScheduleKind.CRON,
    Interval: ScheduleKind.INTERVAL,
    Once: ScheduleKind.ONCE,
    BootTime: ScheduleKind.BOOT,
    Manual: ScheduleKind.MANUAL,
}


def kind_of(schedule: Schedule) -> ScheduleKind:
    """The name under which a schedule is stored and shown."""
    return _KINDS[type(schedule)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All that decides a task's slots: its schedule, and how it reads a zone's changes of clock.

    `zone`, `gap` and `overlap` matter to cron schedules only. The slots of a rule that has not
    passed `check()` are not defined.
    """

    schedule: Schedule
    zone: str = defaults.ZONE
    gap: Gap = defaults.GAP
    overlap: Overlap = defaults.OVERLAP

    def check(self) -> Rule:
        """This rule, if it can be meant.

        Raises:
            Invalid: it can't; `fields` names all that is wrong, by the names of the API's task:
                `schedule.cron`, `schedule.every_s`, `schedule.anchor_at`, `schedule.at`, `zone`.
        """
        wrong = {f"schedule.{name}": text for name, text in _wrong_fields(self.schedule).items()}
        try:
            zone_named(self.zone)
        except Invalid as invalid:
            wrong.update(invalid.fields)
        if wrong:
            message = "; ".join(f"{name}: {text}" for name, text in wrong.items())
            raise Invalid(message, fields=wrong)
        return self


def _wrong_fields(schedule: Schedule) -> dict[str, str]:
    wrong: dict[str, str] = {}
    match schedule:
        case Cron(expression=expression):
            try:
                cron.parse(expression)
            except Invalid as invalid:
                wrong.update(invalid.fields)
        case Interval(every=every, anchor=anchor):
            if not INTERVAL_MIN <= every <= INTERVAL_MAX:
                wrong["every_s"] = "an interval has at least 1 second and at most 366 days"
            wrong.update(_wrong_instant("anchor_at", anchor))
        case Once(at=at):
            wrong.update(_wrong_instant("at", at))
        case BootTime() | Manual():
            pass
    return wrong


def _wrong_instant(name: str, instant: datetime) -> dict[str, str]:
    if instant.utcoffset() is None:
        return {name: "an instant needs its offset from UTC, as 2027-03-28T04:30:00Z"}
    try:
        in_range = instant.astimezone(UTC) >= EARLIEST
    except OverflowError:
        in_range = False
    return {} if in_range else {name: "an instant lies in the years 1970 to 9999 UTC"}
