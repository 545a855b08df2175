"""Takes out of the database's files what removed rows left in them: deleting alone leaves their bytes there.

Backups, replicas and PostgreSQL's own log are out of its reach.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import OperationalError

from autom8.persistence.engines import BUSY_MS, Database

log = logging.getLogger(__name__)

WAIT_MS = 200
TRIES = 5
LOCK_MS = 1_500  # above deadlock_timeout, 1 s, at which PostgreSQL stops an autovacuum in the way
REWRITTEN_BYTES_MAX = 32 << 20  # 140,000 data keys, rewritten in half a second


@dataclass(slots=True)
class Shredder:
    """Shreds what was removed from `tables`. What can't be done at once is done by a later call."""

    database: Database
    tables: Sequence[str]
    _pending: bool = field(default=False, init=False)

    def expect(self) -> None:
        """Have the next `shred_later` shred what was removed and committed by now."""
        self._pending = True

    def shred(self) -> bool:
        """Shred what was removed and committed; whether that was done. Never raises.

        It is not while somebody reads what was there before: `shred_later` then tries again.
        """
        self.expect()
        return self.shred_later()

    def shred_later(self) -> bool:
        """Do what `shred` could not; whether nothing is left to do. Never raises."""
        if self._pending:
            try:
                done = self._cut_log() if self.database.dialect == "sqlite" else self._rewrite()
                self._pending = not done
            except Exception:
                log.exception("shredding_failed")
        return not self._pending

    def _cut_log(self) -> bool:
        """Bring SQLite's log into its file, where what was removed is overwritten, and cut it to nothing."""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(WAIT_MS / 1000)
            with self.database.writing(), closing(self.database.write_engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute("PRAGMA secure_delete = FAST")  # as it was before something was to be removed
                cursor.execute(f"PRAGMA busy_timeout = {WAIT_MS}")  # all writers wait meanwhile
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            if not busy:
                return True
        return False

    def _rewrite(self) -> bool:
        """Write tables of moderate size anew, since a plain VACUUM leaves the bytes where they were."""
        engine = self.database.write_engine
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"SET lock_timeout = {LOCK_MS}")
            try:
                done = [_rewrite(connection, table) for table in self.tables]
            finally:
                connection.exec_driver_sql("RESET lock_timeout")
        return all(done)


def _rewrite(connection: Connection, table: str) -> bool:
    try:
        if connection.execute(select(func.pg_table_size(table))).scalar_one() > REWRITTEN_BYTES_MAX:
            connection.exec_driver_sql(f"VACUUM {table}")  # else nobody could read it meanwhile
        else:
            connection.exec_driver_sql(f"VACUUM FULL {table}")
    except OperationalError:  # somebody reads it
        return False
    return True
