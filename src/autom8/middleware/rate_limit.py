"""How many requests an identity may still make: a count in a window of one minute.

In the memory of this server, or in a store that several share. Knows neither HTTP nor who an identity is.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

WINDOW_S: Final = 60.0
BUCKETS_MAX: Final = 10_000


class Allowance(NamedTuple):  # made for each request, at a third of what a frozen dataclass costs
    """What is left after this request. `reset_s` is when the whole limit is there again."""

    limit: int
    remaining: int
    reset_s: int
    exceeded: bool


class Limiter(Protocol):
    """Counts requests by bucket."""

    def take(self, bucket: str, limit: int) -> Allowance:
        """Count one request of `bucket`, which has `limit` of them in a minute.

        Refused requests count too, but a window ends when it ends: who waits is let in again.
        """
        ...


class Counts(Protocol):
    """Numbers that several servers share."""

    def count(self, bucket: str, window_s: float) -> tuple[int, float] | None:
        """Add one to `bucket`: how many it holds now, and in how many seconds they are forgotten.

        None when that can't be told now. Never waits for long, never raises.
        """
        ...


class _Window:
    """Since when a bucket is counted, and how much."""

    __slots__ = ("start", "used")

    def __init__(self, start: float) -> None:
        self.start = start
        self.used = 0


class RateLimiter:
    """Counts in memory. Thread-safe; remembers a bounded number of buckets, the longest silent go first."""

    def __init__(self, *, monotonic: Callable[[], float], buckets_max: int = BUCKETS_MAX) -> None:
        self._monotonic = monotonic
        self._buckets_max = buckets_max
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def take(self, bucket: str, limit: int) -> Allowance:
        """Count one request of `bucket` here."""
        now = self._monotonic()
        with self._lock:
            window = self._windows.get(bucket)
            if window is None or now - window.start >= WINDOW_S:
                window = self._windows[bucket] = _Window(now)
                if len(self._windows) > self._buckets_max:
                    self._windows.popitem(last=False)
            self._windows.move_to_end(bucket)
            window.used = used = window.used + 1
            left_s = WINDOW_S - (now - window.start)
        return _allowance(limit, used, left_s)


class SharedRateLimiter:
    """Counts in a shared store, and beside it in memory, which decides alone while the store is away.

    So an outage opens nothing: what was used here stays used, and each server goes on limiting by itself.
    """

    def __init__(self, shared: Counts, own: RateLimiter) -> None:
        self._shared = shared
        self._own = own

    def take(self, bucket: str, limit: int) -> Allowance:
        """Count one request of `bucket` for all servers."""
        own = self._own.take(bucket, limit)
        counted = self._shared.count(bucket, WINDOW_S)
        return own if counted is None else _allowance(limit, *counted)


def _allowance(limit: int, used: int, reset_s: float) -> Allowance:
    left = limit - used
    return Allowance(limit, max(0, left), math.ceil(reset_s) or 1, left < 0)
