"""The audit trail as the driver gives it, for who reads all of it: no ORM, no types to convert.

It works on the connection of a unit of work, and on one to a copy of a database that may not be written.
Instants are microseconds since 1970 on both databases.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from autom8.kernel.errors import Invalid, Unavailable

BEFORE_ALL: Final = -(1 << 63)  # the least a database counts: an entry below number one is wrong too
_AT: Final[Mapping[str, str]] = {
    "sqlite": "at",
    # PostgreSQL also keeps `infinity`, which is no number; one that is forged must not end a check.
    "postgresql": "CASE WHEN isfinite(at) THEN (extract(epoch from at) * 1000000)::bigint END",
}
_ENTRIES: Final = (
    "SELECT seq, {at}, actor_kind, actor_id, actor_name, action, object_type, object_id,"
    " canonical, previous_hash, hash FROM audit_entry"
    " WHERE seq > {p} AND seq <= {p} ORDER BY seq LIMIT {p}"
)
_CHECKPOINTS: Final = (
    "SELECT size, {at}, root, last_hash, frontier, key_id, public_key, signature FROM audit_checkpoint"
    " WHERE size > {p} AND size <= {p} ORDER BY size LIMIT {p}"
)
_NEWEST: Final = (
    "SELECT size, {at}, root, last_hash, frontier, key_id, public_key, signature FROM audit_checkpoint"
    " WHERE size <= {p} ORDER BY size DESC LIMIT 1"
)
_LAST: Final = "SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1"
_HASH: Final = "SELECT hash FROM audit_entry WHERE seq = {p}"
_KEY: Final = "SELECT key FROM installation"
_KEYS: Final = "SELECT DISTINCT public_key FROM audit_checkpoint"
AFTER_ALL: Final = (1 << 63) - 1
Row = tuple[Any, ...]


class NotATrail(Invalid):
    """A file or database holds no audit trail that can be read."""

    code = "not_a_trail"


@dataclass(frozen=True, slots=True)
class Trail:
    """Reads entries and checkpoints over a driver's connection, one short statement at a time."""

    connection: Any
    dialect: str
    troubles: tuple[type[Exception], ...] = ()  # of the driver, to be told in our words

    def entries(self, *, after: int, through: int = AFTER_ALL, limit: int) -> list[Row]:
        """Entries above `after`, in the order of their `seq`: `seq`, `at`, kind, id and name of the actor,
        `action`, type and id of the object, `canonical`, `previous_hash`, `hash`.
        """
        return self._all(_ENTRIES, after, through, limit)

    def checkpoints(self, *, after: int, through: int = AFTER_ALL, limit: int) -> list[Row]:
        """Checkpoints that cover more than `after`, in the order of what they cover: `size`, `at`, `root`,
        `last_hash`, `frontier`, `key_id`, `public_key`, `signature`.
        """
        return self._all(_CHECKPOINTS, after, through, limit)

    def newest_checkpoint(self, *, through: int = AFTER_ALL) -> Row | None:
        """The checkpoint that covers most, but no more than `through`."""
        return next(iter(self._all(_NEWEST, through)), None)

    def last(self) -> tuple[int, bytes] | None:
        """`seq` and `hash` of the newest entry."""
        return next(iter(self._all(_LAST)), None)

    def hash_of(self, seq: int) -> bytes | None:
        """The hash of one entry."""
        found = self._all(_HASH, seq)
        return found[0][0] if found else None

    def public_keys(self) -> list[bytes]:
        """The keys that checkpoints were signed with."""
        return [row[0] for row in self._all(_KEYS)]

    def installation(self) -> str:
        """The key of the installation that the trail is of."""
        found = self._all(_KEY)
        if len(found) != 1 or not isinstance(found[0][0], str):
            raise NotATrail("The database names no installation.")
        return found[0][0]

    def _all(self, statement: str, *values: int) -> list[Any]:
        try:
            return self._fetch(statement, *values)
        except self.troubles as error:
            from autom8.persistence.engines import (
                DatabaseUnavailable,
            )  # loads SQLAlchemy, which is there then

            raise DatabaseUnavailable("The database can't be reached now.") from error

    def _fetch(self, statement: str, *values: int) -> list[Any]:
        if self.dialect == "sqlite":
            text = statement.format(at=_AT["sqlite"], p="?")
            return list(self.connection.execute(text, values).fetchall())
        text = statement.format(at=_AT["postgresql"], p="%s::bigint")
        with self.connection.cursor(binary=True) as cursor:  # or each hash would travel as hex
            return list(cursor.execute(text, values).fetchall())


@contextmanager
def open_trail(where: str) -> Iterator[Trail]:
    """The trail of a SQLite file, or of a PostgreSQL whose URL is given, only to be read.

    A copy of a file needs no write access to it or its folder.

    Raises:
        NotATrail: it is no database of Autom8's.
        Unavailable: the database can't be reached.
    """
    if "://" in where:
        import psycopg

        url = where.replace("postgresql+psycopg://", "postgresql://", 1)
        try:
            with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=on") as live:
                yield Trail(live, "postgresql")
        except psycopg.OperationalError as error:
            raise Unavailable("The database can't be reached.") from error
        except psycopg.Error as error:
            raise NotATrail("The database holds no audit trail of Autom8's.") from error
        return
    with closing(_open_file(Path(where))) as copy:
        try:
            yield Trail(copy, "sqlite")
        except sqlite3.DatabaseError as error:
            raise NotATrail(f"{where} is no database of Autom8's, or it is damaged.") from error


def _open_file(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise NotATrail(f"{path} is no file.")
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # Its log can't be opened without writing beside it; a copy that has none is complete without.
        connection.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            told = f"{path} can't be read here with its -wal file; copy both to where you may write."
            raise NotATrail(told) from None
        return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise NotATrail(f"{path} is no database of Autom8's, or it is damaged.") from error
    return connection
