"""What the metrics service needs from outside: a store of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One value of a series at an instant. `labels` are (name, value) pairs, sorted by name."""

    name: str
    labels: tuple[tuple[str, str], ...]
    at: datetime
    value: float


class SampleStore(Protocol):
    """Where samples are kept."""

    def write(self, samples: Sequence[Measured]) -> None:
        """Keep all of these, in one transaction; of two for one series and millisecond, the later one.

        Raises:
            Unavailable: none was kept.
        """
        ...

    def forget_before(self, age: timedelta, *, now: datetime) -> int:
        """Remove samples older than `age`; returns how many."""
        ...
