"""What a query may ask for, and the meter that says when it was too much."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from autom8.metrics.promql.errors import LimitExceeded

_PACE_VALUES: Final = 200_000
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """At most so much for one query.

    `series_max` and `samples_max` are what all its selectors get from the source together; `points_max` is
    what it computes: the values of every part of the expression at every step; `time_s` are seconds.
    """

    series_max: int = 10_000
    samples_max: int = 10_000_000
    points_max: int = 10_000_000
    time_s: float = 30.0


@dataclass(slots=True, kw_only=True)
class Meter:
    """Counts what a query has used. `monotonic` is a clock in seconds."""

    limits: Limits
    monotonic: Callable[[], float] = time.monotonic
    _until: float = field(init=False)
    _series: int = 0
    _samples: int = 0
    _points: int = 0

    def __post_init__(self) -> None:
        self._until = self.monotonic() + self.limits.time_s

    def series(self, count: int) -> None:
        """Count series that a source gave.

        Raises:
            LimitExceeded: there are too many.
        """
        self._series += count
        if self._series > self.limits.series_max:
            raise LimitExceeded(f"it selects more than {self.limits.series_max} series")

    def samples(self, count: int) -> None:
        """Count samples that a source gave.

        Raises:
            LimitExceeded: there are too many.
        """
        self._samples += count
        if self._samples > self.limits.samples_max:
            raise LimitExceeded(f"it needs more than {self.limits.samples_max} samples")

    def points(self, count: int) -> None:
        """Count values that are about to be computed, and look at the clock.

        Raises:
            LimitExceeded: there are too many, or they took too long.
        """
        self._points += count
        if self._points > self.limits.points_max:
            raise LimitExceeded(f"it computes more than {self.limits.points_max} points")
        self.time()

    def paced(self, items: Iterable[_Item], width: int) -> Iterator[_Item]:
        """These items, each of `width` values, with a look at the clock now and then.

        Raises:
            LimitExceeded: it is too late.
        """
        every = max(1, _PACE_VALUES // max(1, width))
        for place, item in enumerate(items):
            if place % every == 0:
                self.time()
            yield item

    def time(self) -> None:
        """Look at the clock.

        Raises:
            LimitExceeded: it is too late.
        """
        if self.monotonic() > self._until:
            raise LimitExceeded(f"it takes more than {self.limits.time_s:g} s")
