"""Gets samples from a source, each selector once for a whole query, and lays them on the grid."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import NamedTuple

from autom8.metrics.promql.grids import Grid, Labels, Row, Values, has_any
from autom8.metrics.promql.limits import Meter
from autom8.metrics.promql.matchers import Matcher
from autom8.metrics.promql.nodes import Edge, Range, Selector, Shift
from autom8.metrics.promql.options import Options
from autom8.metrics.promql.ports import Source
from autom8.metrics.promql.staleness import stale_places
from autom8.metrics.promql.windows import Windows, positions, windows_over


class Samples(NamedTuple):
    """A series as the source gave it, and the indexes of its stale markers."""

    labels: Labels
    times: array[int]
    values: array[float]
    stale: list[int]


class Request(NamedTuple):
    """What is asked of a source: samples of `start < t <= end`, in milliseconds; see `Source.select`."""

    matchers: tuple[Matcher, ...]
    start: int
    end: int
    step: int


@dataclass(slots=True, kw_only=True)
class Picker:
    """Answers the selectors of one query, which runs from `start` to `end`."""

    source: Source
    options: Options
    meter: Meter
    start: int
    end: int
    _found: dict[Request, list[Samples]] = field(default_factory=dict)

    def rows(self, selector: Selector, grid: Grid) -> list[Row]:
        """The latest value of each series, if it is no older than the lookback and not stale."""
        ends, found = self._latest(selector, grid)
        rows = [Row(each.labels, self._values(each, places, ends)) for each, places in found]
        return [row for row in rows if has_any(row.values)]

    def stamps(self, selector: Selector, grid: Grid) -> list[Row]:
        """The same with the time of each value, in seconds, in its place."""
        ends, found = self._latest(selector, grid)
        rows = []
        for each, places in found:
            there = self._values(each, places, ends)
            times = [
                None if value is None else each.times[place - 1] / 1_000
                for value, place in zip(there, places, strict=True)
            ]
            rows.append(Row(each.labels, times))
        return [row for row in rows if has_any(row.values)]

    def windows(self, node: Range, grid: Grid) -> list[Windows]:
        """The samples of each series in the window before each instant; stale markers are left out."""
        ends = self.ends(node.selector.shift, grid)
        begin = ends[0] - node.range_ms - self.options.closed
        closed = self.options.closed
        found = self._select(Request(node.selector.matchers, begin, ends[-1], 0), grid.steps)
        return [
            windows_over(each.labels, *_without_stale(each), ends=ends, span_ms=node.range_ms, closed=closed)
            for each in found
        ]

    def ends(self, shift: Shift, grid: Grid) -> Sequence[int]:
        """The instants that are looked at, for each of the grid's."""
        times = grid.times
        if shift.moment is None:
            return range(times.start - shift.offset_ms, times.stop - shift.offset_ms, times.step)
        moment = shift.moment
        if isinstance(moment, Edge):
            moment = self.start if moment is Edge.START else self.end
        return [moment - shift.offset_ms] * grid.steps

    def _latest(
        self, selector: Selector, grid: Grid
    ) -> tuple[Sequence[int], list[tuple[Samples, list[int]]]]:
        ends = self.ends(selector.shift, grid)
        begin = ends[0] - self.options.lookback_ms - self.options.closed
        step = grid.step if isinstance(ends, range) and grid.steps > 1 else ends[-1] - begin
        found = self._select(Request(selector.matchers, begin, ends[-1], step), grid.steps)
        return ends, [(each, positions(each.times, ends)) for each in found]

    def _values(self, samples: Samples, places: list[int], ends: Sequence[int]) -> Values:
        times, values = samples.times, samples.values
        age = self.options.lookback_ms + self.options.closed
        picked = [
            values[place - 1] if place and times[place - 1] > end - age else None
            for place, end in zip(places, ends, strict=True)
        ]
        if samples.stale:
            stale = frozenset(samples.stale)
            return [
                None if place - 1 in stale else value for place, value in zip(places, picked, strict=True)
            ]
        return picked

    def _select(self, request: Request, count: int) -> list[Samples]:
        found = self._found.get(request)
        if found is None:
            self.meter.time()
            given = self.source.select(request.matchers, request.start, request.end, step=request.step)
            self.meter.series(len(given))
            self.meter.samples(sum(len(each.times) for each in given))
            found = [
                Samples(
                    {name: value for name, value in each.labels.items() if value},
                    each.times,
                    each.values,
                    stale_places(each.values),
                )
                for each in given
            ]
            self._found[request] = found
        self.meter.points(len(found) * count)
        return found


def _without_stale(samples: Samples) -> tuple[array[int], array[float]]:
    if not samples.stale:
        return samples.times, samples.values
    kept = bytearray(b"\1") * len(samples.times)
    for place in samples.stale:
        kept[place] = 0
    return array("q", compress(samples.times, kept)), array("d", compress(samples.values, kept))
