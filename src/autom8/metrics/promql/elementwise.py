"""Functions of one value at a time: mathematics, bounds, and the parts of a date in UTC. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from autom8.metrics.promql import numbers
from autom8.metrics.promql.grids import Row, Values, merged, without_name
from autom8.metrics.promql.numbers import INFINITY, NAN

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The Gregorian calendar repeats itself every 400 years, weekdays included.
_CYCLE_YEARS: Final = 400
_CYCLE_S: Final = 146_097 * 86_400
_SECONDS_MAX: Final = 2.0**63


def applied(function: Callable[[float], float], rows: Iterable[Row]) -> list[Row]:
    """This function of all values; the metrics' names are dropped."""
    return merged(
        [
            Row(
                without_name(row.labels), [None if value is None else function(value) for value in row.values]
            )
            for row in rows
        ]
    )


def applied_with(
    function: Callable[..., float | None], rows: Iterable[Row], *scalars: Sequence[float]
) -> list[Row]:
    """This function of all values and what the scalars are at the instant; the metrics' names are dropped."""
    results = []
    for row in rows:
        values: Values = [
            None if value is None else function(value, *others)
            for value, *others in zip(row.values, *scalars, strict=True)
        ]
        results.append(Row(without_name(row.labels), values))
    return merged(results)


def clamped(value: float, least: float, most: float) -> float | None:
    """The value within bounds; none where they leave no room."""
    return None if most < least else _larger(least, _smaller(most, value))


def rounded(value: float, nearest: float) -> float:
    """The nearest multiple; halves go up."""
    inverse = numbers.divide(1.0, nearest)
    return numbers.divide(numbers.floor(value * inverse + 0.5), inverse)


def _larger(one: float, other: float) -> float:
    """Go's Max: infinity wins over NaN."""
    if INFINITY in {one, other}:
        return INFINITY
    return NAN if math.isnan(one) or math.isnan(other) else max(one, other)


def _smaller(one: float, other: float) -> float:
    return -_larger(-one, -other)


def _sign(value: float) -> float:
    return math.copysign(1.0, value) if value < 0 or value > 0 else value


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return INFINITY


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    def logarithm(value: float) -> float:
        if value > 0:
            return function(value)
        return NAN if value else -INFINITY

    return logarithm


def _root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else NAN


def _of_date(part: Callable[[datetime], int], cycle: int = 0) -> Callable[[float], float]:
    def of_seconds(value: float) -> float:
        if not abs(value) < _SECONDS_MAX:
            return NAN
        cycles, seconds = divmod(int(value), _CYCLE_S)
        return float(part(_EPOCH + timedelta(seconds=seconds)) + cycles * cycle)

    return of_seconds


def _days_in_month(date: datetime) -> int:
    following = date.replace(day=28) + timedelta(days=4)
    return (following - timedelta(days=following.day)).day


MATHEMATICS: Final[dict[str, Callable[[float], float]]] = {
    "abs": abs,
    "ceil": numbers.ceil,
    "floor": numbers.floor,
    "exp": _exp,
    "ln": _logarithm(math.log),
    "log2": _logarithm(math.log2),
    "log10": _logarithm(math.log10),
    "sqrt": _root,
    "sgn": _sign,
}
DATES: Final[dict[str, Callable[[float], float]]] = {
    "minute": _of_date(lambda date: date.minute),
    "hour": _of_date(lambda date: date.hour),
    "day_of_week": _of_date(lambda date: date.isoweekday() % 7),
    "day_of_month": _of_date(lambda date: date.day),
    "day_of_year": _of_date(lambda date: date.timetuple().tm_yday),
    "days_in_month": _of_date(_days_in_month),
    "month": _of_date(lambda date: date.month),
    "year": _of_date(lambda date: date.year, _CYCLE_YEARS),
}
"""Functions of seconds since the epoch."""
BOUNDS: Final[dict[str, Callable[..., float | None]]] = {
    "clamp": clamped,
    "clamp_min": _larger,
    "clamp_max": _smaller,
    "round": rounded,
}
"""Functions of a value and of one or two scalars."""
