"""Time, as a port. Only this module and the CLI ask the machine what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the parts that wait and measure know of time."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC. It may step in either direction."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clocks, the wall clock moved by `offset`."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """The wall clock: aware, UTC."""
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        """Seconds since the machine started."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class BootClock(SystemClock):
    """The same, with a monotonic part that also counts the time in which the machine sleeps."""

    def monotonic(self) -> float:
        """Seconds since the machine started, sleep included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)
