"""What a query needs from outside: a source of samples."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from autom8.metrics.promql.matchers import Matcher


class SeriesData(NamedTuple):
    """Samples of one series.

    `labels` hold its name as `__name__`; no two series of an answer have the same. `times` (array "q") are
    milliseconds, ascending, each once; `values` (array "d") are as many. The NaN that Prometheus writes where
    a series ends (`staleness.STALE_BITS`) ends it here too.
    """

    labels: Mapping[str, str]
    times: array[int]
    values: array[float]


class Source(Protocol):
    """Where samples are."""

    def select(self, matchers: Sequence[Matcher], start: int, end: int, *, step: int) -> Sequence[SeriesData]:
        """The series that all matchers match, each with its samples of `start < t <= end`, in milliseconds.

        With a `step` above 0, of each stretch of `step` milliseconds, counted backwards from `end`, its
        latest sample is enough. With 0 every sample counts. Samples outside the times asked for do no harm.
        """
        ...
