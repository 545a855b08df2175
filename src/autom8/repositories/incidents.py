"""Incidents and their stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from autom8.kernel.errors import NotFound
from autom8.kernel.vocabulary import IncidentState
from autom8.models import Incident, IncidentEntry, Notice, table_of
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_INCIDENT: Final = table_of(Incident)
_ENTRY: Final = table_of(IncidentEntry)
_NOTICE: Final = table_of(Notice)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_INCIDENT.c)
_ENTRIES: Final[Select[*tuple[Any, ...]]] = select(*_ENTRY.c)


def _in_state(states: Collection[str]) -> ColumnElement[bool]:
    """A resolved one is found by `resolved_at`, which the index of open ones knows."""
    wanted = [_INCIDENT.c.state.in_(tuple(states))]
    if IncidentState.RESOLVED not in states:
        wanted.append(_INCIDENT.c.resolved_at.is_(None))
    both: ColumnElement[bool] = wanted[0] if len(wanted) == 1 else wanted[0] & wanted[1]
    return both


_LISTING: Final = Listing(
    key=_INCIDENT.c.id,
    orders={"id": _INCIDENT.c.id, "opened_at": _INCIDENT.c.opened_at},
    default="-opened_at",
    filters={
        "state": _in_state,
        "kind": lambda value: _INCIDENT.c.kind == value,
        "object_id": lambda value: _INCIDENT.c.object_id == value,
        "rule": lambda value: _INCIDENT.c.rule == value,
        "severity": _INCIDENT.c.severity.in_,
        "since": lambda value: or_(_INCIDENT.c.resolved_at.is_(None), _INCIDENT.c.resolved_at >= value),
        "until": lambda value: _INCIDENT.c.opened_at < value,
        "q": lambda value: func.lower(_INCIDENT.c.title).contains(value.lower(), autoescape=True),
    },
)
_ENTRY_LISTING: Final = Listing(key=_ENTRY.c.id, orders={"id": _ENTRY.c.id}, default="id", filters={})


class IncidentNotFound(NotFound):
    """No incident has this id."""

    code = "incident_not_found"

    def __init__(self, incident_id: int) -> None:
        super().__init__(f"There is no incident {incident_id}.")


class IncidentRepository:
    """All SQL about incidents."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Incidents, the latest first unless the page says otherwise."""
        rows = self._session.connection().execute(_LISTING.select(_ROWS, page)).all()
        return _LISTING.paged(rows, page, lambda row, name: row.opened_at if name == "opened_at" else row.id)

    def get(self, incident_id: int) -> AnyRow:
        """One incident, or IncidentNotFound."""
        return self._one(_ROWS, incident_id)

    def lock(self, incident_id: int) -> AnyRow:
        """One incident, held until the end of the transaction, or IncidentNotFound."""
        return self._one(_ROWS.with_for_update(), incident_id)

    def find(self, incident_ids: Collection[int]) -> Mapping[int, AnyRow]:
        """Those of these incidents that are there."""
        statement = _ROWS.where(_INCIDENT.c.id.in_(incident_ids))
        return {row.id: row for row in self._session.connection().execute(statement)}

    def take(self, incident_id: int) -> bool:
        """Hold one open incident; False when it is not open, or another one holds it."""
        return bool(self._take_open([incident_id]))

    def take_due(self, now: datetime, *, limit: int) -> Sequence[int]:
        """Open incidents a timer of which is over, held; those that another one holds are left out."""
        due = select(_INCIDENT.c.id).where(_INCIDENT.c.look_at <= now).order_by(_INCIDENT.c.look_at)
        statement = due.limit(limit).with_for_update(skip_locked=True)
        return self._session.connection().execute(statement).scalars().all()

    def bring_forward(self, incident_ids: Collection[int], at: datetime) -> Collection[int]:
        """Have these be looked at at `at`; those that are open and that no other one holds, which it says."""
        taken = self._take_open(incident_ids)
        if taken:
            statement = update(_INCIDENT).where(_INCIDENT.c.id.in_(taken)).values(look_at=at)
            self._session.connection().execute(statement)
        return taken

    def last_of(self, alert_id: int) -> AnyRow | None:
        """The latest incident of an alert, held."""
        statement = _ROWS.where(_INCIDENT.c.alert_id == alert_id).order_by(_INCIDENT.c.number.desc())
        return self._session.connection().execute(statement.limit(1).with_for_update()).first()

    def hold(self, incident_ids: Collection[int]) -> Mapping[int, AnyRow]:
        """Those of these incidents that are there, held in the order of their ids."""
        statement = _ROWS.where(_INCIDENT.c.id.in_(incident_ids)).order_by(_INCIDENT.c.id)
        return {row.id: row for row in self._session.connection().execute(statement.with_for_update())}

    def open_ids(self, *, after: int, limit: int) -> Sequence[int]:
        """The ids of open incidents above one, ascending."""
        there = select(_INCIDENT.c.id).where(_INCIDENT.c.resolved_at.is_(None), _INCIDENT.c.id > after)
        statement = there.order_by(_INCIDENT.c.id).limit(limit)
        return self._session.connection().execute(statement).scalars().all()

    def open_ones(self) -> Sequence[AnyRow]:
        """All open incidents."""
        statement = _ROWS.where(_INCIDENT.c.resolved_at.is_(None)).order_by(_INCIDENT.c.opened_at)
        return self._session.connection().execute(statement).all()

    def open_of(self, kind: str) -> Sequence[AnyRow]:
        """All open incidents of objects of a kind."""
        statement = _ROWS.where(_INCIDENT.c.resolved_at.is_(None), _INCIDENT.c.kind == kind)
        return self._session.connection().execute(statement).all()

    def any_reached_nobody(self) -> bool:
        """Whether an open incident waits for somebody to be there who can be told."""
        statement = select(exists().where(_INCIDENT.c.resolved_at.is_(None), _INCIDENT.c.reached_nobody))
        return bool(self._session.connection().execute(statement).scalar())

    def counts(self) -> Mapping[str, int]:
        """How many open incidents there are by severity."""
        statement = (
            select(_INCIDENT.c.severity, func.count())
            .where(_INCIDENT.c.resolved_at.is_(None))
            .group_by(_INCIDENT.c.severity)
        )
        return {row[0]: row[1] for row in self._session.connection().execute(statement)}

    def add(self, values: Mapping[str, Any]) -> int:
        """Add an incident and say its id."""
        made = insert(_INCIDENT).values(**values).returning(_INCIDENT.c.id)
        return int(self._session.connection().execute(made).scalar_one())

    def change(self, incident_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of an incident, and raise its version."""
        statement = update(_INCIDENT).where(_INCIDENT.c.id == incident_id)
        self._session.connection().execute(statement.values(version=_INCIDENT.c.version + 1, **values))

    def set_look(self, incident_id: int, look_at: datetime | None) -> None:
        """When a timer of an incident may be over; no change that anybody sees."""
        statement = update(_INCIDENT).where(_INCIDENT.c.id == incident_id).values(look_at=look_at)
        self._session.connection().execute(statement)

    def bring_within(self, at: datetime) -> None:
        """Have incidents that are due to be looked at later be due at `at`. For a clock that stepped back."""
        statement = update(_INCIDENT).where(_INCIDENT.c.look_at > at).values(look_at=at)
        self._session.connection().execute(statement)

    def acknowledged_after(self, at: datetime) -> Sequence[AnyRow]:
        """Open incidents that were acknowledged later than `at`, held in the order of their ids."""
        statement = _ROWS.where(_INCIDENT.c.acknowledged_at > at, _INCIDENT.c.resolved_at.is_(None))
        return self._session.connection().execute(statement.order_by(_INCIDENT.c.id).with_for_update()).all()

    def add_entries(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add lines of stories: `incident_id`, `at`, `kind`, `actor`, `details`."""
        if rows:
            self._session.connection().execute(insert(_ENTRY), list(rows))

    def settle_contact(self, contact_id: int, into: int | None) -> None:
        """Have another contact, or none, stand where one does that goes; its incidents are held."""
        columns = (_INCIDENT.c.assigned_to, _INCIDENT.c.acknowledged_contact_id)
        naming = or_(*(each == contact_id for each in columns))
        connection = self._session.connection()
        connection.execute(select(_INCIDENT.c.id).where(naming).order_by(_INCIDENT.c.id).with_for_update())
        for each in columns if into is not None else columns[:1]:  # who has acknowledged stays somebody
            connection.execute(update(_INCIDENT).where(each == contact_id).values({each.name: into}))

    def entries(self, incident_id: int, page: Page) -> Paged[AnyRow]:
        """The lines of a story, the first first unless the page says otherwise."""
        statement = _ENTRY_LISTING.select(_ENTRIES.where(_ENTRY.c.incident_id == incident_id), page)
        rows = self._session.connection().execute(statement).all()
        return _ENTRY_LISTING.paged(rows, page, lambda row, _: row.id)

    def remove_resolved_before(self, instant: datetime, *, limit: int) -> int:
        """Remove incidents that were resolved before, with stories and notices, oldest first; how many.

        One of which a notice still waits stays.
        """
        waiting = exists().where(_NOTICE.c.incident_id == _INCIDENT.c.id, _NOTICE.c.state == "waiting")
        oldest = (
            select(_INCIDENT.c.id)
            .where(_INCIDENT.c.resolved_at < instant, ~waiting)
            .order_by(_INCIDENT.c.resolved_at)
            .limit(limit)
        )
        ids = list(self._session.connection().execute(oldest).scalars())
        if ids:
            connection = self._session.connection()
            connection.execute(delete(_NOTICE).where(_NOTICE.c.incident_id.in_(ids)))
            connection.execute(delete(_ENTRY).where(_ENTRY.c.incident_id.in_(ids)))
            connection.execute(delete(_INCIDENT).where(_INCIDENT.c.id.in_(ids)))
        return len(ids)

    def _take_open(self, incident_ids: Collection[int]) -> set[int]:
        statement = select(_INCIDENT.c.id).where(
            _INCIDENT.c.id.in_(incident_ids), _INCIDENT.c.resolved_at.is_(None)
        )
        taken = statement.order_by(_INCIDENT.c.id).with_for_update(skip_locked=True)
        return set(self._session.connection().execute(taken).scalars())

    def _one(self, statement: Select[Any], incident_id: int) -> AnyRow:
        row = self._session.connection().execute(statement.where(_INCIDENT.c.id == incident_id)).first()
        if row is None:
            raise IncidentNotFound(incident_id)
        return row
