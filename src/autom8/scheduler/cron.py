"""Cron expressions as Debian's cron reads them: macros, five fields, and the times they match.

Owns the grammar and its messages; `cronsim` does the matching, on naive local time. It must know no
zone and no clock: `slots` turns wall-clock times into instants.

The rules are those of cron 3.0pl1-162 in Debian 12 (`entry.c`, `cron.c`, crontab(5)), except that
we say no where it goes on in silence: it drops what follows a valid start (`1.5`, `*foo`), and it
takes, without ever firing it, a range that runs backwards (`22-2`) and a date that never comes (31
February). `L`, `5L` and `1#2` are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from cronsim import CronSim, CronSimError

from autom8.kernel.errors import Invalid

MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
LENGTH_MAX: Final = 1_000  # characters; Debian's cron reads no longer ones either

_SECOND: Final = timedelta(seconds=1)
# 28 years hold each pairing of a month's length with a weekday, so what matches no day of the 50
# years from here (where cronsim gives up) never matches.
_COMPLETE_CALENDAR: Final = datetime(2000, 1, 1)  # noqa: DTZ001  a wall-clock time


@dataclass(frozen=True, slots=True)
class Expression:
    """A cron expression that is known to be good. Made by `parse` alone.

    `follows_real_time`: its minute or hour starts with `*`, so it is about the passing of time and
    not about a time of day; a clock change neither holds it back nor shifts it.
    `extended`: it uses `L`, which Debian's cron refuses, or `#`, which it drops with what follows.
    """

    canonical: str
    follows_real_time: bool
    extended: bool

    def wall_times(self, start: datetime) -> Iterator[datetime]:
        """Each matching wall-clock time from `start` on (naive, whole minutes), ascending.

        `start` is cut to its second, so the first time may lie up to a second before it. Ends with
        the year 9999.
        """
        with suppress(OverflowError):
            yield from CronSim(self.canonical, start - _SECOND)


@lru_cache(maxsize=4_096)
def parse(text: str) -> Expression:
    """Read a cron expression: a macro, or five fields parted by blanks.

    Raises:
        Invalid: it is none; the message names every wrong field, also as `cron` in `fields`.
    """
    try:
        return _parse(text)
    except _WrongError as wrong:
        message = str(wrong)
        raise Invalid(message, fields={"cron": message}) from None


class _WrongError(ValueError):
    """What is wrong with an expression or one of its parts, in words for its author."""


@dataclass(frozen=True)  # slots would break super() below
class _Field:
    label: str
    low: int
    high: int
    example: str
    names: tuple[str, ...] = ()  # the first stands for `low`

    def canonical(self, text: str) -> str:
        """The field as cronsim is to read it: numbers for names, one form for each meaning."""
        return ",".join(self._term(term) for term in text.split(","))

    def _term(self, text: str) -> str:
        found = _TERM.fullmatch(text)
        if found is None:
            raise _WrongError(f"'{text}' is no number, list, range or step")
        step = self._step(found["step"])
        if found["star"]:
            return f"*{step}"
        low = self._value(found["low"])
        if found["high"] is None:
            if step:
                raise _WrongError(f"'{text}' needs a range to step through, as {low}-{self.high}{step}")
            return str(low)
        high = self._value(found["high"])
        if high < low:
            rest = self.low if high == self.low else f"{self.low}-{high}"
            raise _WrongError(
                f"'{text}' runs backwards and cron never fires it; write {low}-{self.high},{rest}",
            )
        if high == low:  # cronsim would read 5-5/2 as 5-59/2
            return str(low)
        return f"{low}-{high}{step}"

    def _step(self, text: str | None) -> str:
        if text is None:
            return ""
        if int(text) == 0:
            raise _WrongError("a step of 0 leads nowhere")
        return f"/{int(text)}"

    def _value(self, text: str) -> int:
        if text.lower() in self.names:
            return self.low + self.names.index(text.lower())
        if not text.isdigit():
            known = f" or a name from {self.names[0]} to {self.names[-1]}" if self.names else ""
            raise _WrongError(f"'{text}' is no number{known}")
        if not self.low <= int(text) <= self.high:
            raise _WrongError(f"'{text}' is not within {self.low} to {self.high}")
        return int(text)


class _DayOfMonth(_Field):
    def _term(self, text: str) -> str:
        return "L" if text in {"L", "l"} else super()._term(text)


class _DayOfWeek(_Field):
    def _term(self, text: str) -> str:
        found = _NTH_WEEKDAY.fullmatch(text)
        if found is None:
            return super()._term(text)
        day = self._value(found["day"])
        if found["nth"] is None:
            return f"{day}L"
        if found["nth"] not in {"1", "2", "3", "4", "5"}:
            raise _WrongError(f"'{text}': after # stands which one of the month it is, 1 to 5")
        return f"{day}#{found['nth']}"


_TERM: Final = re.compile(
    r"(?:(?P<star>\*)|(?P<low>[0-9]+|[A-Za-z]+)(?:-(?P<high>[0-9A-Za-z]+))?)(?:/(?P<step>[0-9]+))?",
)
_NTH_WEEKDAY: Final = re.compile(r"(?P<day>[0-9]+|[A-Za-z]{3})(?:[Ll]|#(?P<nth>[0-9]+))")
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final = (
    _Field("minute", 0, 59, "*/15"),
    _Field("hour", 0, 23, "8-18"),
    _DayOfMonth("day of month", 1, 31, "1,15"),
    _Field("month", 1, 12, "jan or 1-6", _MONTHS),
    _DayOfWeek("day of week", 0, 7, "mon-fri", _WEEKDAYS),
)


def _parse(text: str) -> Expression:
    if len(text) > LENGTH_MAX:
        raise _WrongError(f"a cron expression has at most {LENGTH_MAX} characters")
    parts = re.split(r"[ \t]+", _expanded(text.strip(" \t")))
    if len(parts) != len(_FIELDS):
        raise _WrongError(_wrong_count(text, len(parts)))
    fields = _canonical_fields(parts)
    canonical = " ".join(fields)
    _refuse_dates_that_never_come(canonical, parts)
    return Expression(
        canonical=canonical,
        follows_real_time=canonical.startswith("*") or fields[1].startswith("*"),
        extended=re.search(r"[L#]", canonical) is not None,
    )


def _expanded(text: str) -> str:
    if not text.startswith("@"):
        return text
    if text in MACROS:
        return MACROS[text]
    if text.lower() == "@reboot":
        raise _WrongError("@reboot is no time; a task at boot has the schedule boot instead of cron")
    if text.lower() in MACROS:
        raise _WrongError(f"cron writes it in lower case: {text.lower()}")
    raise _WrongError(f"there is no such macro; there are {', '.join(MACROS)}")


def _wrong_count(text: str, count: int) -> str:
    if not text.strip(" \t"):
        return "it is empty; five fields are needed, for example 30 4 * * mon-fri"
    hint = "; cron knows no seconds (an interval does)" if count == len(_FIELDS) + 1 else ""
    return (
        "five fields are needed (minute, hour, day of month, month, day of week), "
        f"for example 30 4 * * mon-fri; here are {count}{hint}"
    )


def _canonical_fields(parts: list[str]) -> list[str]:
    fields: list[str] = []
    wrong: list[str] = []
    for position, (field, text) in enumerate(zip(_FIELDS, parts, strict=True), start=1):
        try:
            fields.append(field.canonical(text))
        except _WrongError as error:
            wrong.append(f"field {position}, {field.label}: {error} (for example {field.example})")
    if wrong:
        raise _WrongError("; ".join(wrong))
    return fields


def _refuse_dates_that_never_come(canonical: str, parts: list[str]) -> None:
    try:
        next(CronSim(canonical, _COMPLETE_CALENDAR - _SECOND))
    except (CronSimError, StopIteration):
        _, _, day, month, weekday = parts
        on = "" if weekday == "*" else f" on weekday {weekday}"
        raise _WrongError(
            f"no date ever matches: day of month {day} in month {month}{on} never comes",
        ) from None
