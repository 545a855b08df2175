"""When the next reading is due: every so many seconds from a start, however long readings take."""

from __future__ import annotations


class Schedule:
    """Instants `start`, `start + every`, `start + 2 every`, …, all in seconds of one clock.

    They are counted and never added up, so nothing drifts. The first is due at once.
    """

    def __init__(self, *, every_s: float, start_s: float) -> None:
        self._every_s = every_s
        self._start_s = start_s
        self._next = 0

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next one; zero or less when it is due."""
        return self._start_s + self._next * self._every_s - now_s

    def begin(self, now_s: float) -> int:
        """Take what is due; returns how many before it were missed.

        Late by less than `every` is not missed, and the one after it is on time again.
        """
        reached = max(self._next, int((now_s - self._start_s) // self._every_s))
        missed = reached - self._next
        self._next = reached + 1
        return missed
