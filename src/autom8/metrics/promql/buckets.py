"""histogram_quantile of classic histograms: counters of what is at most `le`, one series for each. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from autom8.metrics.promql.grids import Labels, Row, Values, merged, without
from autom8.metrics.promql.limits import Meter
from autom8.metrics.promql.nodes import BUCKET, NAME
from autom8.metrics.promql.numbers import INFINITY, NAN, divide, float_of

_TOLERANCE: Final = 1e-12


def histogram_quantiles(shares: Sequence[float], rows: Iterable[Row], meter: Meter) -> list[Row]:
    """One row for each histogram; series without a number as their `le` are left out."""
    histograms: dict[frozenset[tuple[str, str]], tuple[Labels, list[tuple[float, Values]]]] = {}
    for row in rows:
        bound = float_of(row.labels.get(BUCKET, ""))
        if bound is None:
            continue
        labels = without(row.labels, (BUCKET,))
        histograms.setdefault(frozenset(labels.items()), (labels, []))[1].append((bound, row.values))
    return merged(
        [
            Row(without(labels, (NAME,)), _quantiles(shares, counters, meter))
            for labels, counters in histograms.values()
        ]
    )


def _quantiles(shares: Sequence[float], counters: list[tuple[float, Values]], meter: Meter) -> Values:
    counters.sort(key=lambda counter: counter[0])
    bounds = [bound for bound, _ in counters]
    results: Values = []
    columns = meter.paced(zip(*(values for _, values in counters), strict=True), len(counters))
    for share, column in zip(shares, columns, strict=True):
        there = [(bound, count) for bound, count in zip(bounds, column, strict=True) if count is not None]
        results.append(bucket_quantile(share, there) if there else None)
    return results


def bucket_quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float:
    """The quantile of a histogram, interpolated within its bucket.

    `buckets` are (upper bound, how many are at most that), by bound, at least one. Without a last bucket of
    infinity, with only one bucket or with nothing in them there is no quantile (NaN).
    """
    if math.isnan(share):
        return NAN
    if not 0 <= share <= 1:
        return -INFINITY if share < 0 else INFINITY
    bounds, counts = _coalesced(buckets)
    if bounds[-1] != INFINITY or len(bounds) < 2 or not counts[-1]:
        return NAN
    rank = share * counts[-1]
    place = _first_with(counts, rank)
    if place == len(bounds) - 1:
        return bounds[-2]
    if place == 0 and bounds[0] <= 0:
        return bounds[0]
    start, below = (bounds[place - 1], counts[place - 1]) if place else (0.0, 0.0)
    return start + (bounds[place] - start) * divide(rank - below, counts[place] - below)


def _first_with(counts: Sequence[float], rank: float) -> int:
    """The first bucket that reaches this rank; the last one if none does (a NaN among them)."""
    if math.isnan(rank):
        return len(counts) - 1
    return bisect_left(counts, rank, 0, len(counts) - 1)


def _coalesced(buckets: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Bounds and counts; those of a bound are added up, and none is less than the one before.

    Counts that differ by no more than floats err are alike.
    """
    bounds: list[float] = []
    counts: list[float] = []
    for bound, count in buckets:
        if bounds and bounds[-1] == bound:
            counts[-1] += count
        else:
            bounds.append(bound)
            counts.append(count)
    for place in range(1, len(counts)):
        before = counts[place - 1]
        if counts[place] < before or math.isclose(counts[place], before, rel_tol=_TOLERANCE):
            counts[place] = before
    return bounds, counts
