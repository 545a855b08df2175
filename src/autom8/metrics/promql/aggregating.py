"""Aggregations: the rows of a vector by groups of labels, instant by instant. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from autom8.metrics.promql import numbers
from autom8.metrics.promql.errors import QueryFailed
from autom8.metrics.promql.grids import Labels, Row, Values, only, without
from autom8.metrics.promql.limits import Meter
from autom8.metrics.promql.nodes import NAME, Aggregation
from autom8.metrics.promql.numbers import plain
from autom8.metrics.promql.selectors import LABEL

_INTEGER_MAX: Final = 2.0**63

_REDUCERS: Final[dict[str, Callable[[list[float]], float]]] = {
    "sum": lambda values: numbers.total(values) or _zero(values),
    "avg": lambda values: numbers.mean(values) or _zero(values),
    "min": numbers.smallest,
    "max": numbers.largest,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
    "stdvar": numbers.variance,
    "stddev": lambda values: math.sqrt(numbers.variance(values)),
}


def grouped(node: Aggregation, rows: Iterable[Row]) -> list[tuple[Labels, list[Row]]]:
    """The rows of each group, and the labels that they share."""
    groups: dict[frozenset[tuple[str, str]], tuple[Labels, list[Row]]] = {}
    for row in rows:
        labels = without(row.labels, (NAME, *node.names)) if node.without else only(row.labels, node.names)
        groups.setdefault(frozenset(labels.items()), (labels, []))[1].append(row)
    return list(groups.values())


def reduced(node: Aggregation, rows: Iterable[Row], meter: Meter) -> list[Row]:
    """One row for each group: sum, avg, min, max, count, group, stddev, stdvar."""
    reduce = _REDUCERS[node.operator]
    return [
        Row(labels, [reduce(there) if there else None for there in _present(members, meter)])
        for labels, members in grouped(node, rows)
    ]


def quantiles(node: Aggregation, shares: Sequence[float], rows: Iterable[Row], meter: Meter) -> list[Row]:
    """One row for each group: the quantile of its values."""
    return [
        Row(
            labels,
            [
                numbers.quantile(share, there) if there else None
                for share, there in zip(shares, _present(members, meter), strict=True)
            ],
        )
        for labels, members in grouped(node, rows)
    ]


def ranked(node: Aggregation, counts: Sequence[float], rows: Iterable[Row], meter: Meter) -> list[Row]:
    """Of each group the rows with the largest (topk) or smallest values; `counts` says how many.

    NaN comes last; of equal values the first is taken. At a single instant rows come in their order of rank.

    Raises:
        QueryFailed: a count is no number.
    """
    wanted = [_count(node, each) for each in counts]
    sign = -1.0 if node.operator == "topk" else 1.0
    kept: list[Row] = []
    for _, members in grouped(node, rows):
        chosen: list[Values] = [[None] * len(wanted) for _ in members]
        order: list[int] = []
        for instant, column in enumerate(_columns(members, meter)):
            there = [
                (math.isnan(value), sign * value, place)
                for place, value in enumerate(column)
                if value is not None
            ]
            order = [place for *_, place in sorted(there, key=_rank)[: wanted[instant]]]
            for place in order:
                chosen[place][instant] = column[place]
        places = order if len(wanted) == 1 else range(len(members))
        kept += [Row(members[place].labels, chosen[place]) for place in places]
    return kept


def counted(node: Aggregation, label: str, rows: Iterable[Row], meter: Meter) -> list[Row]:
    """How often each value is there in each group; the value stands in `label`.

    Raises:
        QueryFailed: it is no name of a label.
        LimitExceeded: there are too many different values.
    """
    if not LABEL.fullmatch(label):
        raise QueryFailed(f"{label[:50]!r} is no name of a label", at=node.at)
    found: dict[frozenset[tuple[str, str]], Row] = {}
    for labels, members in grouped(node, rows):
        for row in members:
            meter.time()
            for instant, value in enumerate(row.values):
                if value is None:
                    continue
                said = labels if node.without and label in node.names else {**labels, label: plain(value)}
                key = frozenset(said.items())
                if key not in found:
                    meter.points(len(row.values))
                    found[key] = Row(said, [None] * len(row.values))
                found[key].values[instant] = (found[key].values[instant] or 0.0) + 1.0
    return list(found.values())


def _zero(values: Sequence[float]) -> float:
    """Zero with the sign of what was added up: it is negative if all are."""
    return 0.0 if any(math.copysign(1.0, value) > 0 for value in values) else -0.0


def _columns(members: Sequence[Row], meter: Meter) -> Iterable[tuple[float | None, ...]]:
    return meter.paced(zip(*(row.values for row in members), strict=True), len(members))


def _present(members: Sequence[Row], meter: Meter) -> Iterable[list[float]]:
    for column in _columns(members, meter):
        yield [value for value in column if value is not None]


def _count(node: Aggregation, given: float) -> int:
    if not abs(given) < _INTEGER_MAX:
        raise QueryFailed(f"{node.operator} can't take {plain(given)} series", at=node.at)
    return max(0, int(given))


def _rank(entry: tuple[bool, float, int]) -> tuple[bool, float, int]:
    missing, value, place = entry
    return (missing, 0.0 if missing else value, place)
