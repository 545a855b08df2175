"""What is removed is given back to the disk."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from autom8.persistence.engines import Database, open_sqlite

FILL = (
    "INSERT INTO t WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    " SELECT randomblob(4000) FROM n"
)


def test_a_pruned_file_grows_smaller(tmp_path: Path) -> None:
    path = tmp_path / "core.db"
    database = open_sqlite(path)
    with database.write_engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (data BLOB)"))
        connection.execute(text(FILL))
    full = _size(database, path)
    with database.write_engine.begin() as connection:
        connection.execute(text("DELETE FROM t"))

    assert _size(database, path) == full
    database.reclaim()

    assert _size(database, path) < full / 10
    database.dispose()


def _size(database: Database, path: Path) -> int:
    """The file's size once the write-ahead log is in it."""
    connection = database.write_engine.raw_connection()
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size
