"""What the metrics service needs from outside: a store of samples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class Measured(NamedTuple):  # one for each sample, at half of what a frozen dataclass costs
    """One value of a series. `labels` are pairs, sorted by name; `at` is in milliseconds since 1970."""

    name: str
    labels: tuple[tuple[str, str], ...]
    at: int
    value: float


class SampleStore(Protocol):
    """Where samples are kept."""

    def write(self, samples: Sequence[Measured], *, now: datetime) -> object:
        """Keep all of these, in one transaction; of two for one series and millisecond, the later one.

        Raises:
            Unavailable: none was kept.
        """
        ...

    def roll_up(self) -> int:
        """Roll up some of what was changed; 0 once all is done.

        Raises:
            Unavailable: nothing was done.
        """
        ...

    def seal(self, *, now: datetime) -> int:
        """Pack some of what is over; 0 once all is done.

        Raises:
            Unavailable: nothing was done.
        """
        ...

    def forget(self, *, now: datetime) -> int:
        """Remove what is older than it is kept; returns how many rows."""
        ...


class Outcome(Protocol):
    """How many samples were kept, and how many not, by reason."""

    @property
    def kept(self) -> int: ...
    @property
    def too_old(self) -> int: ...
    @property
    def too_early(self) -> int: ...
    @property
    def not_finite(self) -> int: ...
    @property
    def too_many_series(self) -> int: ...


class SampleTaker(Protocol):
    """Where samples that others send are kept."""

    @property
    def series_max(self) -> int:
        """How many series there may be."""
        ...

    def write(self, samples: Sequence[Measured], *, now: datetime) -> Outcome:
        """Keep all of these that can be, in one transaction; of two for one instant of a series, the later.

        Raises:
            Unavailable: none was kept.
        """
        ...
