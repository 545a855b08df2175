"""How many requests an identity may still make: a count in a window of one minute, in memory.

Each server counts for itself. Knows neither HTTP nor who an identity is.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 60.0
IDENTITIES_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after this request. `reset_s` is when the whole limit is there again."""

    limit: int
    remaining: int
    reset_s: int
    exceeded: bool


class RateLimiter:
    """Counts requests. Thread-safe; remembers a bounded number of identities, the longest silent go first."""

    def __init__(
        self,
        per_minute: int,
        *,
        monotonic: Callable[[], float],
        identities_max: int = IDENTITIES_MAX,
    ) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._identities_max = identities_max
        self._lock = threading.Lock()
        self._windows: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def take(self, identity: Hashable, *, factor: int = 1) -> Allowance:
        """Count one request of `identity`, which has `factor` times the usual limit.

        Refused requests count too, but a window ends when it ends: who waits is let in again.
        """
        limit = self._per_minute * factor
        now = self._monotonic()
        with self._lock:
            start, used = self._windows.get(identity, (now, 0))
            if now - start >= WINDOW_S:
                start, used = now, 0
            used += 1
            self._windows[identity] = (start, used)
            self._windows.move_to_end(identity)
            if len(self._windows) > self._identities_max:
                self._windows.popitem(last=False)
        reset_s = max(1, math.ceil(WINDOW_S - (now - start)))
        return Allowance(limit, max(0, limit - used), reset_s, used > limit)
