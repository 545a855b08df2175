"""The instants of a query, and vectors over them: a row for each series, a column's place for each instant.

A whole range query is computed row by row, and not instant by instant: that makes pure Python fast enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from autom8.metrics.promql.errors import QueryFailed
from autom8.metrics.promql.nodes import NAME

Values: TypeAlias = list[float | None]
"""One value for each instant of a grid; None where there is none (NaN is a value)."""
Labels: TypeAlias = Mapping[str, str]


class Grid(NamedTuple):
    """So many `steps`: instants in milliseconds, `step` apart."""

    start: int
    step: int
    steps: int

    @property
    def times(self) -> range:
        """All of them."""
        return range(self.start, self.start + self.step * self.steps, self.step)

    @property
    def first(self) -> Grid:
        """The first of them alone."""
        return self._replace(steps=1)


class Row(NamedTuple):
    """One series of a vector. Values are never changed in place: several rows may share them."""

    labels: Labels
    values: Values


def without_name(labels: Labels) -> Labels:
    """These labels but for the metric's name."""
    return without(labels, (NAME,))


def without(labels: Labels, names: Iterable[str]) -> Labels:
    """These labels but for some."""
    dropped = frozenset(names)
    return {name: value for name, value in labels.items() if name not in dropped}


def only(labels: Labels, names: Iterable[str]) -> Labels:
    """Of these labels those that are named."""
    return {name: labels[name] for name in names if name in labels}


def described(labels: Labels) -> str:
    """Labels as an error shows them: `up{job="a"}`."""
    inner = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != NAME)
    return f"{labels.get(NAME, '')}{{{inner}}}"


def has_any(values: Values) -> bool:
    """Whether there is a value at any instant."""
    return any(value is not None for value in values)


def collide(left: Values, right: Values) -> bool:
    """Whether both have a value at one instant."""
    return any(one is not None and other is not None for one, other in zip(left, right, strict=True))


def overlaid(left: Values, right: Values) -> Values:
    """The values of both, where they do not collide."""
    return [other if one is None else one for one, other in zip(left, right, strict=True)]


def merged(rows: Sequence[Row]) -> list[Row]:
    """These rows, with those of the same labels made one: they are one series that goes on.

    Raises:
        QueryFailed: two of the same labels have a value at one instant.
    """
    kept: dict[frozenset[tuple[str, str]], Row] = {}
    for row in rows:
        key = frozenset(row.labels.items())
        earlier = kept.get(key)
        if earlier is None:
            kept[key] = row
        elif collide(earlier.values, row.values):
            raise QueryFailed(f"two series of the result have the same labels: {described(row.labels)}")
        else:
            kept[key] = Row(row.labels, overlaid(earlier.values, row.values))
    return list(kept.values())
