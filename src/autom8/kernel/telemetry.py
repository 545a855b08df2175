"""Counters and timings of this process, cheap enough to leave on.

Owns the numbers, not their way out: health and, later, the metrics service read `snapshot()`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Telemetry:
    """Named counters and durations. Safe for any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._seconds: dict[str, float] = {}

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + by

    def observe(self, name: str, seconds: float) -> None:
        """Add one duration: `<name>.count` and `<name>.seconds` grow."""
        with self._lock:
            self._counts[f"{name}.count"] = self._counts.get(f"{name}.count", 0) + 1
            self._seconds[f"{name}.seconds"] = self._seconds.get(f"{name}.seconds", 0.0) + seconds

    def snapshot(self) -> dict[str, float]:
        """All numbers as they are now."""
        with self._lock:
            return {**self._counts, **self._seconds}

    def timed(self, name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Decorate a function so that each call, failed or not, is observed as `name`."""

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            @wraps(function)
            def measured(*args: P.args, **kwargs: P.kwargs) -> R:
                started = time.perf_counter()
                try:
                    return function(*args, **kwargs)
                finally:
                    self.observe(name, time.perf_counter() - started)

            return measured

        return decorate
