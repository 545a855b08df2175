"""What holds an incident back now, by the silences and dependencies that are kept."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from autom8.alerts.incidents.escalating import HeldBack
from autom8.alerts.schedules.shapes import hours_of
from autom8.alerts.silences.dependencies import Dependency, Holding
from autom8.alerts.silences.matchers import matcher_of, matches
from autom8.alerts.silences.silence import Silence, next_change, silencing
from autom8.kernel.errors import Invalid
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

log = logging.getLogger(__name__)
_BROKEN: Final = (Invalid, AttributeError, TypeError)


def holding(work: Work, incident: AnyRow, at: datetime) -> HeldBack | None:
    """What holds an incident back at an instant."""
    found = silencing(holding_silences(work, at), incident.labels, at)
    if found:
        until = max(each.until(at) or at for each in found)
        return HeldBack(by={"silence": found[0].id}, until=until)
    parent = held_by(work).parent_of(incident)
    if parent is not None:
        return HeldBack(by={"dependency": parent[0].id, "incident": parent[1].id}, until=None)
    return None


def may_hold_back(work: Work, incident_id: int) -> bool:
    """Whether others may be held back while an incident is open, because it is a parent of a dependency."""
    dependencies = _dependencies(work)
    if not dependencies:
        return False
    labels = work.incidents.get(incident_id).labels
    return any(matches(each.parents, labels) for each in dependencies)


def changes_at(work: Work, at: datetime) -> datetime | None:
    """When the next silence begins to hold, or ends to."""
    return next_change(live_silences(work), at)


def live_silences(work: Work) -> list[Silence]:
    """The silences that are not over, read once in a transaction."""
    return work.remembered("silences", lambda: _silences_of(work.silences.not_over(work.now())))


def holding_silences(work: Work, at: datetime) -> list[Silence]:
    """Those that hold at an instant, whatever they match, reckoned once in a transaction."""
    return work.remembered(
        f"silences at {at}", lambda: [each for each in live_silences(work) if each.until(at) is not None]
    )


def held_by(work: Work) -> Holding:
    """What holds what back among the open incidents, read once in a transaction."""
    return work.remembered("held_by", lambda: _holding_of(work))


def read_silence(row: AnyRow) -> Silence | None:
    """The pure form of a silence's row. One that somebody broke by hand holds nothing back, and is logged."""
    try:
        return Silence(
            id=row.id,
            key=row.key,
            matchers=tuple(map(matcher_of, row.matchers)),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            hours=None if row.hours is None else hours_of(row.hours),
        )
    except _BROKEN as error:
        log.warning("silence_left_out", extra={"fields": {"silence": row.id, "error": str(error)}})
        return None


def read_dependency(row: AnyRow) -> Dependency | None:
    """The pure form of a dependency's row, likewise."""
    equal: list[Any] = row.equal
    try:
        return Dependency(
            id=row.id,
            parents=tuple(map(matcher_of, row.parents)),
            children=tuple(map(matcher_of, row.children)),
            equal=tuple(map(str, equal)),
        )
    except _BROKEN as error:
        log.warning("dependency_left_out", extra={"fields": {"dependency": row.id, "error": str(error)}})
        return None


def _silences_of(rows: Iterable[AnyRow]) -> list[Silence]:
    return [each for each in map(read_silence, rows) if each is not None]


def _dependencies(work: Work) -> list[Dependency]:
    return work.remembered("dependencies", lambda: _dependencies_of(work.dependencies.all()))


def _dependencies_of(rows: Iterable[AnyRow]) -> list[Dependency]:
    return [each for each in map(read_dependency, rows) if each is not None]


def _holding_of(work: Work) -> Holding:
    dependencies = _dependencies(work)
    return Holding(dependencies, work.incidents.open_ones() if dependencies else ())
