"""Computes an expression over a grid: each part of it as a vector of rows, or a scalar for each instant."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from autom8.metrics.promql import aggregating, binary, elementwise, labelling, over_time
from autom8.metrics.promql.buckets import histogram_quantiles
from autom8.metrics.promql.grids import Grid, Row, Values, has_any, merged, without_name
from autom8.metrics.promql.invariance import unchanging
from autom8.metrics.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Expr,
    Negation,
    Number,
    Range,
    Selector,
    String,
    Subquery,
    Type,
)
from autom8.metrics.promql.numbers import NAN, nan_first
from autom8.metrics.promql.options import Generation
from autom8.metrics.promql.picking import Picker
from autom8.metrics.promql.rates import extrapolated
from autom8.metrics.promql.signatures import PLAIN_AGGREGATIONS, SETS, type_of
from autom8.metrics.promql.windows import Windows, windows_over

_RATES: Final = {
    "rate": (True, True),
    "increase": (True, False),
    "delta": (False, False),
}
"""Whether it is of a counter, and for each second."""


@dataclass(slots=True)
class Evaluator:
    """Computes one expression, and what stands within it."""

    root: Expr
    picker: Picker
    _unchanging: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self._unchanging = unchanging(self.root)

    def vector(self, node: Expr, grid: Grid) -> list[Row]:
        """The series of a vector, each with a value at one instant at least."""
        if grid.steps > 1 and id(node) in self._unchanging:
            rows = self.vector(node, grid.first)
            self.picker.meter.points(len(rows) * grid.steps)
            return [Row(row.labels, row.values * grid.steps) for row in rows]
        rows = [row for row in self._vector(node, grid) if has_any(row.values)]
        self.picker.meter.points(len(rows) * grid.steps)
        return rows

    def scalar(self, node: Expr, grid: Grid) -> list[float]:
        """A scalar at each instant."""
        if grid.steps > 1 and id(node) in self._unchanging:
            return self.scalar(node, grid.first) * grid.steps
        self.picker.meter.points(grid.steps)
        match node:
            case Number():
                return [node.value] * grid.steps
            case Negation():
                return [-value for value in self.scalar(node.body, grid)]
            case Binary():
                return binary.of_scalars(node, self.scalar(node.left, grid), self.scalar(node.right, grid))
            case Call(function="time"):
                return [instant / 1_000 for instant in grid.times]
            case Call(function="scalar", arguments=(body,)):
                return _the_only(self.vector(body, grid), grid.steps)
        raise AssertionError(node)

    def windows(self, node: Expr, grid: Grid) -> list[Windows]:
        """The samples of a range vector, for each instant."""
        if isinstance(node, Range):
            return self.picker.windows(node, grid)
        assert isinstance(node, Subquery)
        options = self.picker.options
        ends = self.picker.ends(node.shift, grid)
        step = node.step_ms or options.subquery_step_ms
        begin = ends[0] - node.range_ms
        start = -(-begin // step) * step
        if start == begin and not options.closed:
            start += step
        count = (ends[-1] - start) // step + 1
        if count < 1:
            return []
        self.picker.meter.points(count)
        inner = Grid(start, step, count)
        return [
            windows_over(
                row.labels,
                array(
                    "q", (at for at, each in zip(inner.times, row.values, strict=True) if each is not None)
                ),
                array("d", (each for each in row.values if each is not None)),
                ends,
                node.range_ms,
                closed=options.closed,
            )
            for row in self.vector(node.body, inner)
        ]

    def _vector(self, node: Expr, grid: Grid) -> list[Row]:
        match node:
            case Selector():
                return self.picker.rows(node, grid)
            case Negation():
                return elementwise.applied(float.__neg__, self.vector(node.body, grid))
            case Binary():
                return self._binary(node, grid)
            case Aggregation():
                return self._aggregation(node, grid)
            case Call():
                return self._call(node, grid)
        raise AssertionError(node)

    def _binary(self, node: Binary, grid: Grid) -> list[Row]:
        if type_of(node.right) is Type.SCALAR:
            left, scalar = self.vector(node.left, grid), self.scalar(node.right, grid)
            return binary.with_scalar(node, left, scalar, swapped=False)
        if type_of(node.left) is Type.SCALAR:
            scalar, right = self.scalar(node.left, grid), self.vector(node.right, grid)
            return binary.with_scalar(node, right, scalar, swapped=True)
        left, right = self.vector(node.left, grid), self.vector(node.right, grid)
        if node.operator in SETS:
            return binary.of_sets(node, left, right)
        return binary.of_vectors(node, left, right, self.picker.meter)

    def _aggregation(self, node: Aggregation, grid: Grid) -> list[Row]:
        rows, meter = self.vector(node.body, grid), self.picker.meter
        if node.operator in PLAIN_AGGREGATIONS:
            return aggregating.reduced(node, rows, meter)
        assert node.parameter is not None
        if isinstance(node.parameter, String):
            return aggregating.counted(node, node.parameter.value, rows, meter)
        parameter = self.scalar(node.parameter, grid)
        if node.operator == "quantile":
            return aggregating.quantiles(node, parameter, rows, meter)
        return aggregating.ranked(node, parameter, rows, meter)

    def _call(self, node: Call, grid: Grid) -> list[Row]:
        name, arguments = node.function, node.arguments
        if name in _RATES or name in over_time.PLAIN or name in {"quantile_over_time", "predict_linear"}:
            return self._of_windows(node, grid)
        if name in elementwise.MATHEMATICS:
            return elementwise.applied(elementwise.MATHEMATICS[name], self.vector(arguments[0], grid))
        if name in elementwise.DATES:
            now = [Row({}, [instant / 1_000 for instant in grid.times])]
            return elementwise.applied(
                elementwise.DATES[name], self.vector(arguments[0], grid) if arguments else now
            )
        if name in elementwise.BOUNDS:
            scalars = [self.scalar(each, grid) for each in arguments[1:]] or [[1.0] * grid.steps]
            return elementwise.applied_with(
                elementwise.BOUNDS[name], self.vector(arguments[0], grid), *scalars
            )
        return _OTHERS[name](self, node, grid)

    def _of_windows(self, node: Call, grid: Grid) -> list[Row]:
        ranged = next(each for each in node.arguments if type_of(each) is Type.MATRIX)
        scalars = [self.scalar(each, grid) for each in node.arguments if each is not ranged]
        rows = []
        for windows in self.windows(ranged, grid):
            values: Values = []
            for part in windows.parts() if node.function in over_time.HEAVY else (windows,):
                done = slice(len(values), len(values) + len(part.ends))
                values += self._function(node, grid.times[done], [each[done] for each in scalars])(part)
                self.picker.meter.time()
            rows.append(Row(windows.labels, values))
        if node.function == "last_over_time":
            return rows
        return merged([Row(without_name(row.labels), row.values) for row in rows])

    def _function(
        self, node: Call, instants: range, scalars: list[list[float]]
    ) -> Callable[[Windows], Values]:
        if node.function == "quantile_over_time":
            return partial(over_time.quantiles, shares=scalars[0])
        if node.function == "predict_linear":
            return partial(over_time.predictions, seconds=scalars[0], instants=instants)
        if node.function in _RATES:
            counter, per_second = _RATES[node.function]
            zero_first = self.picker.options.generation is Generation.TWO
            return partial(extrapolated, counter=counter, per_second=per_second, zero_first=zero_first)
        return over_time.PLAIN[node.function]


def _the_only(rows: list[Row], count: int) -> list[float]:
    """The value of the one series that there is at an instant; NaN where there is none, or several."""
    columns: Iterator[tuple[float | None, ...]] = zip(*(row.values for row in rows), strict=True)
    there = [[value for value in column if value is not None] for column in columns]
    return [each[0] if len(each) == 1 else NAN for each in there] or [NAN] * count


def _absent(run: Evaluator, node: Call, grid: Grid) -> list[Row]:
    (body,) = node.arguments
    marks: list[bool] = [False] * grid.steps
    if type_of(body) is Type.MATRIX:
        for windows in run.windows(body, grid):
            held = zip(marks, windows.lows, windows.highs, strict=True)
            marks = [mark or high > low for mark, low, high in held]
    else:
        for row in run.vector(body, grid):
            marks = [mark or value is not None for mark, value in zip(marks, row.values, strict=True)]
    return [Row(labelling.absent_labels(body), [None if mark else 1.0 for mark in marks])]


def _timestamp(run: Evaluator, node: Call, grid: Grid) -> list[Row]:
    (body,) = node.arguments
    if isinstance(body, Selector):
        return elementwise.applied(float, run.picker.stamps(body, grid))
    seconds = [instant / 1_000 for instant in grid.times]
    return elementwise.applied_with(lambda _, now: now, run.vector(body, grid), seconds)


def _sort(run: Evaluator, node: Call, grid: Grid) -> list[Row]:
    """At a single instant in order of values, NaN last; over time there is no order."""
    rows = run.vector(node.arguments[0], grid)
    if grid.steps > 1:
        return rows
    sign = -1.0 if node.function == "sort_desc" else 1.0
    keyed = [(nan_first(sign * (row.values[0] or 0.0)), row) for row in rows]
    return [row for _, row in sorted(keyed, key=lambda pair: (not pair[0][0], pair[0][1]))]


def _vector(run: Evaluator, node: Call, grid: Grid) -> list[Row]:
    return [Row({}, list(run.scalar(node.arguments[0], grid)))]


def _histogram_quantile(run: Evaluator, node: Call, grid: Grid) -> list[Row]:
    shares, rows = node.arguments
    return histogram_quantiles(run.scalar(shares, grid), run.vector(rows, grid), run.picker.meter)


def _relabelled(run: Evaluator, node: Call, grid: Grid) -> list[Row]:
    change = labelling.replaced if node.function == "label_replace" else labelling.joined
    words = [each.value for each in node.arguments if isinstance(each, String)]
    return change(node, run.vector(node.arguments[0], grid), words)


_OTHERS: Final[dict[str, Callable[[Evaluator, Call, Grid], list[Row]]]] = {
    "absent": _absent,
    "absent_over_time": _absent,
    "timestamp": _timestamp,
    "sort": _sort,
    "sort_desc": _sort,
    "vector": _vector,
    "histogram_quantile": _histogram_quantile,
    "label_replace": _relabelled,
    "label_join": _relabelled,
}
