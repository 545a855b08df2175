"""What becomes of samples in steps of time, and what of those is shown. Pure; times are milliseconds."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from autom8.metrics.ports import PointsFound, StepFound


class Aggregate(StrEnum):
    """What is told of the samples in a step."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    LAST = "last"
    COUNT = "count"
    RATE = "rate"  # of a counter, by the second
    INCREASE = "increase"  # of a counter


COUNTERS: Final = frozenset({Aggregate.RATE, Aggregate.INCREASE})
_PLAIN: Final[Mapping[Aggregate, Callable[[StepFound], float]]] = {
    Aggregate.AVG: lambda step: step.sum / step.count,
    Aggregate.MIN: lambda step: step.min,
    Aggregate.MAX: lambda step: step.max,
    Aggregate.SUM: lambda step: step.sum,
    Aggregate.LAST: lambda step: step.last,
    Aggregate.COUNT: lambda step: float(step.count),
}


@dataclass(frozen=True, slots=True)
class Stepped:
    """What became of a series in a step from `ts` on; `grown` since the sample before, if that is known."""

    ts: int
    count: int
    sum: float
    min: float
    max: float
    last: float
    grown: float | None = None


def in_steps(points: PointsFound, step: int) -> Iterator[Stepped]:
    """Samples by steps that begin at their multiples, ascending; a counter's growth is by the sample."""
    times, values = points.times, points.values
    low, before = 0, None
    while low < len(times):
        ts = times[low] - times[low] % step
        high = low
        while high < len(times) and times[high] < ts + step:
            high += 1
        within = values[low:high]
        yield Stepped(
            ts, high - low, sum(within), min(within), max(within), within[-1], grown=_grown(before, within)
        )
        before, low = within[-1], high


def joined(older: Iterable[StepFound], newer: Iterable[StepFound]) -> list[StepFound]:
    """Steps of two spans of time, of which one ends where the other begins; they may share one step."""
    steps: list[StepFound] = list(older)
    for each in newer:
        if steps and steps[-1].ts == each.ts:
            steps[-1] = _together(steps[-1], each)
        else:
            steps.append(each)
    return steps


def values_of(steps: Sequence[StepFound], aggregate: Aggregate, step: int) -> Iterator[tuple[int, float]]:
    """What is told of each step: its beginning and a value.

    A counter's first step needs one before it, and tells nothing otherwise. A counter that fell began anew.
    """
    plain = _PLAIN.get(aggregate)
    if plain is not None:
        yield from ((each.ts, plain(each)) for each in steps)
        return
    divisor = step / 1_000 if aggregate is Aggregate.RATE else 1.0
    for before, each in pairwise(steps):
        grown = each.grown if isinstance(each, Stepped) else None
        yield each.ts, (_rise(before.last, each) if grown is None else grown) / divisor


def mean(values: array[float]) -> float:
    """The mean of numbers, by which series are ranked; of none it is the least there is."""
    return math.fsum(values) / len(values) if values else -math.inf


def _grown(before: float | None, values: array[float]) -> float | None:
    if before is None:
        return None
    grown = 0.0
    for value in values:
        grown += value - before if value >= before else value
        before = value
    return grown


def _rise(before: float, step: StepFound) -> float:
    """How far a counter rose in a step of which only its extremes are known; it fell to zero once at most."""
    if before <= step.last >= step.max:
        return step.last - before
    return max(before, step.max) - before + step.last


def _together(older: StepFound, newer: StepFound) -> Stepped:
    return Stepped(
        older.ts,
        older.count + newer.count,
        older.sum + newer.sum,
        min(older.min, newer.min),
        max(older.max, newer.max),
        newer.last,
    )
