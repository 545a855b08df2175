"""The databases that are measured: SQLite in the data folder, and a PostgreSQL of our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.services.postgres import SETTINGS, running_postgres

# Tests do without what only a power cut would show; a figure must not.
_DURABLE = {"fsync": "on", "full_page_writes": "on"}


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    """The URL for AUTOM8_DATABASE_URL: None for `sqlite`, an empty database's for `postgresql`."""
    if kind == "sqlite":
        yield None
        return
    with running_postgres(settings=SETTINGS | _DURABLE) as server, server.database() as url:
        yield url
