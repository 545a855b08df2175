"""Cron's own reading of five fields, and its walk through the minutes, written apart from ours.

Owns the grammar of crontab(5) as Debian's cron 3.0pl1 takes it, and what cron(8) does when the
clock changes. It is the witness against `slots.py`: it must not know cronsim, `cron.py` or
`slots.py`, or the proof would prove nothing.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
BOOT: Final = "@reboot"

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAYS_OF_MONTH_MAX: Final = {
    month: calendar.monthrange(2024, month)[1] for month in range(1, 13)
}  # a leap year
_RANGE: Final = re.compile(r"(?:\*|([A-Za-z0-9]*)(?:-([A-Za-z0-9]*))?)(?:/([A-Za-z0-9]*))?")

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class Unreadable(ValueError):
    """A line that can't be taken. `stops_cron`: cron refuses it too, and with it the whole file."""

    def __init__(self, reason: str, *, stops_cron: bool = True) -> None:
        super().__init__(reason)
        self.stops_cron = stops_cron


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def bits(self, text: str, doubts: list[str]) -> int:
        """The values that `text` names, as a bitmap. To `doubts` goes what cron takes but nobody can mean."""
        bits = 0
        for part in text.split(","):
            found = _RANGE.match(part)
            assert found is not None  # it matches the empty text
            low, high, step = self._range(part, *found.groups())
            if low > high:
                doubts.append(
                    f"{self.name}: '{part}' runs backwards: cron takes it and nothing ever comes of it"
                )
            bits |= sum(1 << value for value in range(low, high + 1, step))
            if found.end() != len(part):
                doubts.append(f"{self.name}: cron reads '{found[0]}' of '{part}' and ignores the rest")
                break
        return bits

    def _range(
        self, text: str, first: str | None, last: str | None, step: str | None
    ) -> tuple[int, int, int]:
        if step is not None and first is not None and last is None:
            better = f"{first}-{self.high}/{step}"
            raise Unreadable(f"{self.name}: '{text}' has a step without a range: write {better}")
        if step is not None and not (step.isdigit() and int(step)):
            raise Unreadable(f"{self.name}: '{text}' has '{step}' for a step")
        low = self.low if first is None else self._number(first, text)
        high = self.high if first is None else low if last is None else self._number(last, text)
        return low, high, int(step or 1)

    def _number(self, number: str, text: str) -> int:
        if number.lower() in self.names:
            return self.names.index(number.lower()) + self.low
        if not number:
            raise Unreadable(f"{self.name}: '{text}' is neither a number, a name, a range nor *")
        if not number.isdigit() or not self.low <= int(number) <= self.high:
            raise Unreadable(f"{self.name}: '{number}' is not in {self.low}-{self.high}")
        return int(number)


_FIELDS: Final = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Five fields as bitmaps, with what cron remembers of their stars.

    `both_days`: the day of month AND the day of week must fit, because at least one of the two
    fields starts with `*` (so `*/2` there restricts the other). Otherwise either of them suffices.
    `wild`: minute or hour starts with `*`, so a change of the clock is followed at once.
    """

    minutes: int
    hours: int
    days: int
    months: int
    weekdays: int
    both_days: bool
    wild: bool

    def fits_day(self, day: date) -> bool:
        """Whether anything can be due on this local day."""
        if not self.months >> day.month & 1:
            return False
        by_day = bool(self.days >> day.day & 1)
        by_weekday = bool(self.weekdays >> day.isoweekday() % 7 & 1)
        return (by_day and by_weekday) if self.both_days else (by_day or by_weekday)

    def fits_hour(self, hour: int) -> bool:
        """Whether anything can be due in this local hour of a fitting day."""
        return bool(self.hours >> hour & 1)

    def fits(self, local: datetime) -> bool:
        """Whether this local minute is one of them."""
        return (
            bool(self.minutes >> local.minute & 1)
            and self.fits_hour(local.hour)
            and self.fits_day(local.date())
        )

    @property
    def never(self) -> bool:
        """Whether no day of any year fits, as for 31 February."""
        if not self.both_days:
            return False
        return not any(
            self.months >> month & 1 and self.days >> day & 1
            for month, days in _DAYS_OF_MONTH_MAX.items()
            for day in range(1, days + 1)
        )


def read_timing(text: str) -> Timing:
    """Read five fields with single blanks between, or a macro but @reboot, as Debian's cron does.

    Stricter than cron in three cases, where cron takes the line and does what nobody can have
    meant: text after a range (`5#2` is Friday there, always), a range that runs backwards
    (`fri-sun`), days that never come.

    Raises:
        Unreadable: which field, and what is wrong with it.
    """
    texts = MACROS.get(text, text).split(" ")
    if len(texts) != len(_FIELDS):
        raise Unreadable(
            f"'{text}' is none of {', '.join((*MACROS, BOOT))}" if text[:1] == "@" else "not five fields"
        )
    doubts: list[str] = []
    minutes, hours, days, months, weekdays = (
        field.bits(part, doubts) for field, part in zip(_FIELDS, texts, strict=True)
    )
    timing = Timing(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=weekdays | weekdays >> 7,  # 7 is Sunday, as 0 is
        both_days=texts[2].startswith("*") or texts[4].startswith("*"),
        wild=texts[0].startswith("*") or texts[1].startswith("*"),
    )
    if timing.never:
        doubts.append("no month has such a day: cron takes the line and never starts it")
    if doubts:
        raise Unreadable(doubts[0], stops_cron=False)
    return timing


def fires(timing: Timing, zone: ZoneInfo, *, after: datetime, through: datetime) -> Iterator[datetime]:
    """Every instant in (`after`, `through`] at which cron would start the command; UTC, ascending.

    Walks the minutes of real time and reads the local clock at each, as the daemon does. A wild
    timing follows that clock. Any other remembers the furthest local minute it has dealt with: what
    the clock leaves out is due at the first minute after it, what it repeats is not due again.

    Debian's daemon differs from this, and from Autom8, in two things. When several fixed times of
    one line are due together at the end of a gap, it starts the command once for each. And it takes
    a change of more than three hours (a country that crosses the date line) as a correction of the
    clock: what such a gap leaves out is dropped, what such a step back repeats is started again.
    """
    at = after.replace(second=0, microsecond=0) - 2 * _DAY  # so that a repetition under way is known as one
    furthest = _local(at, zone) - _MINUTE
    while at <= through:
        local = _local(at, zone)
        all_dealt_with = local - furthest <= _MINUTE
        if at.minute == 0 and all_dealt_with and (quiet := _quiet_time(timing, at, zone)):
            at += quiet
            furthest = max(furthest, _local(at, zone) - _MINUTE)
            continue
        if timing.wild:
            due = timing.fits(local)
        else:
            passed = (local - furthest) // _MINUTE
            due = any(timing.fits(furthest + n * _MINUTE) for n in range(1, passed + 1))
        if due and at > after:
            yield at
        furthest = max(furthest, local)
        at += _MINUTE


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _quiet_time(timing: Timing, at: datetime, zone: ZoneInfo) -> timedelta:
    """For how long from `at` nothing can be due: a day, an hour or no time. Quickens the walk."""
    here = _local(at, zone)
    there = _local(at + _DAY, zone)
    first = min(here, there).date() - _DAY  # a change at midnight may lead back into the day before
    if not any(timing.fits_day(first + n * _DAY) for n in range((max(here, there).date() - first).days + 2)):
        return _DAY
    there = _local(at + _HOUR, zone)
    if there - here == _HOUR and not timing.fits_hour(here.hour) and not timing.fits_hour(there.hour):
        return _HOUR
    return timedelta()
