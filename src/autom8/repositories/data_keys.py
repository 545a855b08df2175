"""The wrapped keys of sealed fields. Knows nothing of how they are wrapped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    LargeBinary,
    Select,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from autom8.kernel.errors import Conflict
from autom8.models import DataKey, table_of
from autom8.repositories.many import insert_many

_AT_ONCE: Final = 1_000  # owners in one statement; SQLite takes 32,766 variables
_TURN: Final = 0x0A0708_0C4E  # the advisory lock between wrapping keys and retiring what they are wrapped by
_KEY: Final = table_of(DataKey).c
_WRAPPED: Final = select(_KEY.id, _KEY.purpose, _KEY.owner_id, _KEY.wrapping_key_id, _KEY.wrapped)
_COLUMNS: Final = ("id", "purpose", "owner_id", "wrapping_key_id", "wrapped", "created_at")
_AFTER: Final = (
    _WRAPPED.where(_KEY.wrapping_key_id == bindparam("wrapping"), _KEY.id > bindparam("after"))
    .order_by(_KEY.id)
    .limit(bindparam("batch_size"))
)
_NEXT_WRAPPING: Final[Select[Any]] = (
    select(_KEY.wrapping_key_id)
    .where(_KEY.wrapping_key_id > bindparam("after"))
    .order_by(_KEY.wrapping_key_id)
    .limit(1)
)


class DataKeyThere(Conflict):
    """An owner has a data key already; a second one would make what the first sealed unreadable."""

    code = "data_key_there"

    def __init__(self) -> None:
        super().__init__("There is a key for these fields already.")


class WrappedKey(NamedTuple):
    """A row: the data key `id` of an owner, as it is wrapped now."""

    id: int
    purpose: str
    owner_id: int
    wrapping_key_id: str
    wrapped: bytes


class Rewrapped(NamedTuple):
    """A data key as it is to be wrapped from now on."""

    id: int
    wrapped: bytes


class DataKeyRepository:
    """All SQL about data keys."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin_wrapping(self) -> None:
        """Keep the key that is chosen from now on from being retired until the end of the transaction.

        On SQLite a writing transaction is alone already.
        """
        self._take(func.pg_advisory_xact_lock_shared(_TURN))

    def begin_retiring(self) -> None:
        """Wait for all who wrap keys, and keep others from it until the end of the transaction."""
        self._take(func.pg_advisory_xact_lock(_TURN))

    def add_many(self, keys: Sequence[WrappedKey], *, at: datetime) -> None:
        """Add data keys, or DataKeyThere."""
        if not keys:
            return
        try:
            rows = [(*each, at) for each in keys]
            insert_many(self._session.connection(), table_of(DataKey), _COLUMNS, rows)
        except IntegrityError as error:
            raise DataKeyThere from error

    def find_many(self, purpose: str, owners: Collection[int]) -> Iterator[WrappedKey]:
        """The data keys of these owners, of those who have one."""
        for some in _in_parts(owners):
            statement = _WRAPPED.where(_KEY.purpose == purpose, _KEY.owner_id.in_(some))
            for row in self._session.connection().execute(statement):
                yield WrappedKey(*row)

    def remove_many(self, purpose: str, owners: Collection[int]) -> Mapping[int, int]:
        """Remove the data keys of these owners; of each owner who had one, its id.

        On SQLite their bytes are overwritten, in pages that fall free too.
        """
        gone: dict[int, int] = {}
        connection = self._session.connection()
        with _overwriting(connection):
            for some in _in_parts(owners):
                statement = delete(DataKey).where(_KEY.purpose == purpose, _KEY.owner_id.in_(some))
                removed = connection.execute(statement.returning(_KEY.owner_id, _KEY.id))
                gone.update((owner, id_) for owner, id_ in removed)
        return gone

    def wrapping_key_ids(self) -> list[str]:
        """By which keys of a keyring anything is wrapped, ascending; one look into the index for each."""
        found = [""]
        while another := self._session.connection().execute(_NEXT_WRAPPING, {"after": found[-1]}).scalar():
            found.append(another)
        return found[1:]

    def count(self, wrapping_key_id: str) -> int:
        """How many data keys are wrapped by it."""
        statement = select(func.count()).select_from(DataKey).where(_KEY.wrapping_key_id == wrapping_key_id)
        return self._session.connection().execute(statement).scalar_one()

    def after(self, wrapping_key_id: str, after: int, *, batch_size: int) -> list[WrappedKey]:
        """Up to `batch_size` data keys that are wrapped by it, with ids above `after`, ascending."""
        values = {"wrapping": wrapping_key_id, "after": after, "batch_size": batch_size}
        return [WrappedKey(*row) for row in self._session.connection().execute(_AFTER, values)]

    def rewrap(self, keys: Sequence[Rewrapped], *, old: str, new: str) -> int:
        """Put these in the place of what was wrapped by `old`; how many were, and are now.

        What was erased or wrapped anew since it was read is left as it is.
        """
        if not keys:
            return 0
        connection = self._session.connection()
        if connection.dialect.name == "sqlite":
            values = [{"named": each.id, "now": each.wrapped, "old": old, "new": new} for each in keys]
            return connection.execute(_REWRAP_ONE, values).rowcount
        together = {
            "ids": [each.id for each in keys],
            "wraps": [each.wrapped for each in keys],
            "old": old,
            "new": new,
        }
        return connection.execute(_REWRAP_MANY, together).rowcount

    def _take(self, lock: Any) -> None:
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(select(lock))


@contextmanager
def _overwriting(connection: Connection) -> Iterator[None]:
    """Have SQLite overwrite pages that fall free meanwhile, too."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA secure_delete = FAST")


def _in_parts(owners: Collection[int]) -> Iterator[list[int]]:
    every = sorted(owners)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


_REWRAP: Final = update(DataKey).where(_KEY.wrapping_key_id == bindparam("old"))
_REWRAP_ONE: Final = _REWRAP.where(_KEY.id == bindparam("named")).values(
    wrapping_key_id=bindparam("new"), wrapped=bindparam("now")
)
_PAIRS: Final = (
    func.unnest(
        bindparam("ids", type_=postgresql.ARRAY(BigInteger)),
        bindparam("wraps", type_=postgresql.ARRAY(LargeBinary)),
    )
    .table_valued("id", "wrapped")
    .render_derived()
)
_REWRAP_MANY: Final = _REWRAP.where(_KEY.id == _PAIRS.c.id).values(
    wrapping_key_id=bindparam("new"), wrapped=_PAIRS.c.wrapped
)
