"""A source in memory that gives no more than it was asked for: what the engine needs, it must ask for."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from autom8.metrics.promql.matchers import Matcher
from autom8.metrics.promql.ports import SeriesData
from autom8.metrics.promql.staleness import STALE_BITS

STALE = "stale"


def series(labels: Mapping[str, str], samples: Iterable[tuple[int, float | str]]) -> SeriesData:
    """A series of (milliseconds, value); the value STALE is Prometheus' stale marker."""
    times, bits = array("q"), array("Q")
    for time, value in samples:
        times.append(time)
        bits.append(STALE_BITS if value == STALE else array("Q", array("d", [float(value)]).tobytes())[0])
    return SeriesData(dict(labels), times, array("d", bits.tobytes()))


class Memory:
    """Keeps series; `asked` are the calls of `select`, as (matchers, start, end, step)."""

    def __init__(self, held: Sequence[SeriesData]) -> None:
        self.held = held
        self.asked: list[tuple[Sequence[Matcher], int, int, int]] = []

    def select(self, matchers: Sequence[Matcher], start: int, end: int, *, step: int) -> list[SeriesData]:
        self.asked.append((matchers, start, end, step))
        found = []
        for each in self.held:
            if all(matcher.matches(each.labels) for matcher in matchers):
                low, high = bisect_right(each.times, start), bisect_right(each.times, end)
                if high > low:
                    times, values = each.times[low:high], each.values[low:high]
                    found.append(SeriesData(each.labels, *_thinned(times, values, end, step)))
        return found


def _thinned(times: array[int], values: array[float], end: int, step: int) -> tuple[array[int], array[float]]:
    """Of each stretch of `step`, counted backwards from `end`, the latest sample."""
    if step == 0:
        return times, values
    kept_times, kept_values = array("q"), array("d")
    for place, time in enumerate(times):
        if kept_times and (end - kept_times[-1]) // step == (end - time) // step:
            kept_times[-1], kept_values[-1:] = time, values[place : place + 1]
        else:
            kept_times.append(time)
            kept_values.extend(values[place : place + 1])
    return kept_times, kept_values
