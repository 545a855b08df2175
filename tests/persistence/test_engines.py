"""How each database is opened, and what its transactions keep to."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from autom8.persistence.engines import POSTGRESQL_SETTINGS, open_postgresql, open_sqlite


def ask(engine: Engine, sql: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(sql)).scalar_one()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5_000),
        ("auto_vacuum", 2),
    ],
)
def test_sqlite_is_set_up_on_every_connection(tmp_path: Path, pragma: str, value: object) -> None:
    database = open_sqlite(tmp_path / "a.db")
    with database.write_engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    assert ask(database.write_engine, f"PRAGMA {pragma}") == value
    assert ask(database.read_engine, f"PRAGMA {pragma}") == value
    database.dispose()


def test_the_series_may_be_a_little_less_durable(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "a.db", synchronous="NORMAL")
    assert ask(database.write_engine, "PRAGMA synchronous") == 1
    database.dispose()


def test_a_new_reader_comes_in_at_once_while_somebody_writes(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "a.db")
    with database.write_engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    database.dispose()
    with database.write_engine.begin() as writer:
        writer.execute(text("INSERT INTO t VALUES (1)"))
        began = time.monotonic()
        assert ask(database.read_engine, "SELECT count(*) FROM t") == 0
        assert time.monotonic() - began < 1
    database.dispose()


def test_writers_on_sqlite_take_their_turn(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "a.db")
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(5)
        with database.writing():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with database.writing():
        inside.set()
        time.sleep(0.05)
        order.append("first")
    thread.join()
    database.dispose()

    assert order == ["first", "second"]


def test_postgresql_bounds_what_a_frozen_server_can_hold(postgresql_url: str) -> None:
    database = open_postgresql(postgresql_url)
    for name, value in POSTGRESQL_SETTINGS.items():
        told = ask(database.write_engine, f"SELECT setting FROM pg_settings WHERE lower(name) = '{name}'")
        assert told == value
    assert ask(database.write_engine, "SHOW transaction_isolation") == "read committed"
    database.dispose()


def test_the_pool_never_exceeds_what_it_may(postgresql_url: str) -> None:
    database = open_postgresql(postgresql_url, pool_size=4, pool_max=10)
    for engine in (database.write_engine, database.read_engine):
        pool = engine.pool
        assert pool.size() + pool._max_overflow == 5  # type: ignore[attr-defined]
    database.dispose()


def test_an_error_does_not_repeat_what_was_to_be_written(tmp_path: Path, postgresql_url: str) -> None:
    for database in (open_sqlite(tmp_path / "a.db"), open_postgresql(postgresql_url)):
        for engine in (database.write_engine, database.read_engine):
            with engine.connect() as connection, pytest.raises(DBAPIError) as error:
                connection.execute(text("SELECT :name FROM no_such_table"), {"name": "Ada Lovelace"})
            assert "Ada" not in str(error.value)
        database.dispose()
