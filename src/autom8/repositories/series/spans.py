"""The spans of time in which samples are kept. All are milliseconds, and begin at multiples of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MINUTE: Final = 60_000
WINDOW: Final = 5 * MINUTE  # what is rolled up at once
HOUR: Final = 60 * MINUTE
SEALED: Final = 2 * HOUR  # of a chunk
UNSEALED: Final = HOUR  # how long what is over stays as rows: what comes late mostly comes within it
EARLY_MAX: Final = 10 * MINUTE  # ahead of our clock
ALL: Final = 0  # stands for every series; ids begin at 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long each tier is kept."""

    raw: timedelta = timedelta(days=14)
    by_1m: timedelta = timedelta(days=3)
    by_5m: timedelta = timedelta(days=45)
    by_1h: timedelta = timedelta(days=750)


def milliseconds(instant: datetime) -> int:
    """An instant as it is kept."""
    return int(instant.timestamp() * 1_000)


def begin(ts: int, span: int) -> int:
    """Where the span begins that an instant is in."""
    return ts - ts % span
