"""Windows that slide over the samples of a series: which samples stand in each. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from autom8.metrics.promql.grids import Labels

PART_SAMPLES: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The windows of one series, one for each instant.

    Window `i` ends at `ends[i]`, is `span_ms` long, and holds the samples `lows[i]` to below `highs[i]` of
    `times` (milliseconds) and `values`.
    """

    labels: Labels
    times: Sequence[int]
    values: array[float]
    ends: Sequence[int]
    span_ms: int
    lows: list[int]
    highs: list[int]

    def parts(self) -> Iterator[Windows]:
        """The same windows in parts of bounded work, for somebody who looks at a clock between them."""
        samples = sum(self.highs) - sum(self.lows)
        if samples <= PART_SAMPLES:
            yield self
            return
        size = max(1, len(self.ends) * PART_SAMPLES // samples)
        for at in range(0, len(self.ends), size):
            yield self._part(slice(at, at + size))

    def _part(self, part: slice) -> Windows:
        lows, highs = self.lows[part], self.highs[part]
        first = lows[0]
        return replace(
            self,
            times=self.times[first : highs[-1]],
            values=self.values[first : highs[-1]],
            ends=self.ends[part],
            lows=[low - first for low in lows],
            highs=[high - first for high in highs],
        )


def windows_over(
    labels: Labels, times: array[int], values: array[float], ends: Sequence[int], span_ms: int, *, closed: int
) -> Windows:
    """The windows that end at these instants, ascending. With `closed` 1 they hold their beginning."""
    lows = positions(times, _moved(ends, -span_ms - closed))
    return Windows(
        labels=labels,
        times=times,
        values=values,
        ends=ends,
        span_ms=span_ms,
        lows=lows,
        highs=positions(times, ends),
    )


def positions(times: Sequence[int], instants: Sequence[int]) -> list[int]:
    """For each of these instants, ascending, how many of the times, ascending, are not after it.

    Goes through both once: it looks for the next place no farther than where it may be expected.
    """
    count, found, at = len(times), [], 0
    stride = 2 * count // max(1, len(instants)) + 2
    for instant in instants:
        ahead = at + stride
        while ahead < count and times[ahead] <= instant:
            at, ahead = ahead, ahead + stride
        at = bisect_right(times, instant, at, min(ahead, count))
        found.append(at)
    return found


def _moved(ends: Sequence[int], by: int) -> Sequence[int]:
    if isinstance(ends, range):
        return range(ends.start + by, ends.stop + by, ends.step)
    return [end + by for end in ends]
