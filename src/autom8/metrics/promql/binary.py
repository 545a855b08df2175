"""Operators: between scalars, a vector and a scalar, and two vectors whose labels are matched. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from autom8.metrics.promql import numbers
from autom8.metrics.promql.errors import QueryFailed
from autom8.metrics.promql.grids import (
    Labels,
    Row,
    Values,
    collide,
    described,
    has_any,
    merged,
    only,
    overlaid,
    without,
    without_name,
)
from autom8.metrics.promql.limits import Meter
from autom8.metrics.promql.nodes import NAME, Binary, Matching

_Key: TypeAlias = frozenset[tuple[str, str]]

_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": numbers.divide,
    "%": numbers.modulo,
    "^": numbers.power,
}
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def of_scalars(node: Binary, left: Sequence[float], right: Sequence[float]) -> list[float]:
    """Two scalars; a comparison gives 1 or 0."""
    compute = _ARITHMETIC.get(node.operator)
    if compute is not None:
        return list(map(compute, left, right))
    return list(map(float, map(_COMPARISONS[node.operator], left, right)))


def with_scalar(node: Binary, rows: Iterable[Row], scalar: Sequence[float], *, swapped: bool) -> list[Row]:
    """A vector and a scalar, which `swapped` puts on the left. A comparison keeps the vector's values."""
    drops_name = node.operator in _ARITHMETIC or node.returns_bool
    results = []
    for row in rows:
        values = _computed(node, scalar, row.values) if swapped else _computed(node, row.values, scalar)
        if swapped and node.operator in _COMPARISONS and not node.returns_bool:
            values = [None if kept is None else value for kept, value in zip(values, row.values, strict=True)]
        if has_any(values):
            results.append(Row(without_name(row.labels) if drops_name else row.labels, values))
    return merged(results) if drops_name else results


def of_sets(node: Binary, left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    """`and`, `or`, `unless`: what is in one vector by what is in the other."""
    if node.operator == "or":
        there = _presence(node.matching, left)
        added = [_kept(row, there.get(_key(node.matching, row.labels)), where=False) for row in right]
        return merged([*left, *(row for row in added if has_any(row.values))])
    there = _presence(node.matching, right)
    where = node.operator == "and"
    rows = [_kept(row, there.get(_key(node.matching, row.labels)), where=where) for row in left]
    return [row for row in rows if has_any(row.values)]


def of_vectors(node: Binary, left: Sequence[Row], right: Sequence[Row], meter: Meter) -> list[Row]:
    """Arithmetic and comparisons between the series of two vectors that belong together.

    Raises:
        QueryFailed: several belong to one where that was not said, or to several.
    """
    swapped = node.matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    ones = _by_key(node.matching, one)
    _refuse_doubles(node, ones, many)
    results: dict[_Key, list[Row]] = {}
    for row in many:
        key = _key(node.matching, row.labels)
        for partner in ones.get(key, ()):
            meter.points(len(row.values))
            sides = (partner.values, row.values) if swapped else (row.values, partner.values)
            values = _computed(node, *sides)
            if has_any(values):
                labels = _result_labels(node, row.labels, partner.labels)
                results.setdefault(key, []).append(Row(labels, values))
    for found in results.values():
        _refuse_several(node, found)
    return merged([row for found in results.values() for row in found])


def _computed(node: Binary, left: Sequence[float | None], right: Sequence[float | None]) -> Values:
    compute = _ARITHMETIC.get(node.operator)
    pairs = zip(left, right, strict=True)
    if compute is not None:
        return [None if one is None or other is None else compute(one, other) for one, other in pairs]
    holds = _COMPARISONS[node.operator]
    if node.returns_bool:
        return [None if one is None or other is None else float(holds(one, other)) for one, other in pairs]
    return [
        one if one is not None and other is not None and holds(one, other) else None for one, other in pairs
    ]


def _key(matching: Matching, labels: Labels) -> _Key:
    chosen = only(labels, matching.names) if matching.on else without(labels, (NAME, *matching.names))
    return frozenset(chosen.items())


def _by_key(matching: Matching, rows: Iterable[Row]) -> dict[_Key, list[Row]]:
    found: dict[_Key, list[Row]] = {}
    for row in rows:
        found.setdefault(_key(matching, row.labels), []).append(row)
    return found


def _presence(matching: Matching, rows: Iterable[Row]) -> dict[_Key, Values]:
    """For each key a value wherever any of its rows has one."""
    found: dict[_Key, Values] = {}
    for row in rows:
        key = _key(matching, row.labels)
        found[key] = overlaid(found[key], row.values) if key in found else row.values
    return found


def _kept(row: Row, there: Values | None, *, where: bool) -> Row:
    if there is None:
        return Row(row.labels, [None] * len(row.values)) if where else row
    return Row(
        row.labels,
        [
            value if (mark is not None) is where else None
            for value, mark in zip(row.values, there, strict=True)
        ],
    )


def _refuse_doubles(node: Binary, ones: Mapping[_Key, Sequence[Row]], many: Sequence[Row]) -> None:
    """Of the side of which only one may match, no two may be there while anything is on the other."""
    asked: Values | None = None
    for rows in ones.values():
        seen = rows[0].values
        for row in rows[1:]:
            if asked is None:
                asked = _any_of(many, len(seen))
            if collide(_kept(Row({}, seen), asked, where=True).values, row.values):
                raise QueryFailed(
                    f"several series match on the side of which only one may: {described(rows[0].labels)}"
                    f" and {described(row.labels)}",
                    at=node.at,
                )
            seen = overlaid(seen, row.values)


def _any_of(rows: Iterable[Row], count: int) -> Values:
    seen: Values = [None] * count
    for row in rows:
        seen = overlaid(seen, row.values)
    return seen


def _refuse_several(node: Binary, rows: Sequence[Row]) -> None:
    """Where several series match one, group_left or group_right must say so."""
    if node.matching.many or len(rows) < 2:
        return
    seen = rows[0].values
    for row in rows[1:]:
        if collide(seen, row.values):
            raise QueryFailed(
                f"several series match one without group_left or group_right: {described(row.labels)}",
                at=node.at,
            )
        seen = overlaid(seen, row.values)


def _result_labels(node: Binary, many: Labels, one: Labels) -> Labels:
    matching = node.matching
    labels = dict(many)
    if node.operator in _ARITHMETIC:
        labels.pop(NAME, None)
    if not matching.many:
        labels = dict(only(labels, matching.names) if matching.on else without(labels, matching.names))
    for name in matching.included:
        labels.pop(name, None)
        if name in one:
            labels[name] = one[name]
    return without_name(labels) if node.returns_bool else labels
