"""The audit chain's rows. They are only ever added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, insert, select
from sqlalchemy.orm import Session

from autom8.models import AuditEntry
from autom8.repositories.query import Listing, Page, Paged

_TURN: Final = 0x0A0708_A0D1  # the advisory lock that makes appends one after another on PostgreSQL
_ENTRY: Final = AuditEntry.__table__.c
_ROWS: Final = select(*_ENTRY)
_LAST: Final[Select[Any]] = select(_ENTRY.seq, _ENTRY.hash).order_by(_ENTRY.seq.desc()).limit(1)
_AFTER: Final = (
    _ROWS.where(_ENTRY.seq > bindparam("after")).order_by(_ENTRY.seq).limit(bindparam("batch_size"))
)
_LISTING: Final = Listing(
    key=_ENTRY.seq,
    orders={"seq": _ENTRY.seq},
    default="-seq",
    filters={
        "actor": lambda value: _ENTRY.actor_name == value,
        "action": lambda value: _ENTRY.action == value,
        "object_type": lambda value: _ENTRY.object_type == value,
        "object_id": lambda value: _ENTRY.object_id == value,
        "since": lambda value: _ENTRY.at >= value,
        "until": lambda value: _ENTRY.at < value,
    },
)


class AuditRepository:
    """All SQL about the audit chain."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_turn(self) -> None:
        """Be the only one who appends until the end of the transaction.

        On SQLite a writing transaction is alone already. On PostgreSQL each statement after this one sees
        what the one before us committed, since transactions are READ COMMITTED.
        """
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_TURN)))

    def last(self) -> Row[Any] | None:
        """`seq` and `hash` of the newest entry; ask only after `take_turn`."""
        return self._session.connection().execute(_LAST).first()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Add the row of one entry."""
        self._session.connection().execute(insert(AuditEntry), entry)

    def page(self, page: Page) -> Paged[Row[Any]]:
        """Entries, newest first unless the page says otherwise."""
        rows = self._session.connection().execute(_LISTING.select(_ROWS, page)).all()
        return _LISTING.paged(rows, page, lambda row, _name: row.seq)

    def after(self, seq: int, *, batch_size: int) -> Iterator[Row[Any]]:
        """Up to `batch_size` entries above `seq`, in the order of their `seq`."""
        yield from self._session.connection().execute(_AFTER, {"after": seq, "batch_size": batch_size})
