"""Dependencies: while a parent is wrong, its children are told to nobody. As Alertmanager's inhibition.

Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from autom8.alerts.silences.matchers import Matcher, matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """While something that `parents` match is wrong, what `children` match is told to nobody.

    Only between what has the same values of the labels `equal`; a missing label is empty.
    """

    id: int
    parents: tuple[Matcher, ...]
    children: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


class Labelled(Protocol):
    """An open incident, or what may become one."""

    @property
    def id(self) -> int:
        """Its id; 0 of what is no incident."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        ...


@dataclass(frozen=True, slots=True)
class _Side:
    """The oldest parent of one dependency for some values of its `equal` labels.

    `pure` is the oldest that does not match the children's side too.
    """

    oldest: Labelled
    pure: Labelled | None


class Holding:
    """What holds what back among incidents that are open, reckoned once for all of them.

    As Alertmanager has it: what matches both sides of a dependency is held back by no incident that does so
    too. So none holds itself back, nor do two each other by one dependency. Of several parents the oldest is
    named.
    """

    def __init__(self, dependencies: Sequence[Dependency], open_incidents: Collection[Labelled]) -> None:
        self._dependencies = dependencies
        in_order = sorted(open_incidents, key=lambda each: each.id)
        self._sides = [_sides(each, in_order) for each in dependencies]

    def parent_of(self, child: Labelled) -> tuple[Dependency, Labelled] | None:
        """The open incident that holds a child back, by which dependency.

        Where several dependencies have incidents hold each other back in a circle, the oldest of the circle
        is told: a circle may silence no one.
        """
        found = self._parent_of(child)
        circle, above = [child.id], found
        while above is not None and above[1].id not in circle:
            circle.append(above[1].id)
            above = self._parent_of(above[1])
        if above is not None and above[1].id == child.id and child.id == min(circle):
            return None
        return found

    def _parent_of(self, child: Labelled) -> tuple[Dependency, Labelled] | None:
        for dependency, sides in zip(self._dependencies, self._sides, strict=True):
            side = sides.get(_equal(dependency, child)) if sides else None
            if side is None or not matches(dependency.children, child.labels):
                continue
            parent = side.pure if matches(dependency.parents, child.labels) else side.oldest
            if parent is not None:
                return dependency, parent
        return None


def _sides(dependency: Dependency, in_order: Sequence[Labelled]) -> dict[tuple[str, ...], _Side]:
    sides: dict[tuple[str, ...], _Side] = {}
    for key, parent, is_pure in _parents(dependency, in_order):
        known = sides.get(key)
        if known is None:
            sides[key] = _Side(parent, parent if is_pure else None)
        elif known.pure is None and is_pure:
            sides[key] = _Side(known.oldest, parent)
    return sides


def _parents(
    dependency: Dependency, in_order: Sequence[Labelled]
) -> Iterator[tuple[tuple[str, ...], Labelled, bool]]:
    for each in in_order:
        if matches(dependency.parents, each.labels):
            yield _equal(dependency, each), each, not matches(dependency.children, each.labels)


def _equal(dependency: Dependency, of: Labelled) -> tuple[str, ...]:
    return tuple(of.labels.get(name, "") for name in dependency.equal)
