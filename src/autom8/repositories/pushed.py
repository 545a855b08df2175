"""Alerts that other programs push and keep up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import AlertKind, LookKind
from autom8.models import Alert, AlertLook, Incident, PushedAlert, table_of
from autom8.repositories.query import AnyRow

_PUSHED: Final = table_of(PushedAlert)
_INCIDENT: Final = table_of(Incident)
_ALERT: Final = table_of(Alert)
_LOOK: Final = table_of(AlertLook)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_PUSHED.c)


class PushedRepository:
    """All SQL about pushed alerts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_many(self, ids: Collection[int]) -> Mapping[int, AnyRow]:
        """Those of these that are there."""
        rows = self._session.connection().execute(_ROWS.where(_PUSHED.c.id.in_(ids)))
        return {row.id: row for row in rows}

    def by_fingerprint(self, fingerprints: Collection[str]) -> Mapping[str, AnyRow]:
        """Those of these that are there, held, by their fingerprints."""
        statement = _ROWS.where(_PUSHED.c.fingerprint.in_(fingerprints)).order_by(_PUSHED.c.fingerprint)
        rows = self._session.connection().execute(statement.with_for_update())
        return {row.fingerprint: row for row in rows}

    def not_over(self, at: datetime) -> Sequence[AnyRow]:
        """All that are wrong, the oldest first."""
        statement = _ROWS.where(_PUSHED.c.ends_at > at).order_by(_PUSHED.c.starts_at, _PUSHED.c.id)
        return self._session.connection().execute(statement).all()

    def put(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Add or replace alerts by their fingerprints, each named once; their ids by these."""
        if not rows:
            return {}
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        put = make(_PUSHED)
        anew = {name: put.excluded[name] for name in rows[0] if name != "fingerprint"}
        statement = put.on_conflict_do_update(index_elements=["fingerprint"], set_=anew)
        in_order = sorted(rows, key=lambda each: str(each["fingerprint"]))  # in one order everywhere
        made = connection.execute(statement.returning(_PUSHED.c.fingerprint, _PUSHED.c.id), in_order)
        return {row.fingerprint: row.id for row in made}

    def remove_over_before(self, instant: datetime, *, limit: int) -> int:
        """Remove alerts that were over before and of which no incident is left, the oldest first; how many.

        What was kept of them for looks goes too.
        """
        told = exists().where(_INCIDENT.c.kind == AlertKind.PUSHED, _INCIDENT.c.object_id == _PUSHED.c.id)
        oldest = select(_PUSHED.c.id).where(_PUSHED.c.ends_at < instant, ~told)
        oldest = oldest.order_by(_PUSHED.c.ends_at).limit(limit).with_for_update(of=_PUSHED)
        connection = self._session.connection()
        ids = list(connection.execute(oldest).scalars())
        if ids:
            connection.execute(
                delete(_LOOK).where(_LOOK.c.kind == LookKind.PUSHED, _LOOK.c.object_id.in_(ids))
            )
            connection.execute(
                delete(_ALERT).where(_ALERT.c.kind == AlertKind.PUSHED, _ALERT.c.object_id.in_(ids))
            )
            connection.execute(delete(_PUSHED).where(_PUSHED.c.id.in_(ids)))
        return len(ids)
