"""The installation's own row, and the answers kept for repeated requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.models import Generation, IdempotencyKey, Installation


class InstallationRepository:
    """All SQL about the installation."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self) -> Installation | None:
        """The installation's row, locked; None before the first start."""
        return self._session.scalars(select(Installation).with_for_update()).first()

    def get(self) -> Installation:
        """The installation's row."""
        return self._session.scalars(select(Installation)).one()

    def add(self, installation: Installation) -> None:
        """Make the row of a new database."""
        self._session.add(installation)

    def ensure_generations(self, names: frozenset[str]) -> None:
        """Have a generation for each of these tables."""
        there = set(self._session.scalars(select(Generation.name)))
        self._session.add_all(Generation(name=name, value=0) for name in sorted(names - there))

    def reserve_answer(self, *, key: str, request_hash: str, at: datetime) -> bool:
        """Say that a request with this key is being worked on; False when it was heard before."""
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        values = {"key": key, "request_hash": request_hash, "created_at": at}
        table = IdempotencyKey.__table__
        # RETURNING, because psycopg's row count of an INSERT does not reach us.
        insert = make(table).values(**values).on_conflict_do_nothing().returning(table.c.key)  # type: ignore[arg-type]
        return connection.execute(insert).first() is not None

    def find_answer(self, key: str) -> IdempotencyKey | None:
        """What is known of a request with this key."""
        return self._session.get(IdempotencyKey, key)

    def forget_answers_before(self, instant: datetime) -> None:
        """Remove old answers."""
        self._session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < instant))
