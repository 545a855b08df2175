"""Answers an expression from a source: at an instant, or at each step of a range."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

from autom8.metrics.promql.errors import QueryError
from autom8.metrics.promql.evaluating import Evaluator
from autom8.metrics.promql.grids import Grid, Labels, Row
from autom8.metrics.promql.limits import Meter
from autom8.metrics.promql.nodes import Expr, String, Type
from autom8.metrics.promql.options import Options
from autom8.metrics.promql.picking import Picker
from autom8.metrics.promql.ports import Source
from autom8.metrics.promql.results import (
    MatrixResult,
    MatrixSeries,
    Result,
    ScalarResult,
    StringResult,
    VectorResult,
    VectorSample,
)
from autom8.metrics.promql.selectors import TIME_MS_MAX
from autom8.metrics.promql.signatures import type_of

_DEFAULT: Final = Options()


def query_instant(source: Source, expr: Expr, at: int, *, options: Options = _DEFAULT) -> Result:
    """What an expression is at an instant.

    A vector's samples are in the order of sort() and topk() where these stand outermost.

    Raises:
        QueryFailed: it has no one answer of these samples.
        LimitExceeded: it asks for too much.
    """
    if isinstance(expr, String):
        return StringResult(at, expr.value)
    evaluator = _evaluator(source, expr, at, at, options)
    grid = Grid(at, 1, 1)
    match type_of(expr):
        case Type.SCALAR:
            return ScalarResult(at, evaluator.scalar(expr, grid)[0])
        case Type.MATRIX:
            return _raw(evaluator, expr, grid)
        case _:
            rows = evaluator.vector(expr, grid)
            samples = (
                VectorSample(row.labels, value) for row in rows for value in row.values if value is not None
            )
            return VectorResult(at, tuple(samples))


def query_range(
    source: Source, expr: Expr, start: int, end: int, step: int, *, options: Options = _DEFAULT
) -> MatrixResult:
    """What an expression is at `start` and each `step` after it, up to `end`; all in milliseconds.

    Raises:
        QueryError: it is no scalar and no vector, or these are no times.
        QueryFailed: it has no one answer of these samples.
        LimitExceeded: it asks for too much.
    """
    if type_of(expr) not in {Type.SCALAR, Type.VECTOR}:
        raise QueryError(f"a {type_of(expr)} can't be asked for over a range", at=expr.at)
    if step <= 0:
        raise QueryError("the step must be above 0")
    if end < start:
        raise QueryError("the end is before the start")
    evaluator = _evaluator(source, expr, start, end, options)
    grid = Grid(start, step, (end - start) // step + 1)
    evaluator.picker.meter.points(grid.steps)
    if type_of(expr) is Type.SCALAR:
        return _matrix([Row({}, list(evaluator.scalar(expr, grid)))], grid)
    return _matrix(evaluator.vector(expr, grid), grid)


def _evaluator(source: Source, expr: Expr, start: int, end: int, options: Options) -> Evaluator:
    if max(abs(start), abs(end)) > TIME_MS_MAX:
        raise QueryError("this time is too far away")
    meter = Meter(limits=options.limits, monotonic=options.monotonic)
    return Evaluator(expr, Picker(source=source, options=options, meter=meter, start=start, end=end))


def _matrix(rows: Iterable[Row], grid: Grid) -> MatrixResult:
    times = array("q", grid.times)
    return _sorted(
        MatrixSeries(
            row.labels,
            array("q", (time for time, value in zip(times, row.values, strict=True) if value is not None)),
            array("d", (value for value in row.values if value is not None)),
        )
        for row in rows
    )


def _raw(evaluator: Evaluator, expr: Expr, grid: Grid) -> MatrixResult:
    return _sorted(
        MatrixSeries(
            each.labels,
            array("q", each.times[each.lows[0] : each.highs[0]]),
            each.values[each.lows[0] : each.highs[0]],
        )
        for each in evaluator.windows(expr, grid)
        if each.highs[0] > each.lows[0]
    )


def _sorted(series: Iterable[MatrixSeries]) -> MatrixResult:
    return MatrixResult(tuple(sorted(series, key=lambda each: _rank(each.labels))))


def _rank(labels: Labels) -> list[tuple[str, str]]:
    return sorted(labels.items())
