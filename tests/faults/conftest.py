"""What the tests that break things share: where a ledger lies, and servers that are always ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ledger import sqlite_url
from tests.faults.report import Notes
from tests.faults.server import Server
from tests.faults.starts import StartLog
from tests.services.postgres import PostgresServer


@dataclass(frozen=True, slots=True)
class Ground:
    """A database for servers, and a folder for what a test writes."""

    dialect: str
    folder: Path
    postgresql_url: str | None

    @property
    def url(self) -> str:
        """SQLAlchemy's URL of the ledger of the server `a`."""
        return self.postgresql_url or sqlite_url(self.folder / "a" / "autom8.db")

    @property
    def starts(self) -> StartLog:
        """The commands' own log."""
        return StartLog(self.folder / "starts")


# For what is the same on both but for the database: one of them in the ordinary suite, both with --full.
ORDINARILY_ON_SQLITE = pytest.mark.parametrize(
    "ground", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full)], indirect=True
)


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """Each database that Autom8 supports, empty."""
    if request.param == "sqlite":
        yield Ground("sqlite", tmp_path, None)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield Ground("postgresql", tmp_path, url)


@pytest.fixture
def postgresql_ground(postgres: PostgresServer, tmp_path: Path) -> Iterator[Ground]:
    """PostgreSQL, which several servers may share."""
    with postgres.database() as url:
        yield Ground("postgresql", tmp_path, url)


@pytest.fixture
def note() -> Notes:
    """Takes down what a test saw, for the published report."""
    return Notes()


@pytest.fixture
def make_server() -> Iterator[Callable[..., Server]]:
    """Makes servers on a ground, each with a data folder of its name; all are ended with the test."""
    made: list[Server] = []

    def make(ground: Ground, name: str = "a", **what: Any) -> Server:
        what.setdefault("sabotage", os.environ.get("SABOTAGE"))  # which guard is out, see test_guards
        server = Server(ground.folder / name, database_url=ground.postgresql_url, **what)
        made.append(server)
        return server

    yield make
    for server in made:
        server.close()
