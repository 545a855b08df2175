"""Connections for reading generations outlive the threads that used them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from autom8.persistence.engines import open_sqlite
from autom8.persistence.migrate import migrate
from autom8.repositories.cache import read_generations


def test_a_thread_that_ends_takes_no_connection_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is closed while its thread's state is cleared crashes the interpreter."""
    database = open_sqlite(tmp_path / "core.db")
    migrate(database.write_engine, "core")
    opened: list[object] = []
    connect = database.read_engine.raw_connection

    def counted() -> object:
        opened.append(None)
        return connect()

    monkeypatch.setattr(database.read_engine, "raw_connection", counted)
    read = read_generations(database)
    for _ in range(10):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()

    assert len(opened) == 1
    database.dispose()
