"""Functions of all samples of a window: those of `…_over_time`, and straight lines through them. Pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from operator import mul
from typing import Final

from autom8.metrics.promql import numbers
from autom8.metrics.promql.grids import Values
from autom8.metrics.promql.rates import changes, latest_change, resets
from autom8.metrics.promql.windows import Windows

_LONG: Final = 200


def _of_each(reduce: Callable[[array[float]], float], windows: Windows) -> Values:
    values = windows.values
    return [
        reduce(values[low:high]) if high > low else None
        for low, high in zip(windows.lows, windows.highs, strict=True)
    ]


def _folded(reduce: Callable[[array[float]], float], windows: Windows) -> Values:
    """The same, where reducing what was reduced gives the same: long windows are taken block by block."""
    values, lows, highs = windows.values, windows.lows, windows.highs
    mean_length = (sum(highs) - sum(lows)) // max(1, len(highs))
    if mean_length < _LONG:
        return _of_each(reduce, windows)
    size = math.isqrt(mean_length)
    blocks = array("d", (reduce(values[at : at + size]) for at in range(0, len(values), size)))
    results: Values = []
    for low, high in zip(lows, highs, strict=True):
        first, last = -(-low // size), high // size
        if first < last:
            parts = values[low : first * size] + blocks[first:last] + values[last * size : high]
            results.append(reduce(parts))
        else:
            results.append(reduce(values[low:high]) if high > low else None)
    return results


def _means(windows: Windows) -> Values:
    return [
        total / (high - low) if total is not None and math.isfinite(total) else _mean(windows, low, high)
        for total, low, high in zip(_folded(numbers.total, windows), windows.lows, windows.highs, strict=True)
    ]


def _mean(windows: Windows, low: int, high: int) -> float | None:
    return numbers.mean(windows.values[low:high]) if high > low else None


def _count(windows: Windows) -> Values:
    return [
        float(high - low) if high > low else None
        for low, high in zip(windows.lows, windows.highs, strict=True)
    ]


def _present(windows: Windows) -> Values:
    return [1.0 if high > low else None for low, high in zip(windows.lows, windows.highs, strict=True)]


def _last(windows: Windows) -> Values:
    values = windows.values
    return [
        values[high - 1] if high > low else None
        for low, high in zip(windows.lows, windows.highs, strict=True)
    ]


def _extreme(
    plain: Callable[[array[float]], float], careful: Callable[..., float], windows: Windows
) -> Values:
    # A sum that is no NaN has no NaN among its terms.
    clean = not math.isnan(sum(windows.values))
    return _folded(plain if clean else careful, windows)


def _deviation(values: Sequence[float]) -> float:
    return math.sqrt(numbers.variance(values))


def quantiles(windows: Windows, shares: Sequence[float]) -> Values:
    """The quantile of each window's values."""
    return [
        numbers.quantile(share, windows.values[low:high]) if high > low else None
        for share, low, high in zip(shares, windows.lows, windows.highs, strict=True)
    ]


def slopes(windows: Windows) -> Values:
    """The slope of the straight line through each window's samples, for each second."""
    times = windows.times
    return [
        _line(windows, low, high, times[low])[0] if high - low > 1 else None
        for low, high in zip(windows.lows, windows.highs, strict=True)
    ]


def predictions(windows: Windows, seconds: Sequence[float], instants: Sequence[int]) -> Values:
    """Where the straight line through each window's samples will be, so many seconds after an instant."""
    results: Values = []
    for ahead, instant, low, high in zip(seconds, instants, windows.lows, windows.highs, strict=True):
        if high - low < 2:
            results.append(None)
            continue
        slope, height = _line(windows, low, high, instant)
        results.append(slope * ahead + height)
    return results


def _line(windows: Windows, low: int, high: int, origin: int) -> tuple[float, float]:
    """Slope for each second, and height at `origin` (milliseconds), by least squares."""
    values = windows.values[low:high]
    first, count = values[0], high - low
    if values.count(first) == count:
        return (numbers.NAN, numbers.NAN) if math.isinf(first) else (0.0, first)
    seconds = [(time - origin) / 1_000 for time in windows.times[low:high]]
    across, up = numbers.total(seconds), numbers.total(values)
    both = numbers.total(list(map(mul, seconds, values)))
    square = numbers.total(list(map(mul, seconds, seconds)))
    slope = numbers.divide(both - across * up / count, square - across * across / count)
    return slope, up / count - slope * across / count


HEAVY: Final = frozenset(
    {"deriv", "predict_linear", "quantile_over_time", "stddev_over_time", "stdvar_over_time"}
)
"""The functions that look at every sample of each window; the others go through a series about once."""

PLAIN: Final[dict[str, Callable[[Windows], Values]]] = {
    "irate": partial(latest_change, per_second=True),
    "idelta": partial(latest_change, per_second=False),
    "resets": resets,
    "changes": changes,
    "deriv": slopes,
    "sum_over_time": partial(_folded, numbers.total),
    "avg_over_time": _means,
    "min_over_time": partial(_extreme, min, numbers.smallest),
    "max_over_time": partial(_extreme, max, numbers.largest),
    "count_over_time": _count,
    "present_over_time": _present,
    "last_over_time": _last,
    "stddev_over_time": partial(_of_each, _deviation),
    "stdvar_over_time": partial(_of_each, numbers.variance),
}
"""The functions that need nothing but the windows."""
