"""Alerts that other programs push and keep up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.models import PushedAlert, table_of
from autom8.repositories.query import AnyRow

_PUSHED: Final = table_of(PushedAlert)
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

    def put(self, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add or replace alerts by their fingerprints, each named once; their ids."""
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        ids: list[int] = []
        for row in sorted(rows, key=lambda each: str(each["fingerprint"])):  # in one order everywhere
            anew = {name: value for name, value in row.items() if name != "fingerprint"}
            put = make(_PUSHED).values(**row)
            put = put.on_conflict_do_update(index_elements=["fingerprint"], set_=anew)
            ids.append(int(connection.execute(put.returning(_PUSHED.c.id)).scalar_one()))
        return ids

    def remove_over_before(self, instant: datetime, *, limit: int) -> list[int]:
        """Remove alerts that were over before, the oldest first; their ids."""
        oldest = (
            select(_PUSHED.c.id).where(_PUSHED.c.ends_at < instant).order_by(_PUSHED.c.ends_at).limit(limit)
        )
        ids = list(self._session.connection().execute(oldest).scalars())
        if ids:
            self._session.connection().execute(delete(_PUSHED).where(_PUSHED.c.id.in_(ids)))
        return ids
