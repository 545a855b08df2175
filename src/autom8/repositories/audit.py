"""The audit chain's rows and its checkpoints. They are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, insert, select
from sqlalchemy.orm import Session

from autom8.models import AuditCheckpoint, AuditEntry
from autom8.repositories.query import Listing, Page, Paged
from autom8.repositories.trail import Trail

_TURN: Final = 0x0A0708_A0D1  # the advisory lock that makes appends one after another on PostgreSQL
_SEALING: Final = 0x0A0708_A0D2  # held by the one who adds a checkpoint
_ENTRY: Final = AuditEntry.__table__.c
_CHECKPOINT: Final = AuditCheckpoint.__table__.c
_ROWS: Final = select(*_ENTRY)
_LAST: Final[Select[Any]] = select(_ENTRY.seq, _ENTRY.hash).order_by(_ENTRY.seq.desc()).limit(1)
_NEWEST: Final = (
    _ROWS.where(
        _ENTRY.object_type == bindparam("object_type"),
        _ENTRY.object_id == bindparam("object_id"),
        _ENTRY.action == bindparam("action"),
    )
    .order_by(_ENTRY.seq.desc())
    .limit(1)
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


_CHECKPOINTS: Final = Listing(
    key=_CHECKPOINT.size, orders={"size": _CHECKPOINT.size}, default="-size", filters={}
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

    def newest(self, *, action: str, object_type: str, object_id: str) -> Row[Any] | None:
        """The newest entry of an action on an object."""
        values = {"action": action, "object_type": object_type, "object_id": object_id}
        return self._session.connection().execute(_NEWEST, values).first()

    @property
    def trail(self) -> Trail:
        """The chain as the driver gives it, for who reads all of it."""
        connection = self._session.connection()
        driver = connection.dialect.loaded_dbapi
        troubles = (driver.OperationalError, driver.InterfaceError)
        return Trail(connection.connection.driver_connection, connection.dialect.name, troubles)

    def take_sealing(self) -> bool:
        """Be the only one who adds a checkpoint until the end of the transaction; False when another is."""
        connection = self._session.connection()
        if connection.dialect.name != "postgresql":
            return True
        return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_SEALING))).scalar_one())

    def add_checkpoint(self, checkpoint: Mapping[str, Any]) -> None:
        """Add a checkpoint."""
        self._session.connection().execute(insert(AuditCheckpoint), checkpoint)

    def checkpoints(self, page: Page) -> Paged[Row[Any]]:
        """Checkpoints, those that cover most first."""
        statement = select(*_CHECKPOINT)
        rows = self._session.connection().execute(_CHECKPOINTS.select(statement, page)).all()
        return _CHECKPOINTS.paged(rows, page, lambda row, _name: row.size)
