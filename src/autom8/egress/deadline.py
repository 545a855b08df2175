"""One instant by which everything must be over: the look-up, the connection, the handshake and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from autom8.egress.errors import EgressTimedOut


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of a monotonic clock."""

    at: float
    monotonic: Callable[[], float]

    @classmethod
    def after(cls, length: timedelta, monotonic: Callable[[], float]) -> Deadline:
        """The instant that is `length` from now."""
        return cls(monotonic() + length.total_seconds(), monotonic)

    def left_s(self, *, most_s: float | None = None) -> float:
        """Seconds that one wait may take, always above zero.

        Raises:
            EgressTimedOut: none are left.
        """
        left = self.at - self.monotonic()
        if left <= 0:
            raise EgressTimedOut("It took too long.")
        return left if most_s is None else min(left, most_s)
