"""How fast a series goes: rate, increase, delta, irate, idelta, resets and changes. Pure.

The rules of extrapolation are Prometheus'. They are needed because a window hardly ever begins and ends at a
sample.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate, pairwise

from autom8.metrics.promql.grids import Values
from autom8.metrics.promql.windows import Windows


def extrapolated(windows: Windows, *, counter: bool, per_second: bool, zero_first: bool) -> Values:
    """What a series went up or down by in each window, as if its samples reached to both ends.

    A counter is never negative, and goes down only when it starts again. With `zero_first`, as in Prometheus
    2, the instant at which it was zero is looked for before the beginning is found to be too far away.
    """
    times, values, span_ms = windows.times, windows.values, windows.span_ms
    span_s = span_ms / 1_000
    fallen = [i for i, (one, other) in enumerate(pairwise(values), 1) if other < one] if counter else []
    drops = [values[place - 1] for place in fallen]
    results: Values = []
    append = results.append
    for end, low, high in zip(windows.ends, windows.lows, windows.highs, strict=True):
        last = high - 1
        if last <= low:
            append(None)
            continue
        first = values[low]
        grown = values[last] - first
        if fallen:
            grown += sum(drops[bisect_right(fallen, low) : bisect_right(fallen, last)])
        sampled = (times[last] - times[low]) / 1_000
        between = sampled / (last - low)
        before = (times[low] - end + span_ms) / 1_000
        after = (end - times[last]) / 1_000
        far = between * 1.1
        if before >= far and not zero_first:
            before = between / 2
        if counter and grown > 0 and first >= 0 and (since_zero := sampled * (first / grown)) < before:
            before = since_zero
        if before >= far:
            before = between / 2
        if after >= far:
            after = between / 2
        factor = (sampled + before + after) / sampled
        append(grown * (factor / span_s if per_second else factor))
    return results


def latest_change(windows: Windows, *, per_second: bool) -> Values:
    """The difference of the two latest samples of each window; of a counter for each second (irate)."""
    times, values = windows.times, windows.values
    results: Values = []
    for low, high in zip(windows.lows, windows.highs, strict=True):
        if high - low < 2:
            results.append(None)
            continue
        last, earlier = values[high - 1], values[high - 2]
        change = last if per_second and last < earlier else last - earlier
        results.append(change / ((times[high - 1] - times[high - 2]) / 1_000) if per_second else change)
    return results


def resets(windows: Windows) -> Values:
    """How often the value went down within each window."""
    return _count_steps(windows, lambda one, other: other < one)


def changes(windows: Windows) -> Values:
    """How often the value became another within each window; one NaN is like any other."""
    return _count_steps(windows, lambda one, other: other != one and (other == other or one == one))  # noqa: PLR0124 - a NaN is what differs from itself


def _count_steps(windows: Windows, counts: Callable[[float, float], bool]) -> Values:
    until = array("q", accumulate((counts(one, other) for one, other in pairwise(windows.values)), initial=0))
    return [
        float(until[high - 1] - until[low]) if high > low else None
        for low, high in zip(windows.lows, windows.highs, strict=True)
    ]
