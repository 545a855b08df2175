"""Engines for the core database and the time series, on SQLite and PostgreSQL.

Owns every difference between the two in how a transaction begins. Knows no table.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from autom8.kernel.errors import Unavailable

RECLAIM_PAGES = 1_000  # of 4 KiB; writers wait for one such round
RECLAIM_ROUNDS = 50
BUSY_MS = 5_000
POSTGRESQL_SETTINGS = {
    "idle_in_transaction_session_timeout": "5000",  # a frozen server must not hold its rows
    "lock_timeout": "10000",
    "statement_timeout": "60000",
    "timezone": "UTC",
}


class DatabaseUnavailable(Unavailable):
    """The database could not be reached or could not write; nothing of this work is in it."""

    code = "database_unavailable"


@contextmanager
def translated() -> Iterator[None]:
    """Tell a driver's troubles in our words; its own text stays the cause, for the log.

    Raises:
        DatabaseUnavailable: the database is gone, or refuses to write.
    """
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, PoolTimeout) as error:
        # InternalError: PostgreSQL ended a transaction that stood idle, or it is a standby that only reads.
        raise DatabaseUnavailable("The database can't be reached or can't write now.") from error


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


_EVERYWHERE: dict[str, Any] = {
    "json_serializer": _dumps,
    "json_deserializer": orjson.loads,
    "hide_parameters": True,  # an error is logged with its cause, and parameters are names, words and secrets
}


@dataclass(frozen=True, slots=True)
class Database:
    """Where the core tables are. Writes go one at a time through `writing()` on SQLite."""

    write_engine: Engine
    read_engine: Engine
    _write_lock: threading.Lock | None = field(default=None, repr=False)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.write_engine.dialect.name

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold SQLite's one writer's place: queueing here costs less than being told `database is locked`."""
        if self._write_lock is None:
            yield
            return
        with self._write_lock:
            yield

    def reclaim(self) -> None:
        """Give what was removed back to the disk, a little at a time; PostgreSQL does so by itself."""
        if self.dialect != "sqlite":
            return
        for _ in range(RECLAIM_ROUNDS):
            with self.writing(), closing(self.write_engine.raw_connection()) as connection:
                cursor = connection.cursor()
                # as a script: `execute` would step once, and each step frees one page
                cursor.executescript(f"PRAGMA incremental_vacuum({RECLAIM_PAGES})")
                left = cursor.execute("PRAGMA freelist_count").fetchone()[0]
            if left == 0:
                return

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.write_engine.dispose()
        self.read_engine.dispose()


def open_sqlite(path: Path, *, synchronous: str = "FULL", readers: int = 5) -> Database:
    """A SQLite file in WAL mode. FULL, because NORMAL can undo a committed claim at power loss."""
    url = f"sqlite+pysqlite:///{path}"
    # The write lock makes one writer enough; two more let a migration or a back-up run beside it.
    write = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=2, **_EVERYWHERE)
    read = create_engine(url, poolclass=QueuePool, pool_size=readers, max_overflow=10, **_EVERYWHERE)
    prepare_sqlite(write, begin="BEGIN IMMEDIATE", synchronous=synchronous)
    prepare_sqlite(read, begin="BEGIN", synchronous=synchronous)
    return Database(write, read, threading.Lock())


def prepare_sqlite(engine: Engine, *, begin: str, synchronous: str) -> None:
    """Set up each connection, and begin transactions ourselves: the driver's own BEGIN is deferred."""

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if cursor.execute("PRAGMA page_count").fetchone() == (0,):
            # Only a new file takes it; on another it would wait for the writer, and fail as `locked`.
            cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_size_limit = 67108864")
        cursor.execute("PRAGMA secure_delete = FAST")  # zeroes what is deleted within pages it writes anyway
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_ourselves(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def open_postgresql(url: str, *, pool_size: int = 5, pool_max: int = 20) -> Database:
    """A PostgreSQL server. Reads have an AUTOCOMMIT engine of their own (0.62 of the time, measured)."""
    arguments: dict[str, Any] = {
        "pool_size": max(1, pool_size // 2),
        "max_overflow": max(1, (pool_max - pool_size) // 2),
        "pool_recycle": 1_800,
        "pool_timeout": 10,
        "connect_args": {
            "options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_SETTINGS.items()),
            "application_name": "autom8",
            "connect_timeout": 5,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    }
    write = create_engine(url, isolation_level="READ COMMITTED", **_EVERYWHERE, **arguments)
    read = create_engine(url, isolation_level="AUTOCOMMIT", **_EVERYWHERE, **arguments)
    return Database(write, read)
