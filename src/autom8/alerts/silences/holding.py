"""What holds an incident back: a silence, a maintenance window, or an open incident that it depends on.

Pure but for the reading of rows at the end.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from autom8.alerts.hours import Hours, periods
from autom8.alerts.incidents.escalating import HeldBack
from autom8.alerts.schedules.shapes import hours_of
from autom8.alerts.silences.matchers import Matcher, matcher_of, matches
from autom8.kernel.errors import Invalid
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

log = logging.getLogger(__name__)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What matches is told to nobody from `starts_at` until `ends_at`, and only within `hours` if given."""

    id: int
    key: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    hours: Hours | None = None

    def until(self, at: datetime) -> datetime | None:
        """When it ends to hold, if it holds at an instant; None if it does not."""
        if not self.starts_at <= at < self.ends_at:
            return None
        if self.hours is None:
            return self.ends_at
        for first, last in periods(self.hours, since=at, until=at):
            if first <= at < last:
                return min(last, self.ends_at)
        return None

    def begins(self, at: datetime) -> datetime | None:
        """When it holds next, if it does not at an instant; None if never."""
        if at >= self.ends_at or self.until(at) is not None:
            return None
        since = max(at, self.starts_at)
        if self.hours is None:
            return since
        for first, _ in periods(self.hours, since=since, until=since + _WEEK):
            if max(first, self.starts_at) >= at and first < self.ends_at:
                return max(first, since)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """While something that `parents` match is wrong, what `children` match is told to nobody.

    Only between what has the same values of the labels `equal`.
    """

    id: int
    parents: tuple[Matcher, ...]
    children: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


class Labelled(Protocol):
    """An open incident."""

    @property
    def id(self) -> int:
        """Its id."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        ...


def silencing(silences: Iterable[Silence], labels: Mapping[str, str], at: datetime) -> list[Silence]:
    """The silences that hold these labels back at an instant."""
    return [each for each in silences if each.until(at) is not None and matches(each.matchers, labels)]


def holding_parent(
    dependencies: Iterable[Dependency], child: Labelled, open_incidents: Collection[Labelled]
) -> tuple[Dependency, Labelled] | None:
    """The open incident that holds a child back, by which dependency.

    As Alertmanager has it: what matches both sides is no parent of what matches both sides, so none holds
    itself back, nor two each other by one dependency. Of two dependencies that hold two incidents back by
    each other, the older incident is told: a circle may silence no one.
    """
    for dependency in dependencies:
        if not matches(dependency.children, child.labels):
            continue
        both = matches(dependency.parents, child.labels)
        for parent in open_incidents:
            if parent.id == child.id or not matches(dependency.parents, parent.labels):
                continue
            if both and matches(dependency.children, parent.labels):
                continue
            if all(parent.labels.get(name, "") == child.labels.get(name, "") for name in dependency.equal):
                return dependency, parent
    return None


def held_by_parent(
    dependencies: Sequence[Dependency], child: Labelled, open_incidents: Sequence[Labelled]
) -> tuple[Dependency, Labelled] | None:
    """As `holding_parent`, but where incidents hold each other back in a circle, the oldest of it is told."""
    found = holding_parent(dependencies, child, open_incidents)
    circle, above = [child.id], found
    while above is not None and above[1].id not in circle:
        circle.append(above[1].id)
        above = holding_parent(dependencies, above[1], open_incidents)
    if above is not None and above[1].id == child.id and child.id == min(circle):
        return None
    return found


@dataclass(frozen=True, slots=True)
class _Rows:
    silences: Sequence[Silence]
    dependencies: Sequence[Dependency]


def holding(work: Work, incident: AnyRow, at: datetime) -> HeldBack | None:
    """What holds an incident back at an instant, read once for each transaction."""
    rows = work.remembered("holding", lambda: _read(work, at))
    found = silencing(rows.silences, incident.labels, at)
    if found:
        until = max(each.until(at) or at for each in found)
        return HeldBack(by={"silence": found[0].id}, until=until)
    if rows.dependencies:
        open_ones = work.remembered("open_incidents", work.incidents.open_ones)
        parent = held_by_parent(rows.dependencies, incident, open_ones)
        if parent is not None:
            return HeldBack(by={"dependency": parent[0].id, "incident": parent[1].id}, until=None)
    return None


def silences_of(rows: Iterable[AnyRow]) -> list[Silence]:
    """The pure forms of silences' rows. One that can't be read holds nothing back, and is logged."""
    read: list[Silence] = []
    for row in rows:
        try:
            read.append(silence_of(row))
        except (Invalid, AttributeError) as error:
            log.warning("silence_left_out", extra={"fields": {"silence": row.id, "error": str(error)}})
    return read


def silence_of(row: AnyRow) -> Silence:
    """The pure form of a silence's row.

    Raises:
        Invalid: somebody broke it by hand.
    """
    return Silence(
        id=row.id,
        key=row.key,
        matchers=tuple(map(matcher_of, row.matchers)),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        hours=None if row.hours is None else hours_of(row.hours),
    )


def dependencies_of(rows: Iterable[AnyRow]) -> list[Dependency]:
    """The pure forms of dependencies' rows, likewise."""
    read: list[Dependency] = []
    for row in rows:
        try:
            read.append(dependency_of(row))
        except (Invalid, AttributeError) as error:
            log.warning("dependency_left_out", extra={"fields": {"dependency": row.id, "error": str(error)}})
    return read


def dependency_of(row: AnyRow) -> Dependency:
    """The pure form of a dependency's row.

    Raises:
        Invalid: somebody broke it by hand.
    """
    equal: list[Any] = row.equal
    return Dependency(
        id=row.id,
        parents=tuple(map(matcher_of, row.parents)),
        children=tuple(map(matcher_of, row.children)),
        equal=tuple(map(str, equal)),
    )


def _read(work: Work, at: datetime) -> _Rows:
    return _Rows(
        silences=silences_of(work.silences.not_over(at)),
        dependencies=dependencies_of(work.dependencies.all()),
    )
