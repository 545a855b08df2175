"""A result as the `data` of Prometheus' HTTP API: `resultType` and `result`, to be written as JSON."""

from __future__ import annotations

from typing import Any

from autom8.metrics.promql.numbers import shortest
from autom8.metrics.promql.results import MatrixResult, Result, ScalarResult, StringResult, VectorResult


def data(result: Result) -> dict[str, Any]:
    """This result; times are seconds, values are strings as Go writes them."""
    match result:
        case ScalarResult():
            return {"resultType": "scalar", "result": [_seconds(result.time), shortest(result.value)]}
        case StringResult():
            return {"resultType": "string", "result": [_seconds(result.time), result.value]}
        case VectorResult():
            at = _seconds(result.time)
            vector = [
                {"metric": dict(each.labels), "value": [at, shortest(each.value)]} for each in result.samples
            ]
            return {"resultType": "vector", "result": vector}
        case MatrixResult():
            matrix = [
                {
                    "metric": dict(each.labels),
                    "values": [
                        [_seconds(time), shortest(value)]
                        for time, value in zip(each.times, each.values, strict=True)
                    ],
                }
                for each in result.series
            ]
            return {"resultType": "matrix", "result": matrix}


def _seconds(milliseconds: int) -> int | float:
    return milliseconds / 1_000 if milliseconds % 1_000 else milliseconds // 1_000
