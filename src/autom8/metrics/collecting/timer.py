"""The two clocks of the collector, as plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from autom8.kernel.clock import Clock

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Timer(NamedTuple):
    """`now_ms`: milliseconds since the epoch, UTC. `elapsed_s`: seconds, never going back."""

    now_ms: Callable[[], int]
    elapsed_s: Callable[[], float]

    @classmethod
    def by(cls, clock: Clock) -> Timer:
        """Both by the kernel's clock. Its monotonic part should count the time that the host sleeps."""
        return cls(now_ms=lambda: (clock.now() - _EPOCH) // _MILLISECOND, elapsed_s=clock.monotonic)
