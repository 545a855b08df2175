"""Alerts: what is kept between two looks of each rule on each object."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from autom8.models import Alert, table_of
from autom8.repositories.query import AnyRow

_ALERT: Final = table_of(Alert)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_ALERT.c)


class AlertRepository:
    """All SQL about alerts. Who steps one holds its row."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self, kind: str, object_ids: Collection[int]) -> Mapping[tuple[int, str], AnyRow]:
        """The alerts of these objects by object and rule, held until the end of the transaction."""
        statement = _ROWS.where(_ALERT.c.kind == kind, _ALERT.c.object_id.in_(object_ids))
        rows = self._session.connection().execute(statement.order_by(_ALERT.c.id).with_for_update())
        return {(row.object_id, row.rule): row for row in rows}

    def lock(self, alert_id: int) -> AnyRow:
        """One alert, held until the end of the transaction."""
        statement = _ROWS.where(_ALERT.c.id == alert_id).with_for_update()
        return self._session.connection().execute(statement).one()

    def of_object(self, kind: str, object_id: int) -> Collection[AnyRow]:
        """The alerts of one object."""
        statement = _ROWS.where(_ALERT.c.kind == kind, _ALERT.c.object_id == object_id)
        return self._session.connection().execute(statement.order_by(_ALERT.c.id)).all()

    def add(self, values: Mapping[str, Any]) -> int:
        """Add an alert and say its id."""
        made = self._session.connection().execute(insert(_ALERT).values(**values).returning(_ALERT.c.id))
        return int(made.scalar_one())

    def change(self, alert_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of an alert."""
        self._session.connection().execute(update(_ALERT).where(_ALERT.c.id == alert_id).values(**values))
