"""What a query gives. Times are milliseconds since the epoch."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ScalarResult:
    time: int
    value: float


@dataclass(frozen=True, slots=True)
class StringResult:
    time: int
    value: str


@dataclass(frozen=True, slots=True)
class VectorSample:
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class VectorResult:
    """One value of each series, all at `time`."""

    time: int
    samples: tuple[VectorSample, ...]


@dataclass(frozen=True, slots=True)
class MatrixSeries:
    """`times` (array "q") ascending, and as many `values` (array "d"); at least one."""

    labels: Mapping[str, str]
    times: array[int]
    values: array[float]


@dataclass(frozen=True, slots=True)
class MatrixResult:
    """Series, by their labels."""

    series: tuple[MatrixSeries, ...]


Result: TypeAlias = ScalarResult | StringResult | VectorResult | MatrixResult
