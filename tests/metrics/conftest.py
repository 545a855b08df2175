"""Fixture: the time-series database, on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from autom8.persistence.engines import Database, open_postgresql, open_sqlite
from autom8.persistence.migrate import migrate


@pytest.fixture
def series(database_url: str) -> Iterator[Database]:
    """An empty time-series database."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        assert url.database is not None
        database = open_sqlite(Path(url.database), synchronous="NORMAL")
    else:
        database = open_postgresql(database_url)
    migrate(database.write_engine, "series")
    yield database
    database.dispose()
