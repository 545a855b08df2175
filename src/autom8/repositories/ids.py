"""Ids that are known before their rows are inserted, because they are sealed into what the rows hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import column, func, insert, literal, select, table, update
from sqlalchemy.orm import Session

from autom8.models import Base

_SEQUENCES: Final = table("sqlite_sequence", column("name"), column("seq"))
_NEVER_TWICE: Final = frozenset(
    each.name for each in Base.metadata.tables.values() if each.dialect_options["sqlite"]["autoincrement"]
)


class IdRepository:
    """Gives out ids."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def allocate(self, name: str, count: int) -> Sequence[int]:
        """`count` ids for new rows of the table `name`, ascending; no row had them, none will but yours.

        On PostgreSQL they may have gaps, and stay taken when the work is rolled back. The table must be one
        whose ids are never given twice.
        """
        if name not in _NEVER_TWICE:
            raise ValueError(f"{name} may give an id again, so none can be known beforehand.")
        if count <= 0:
            return ()
        if self._session.connection().dialect.name == "sqlite":
            return self._count_up(name, count)
        sequence = func.nextval(func.pg_get_serial_sequence(literal(name), literal("id")))
        statement = select(sequence).select_from(func.generate_series(1, count))
        return sorted(self._session.connection().execute(statement).scalars())

    def _count_up(self, name: str, count: int) -> range:
        """The writing transaction is alone, so reading and raising the counter is one step."""
        connection = self._session.connection()
        wanted = _SEQUENCES.c.name == name
        last = connection.execute(select(_SEQUENCES.c.seq).where(wanted)).scalar()
        if last is None:  # no row was ever inserted: SQLite makes the counter then
            last = 0
            connection.execute(insert(_SEQUENCES).values(name=name, seq=count))
        else:
            connection.execute(update(_SEQUENCES).where(wanted).values(seq=last + count))
        return range(last + 1, last + count + 1)
