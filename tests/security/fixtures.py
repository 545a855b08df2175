"""A migrated database, once SQLite and once PostgreSQL, and the house that stands on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autom8.kernel.vocabulary import Role
from autom8.security.views import UserView
from tests.security.house import House, another_house, empty, prepare
from tests.services.postgres import PostgresServer


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("security") / "migrated.db"
    prepare(f"sqlite+pysqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path / "autom8.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite+pysqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.url(server.ensure_template("security", prepare))
    empty(url)
    yield url


@pytest.fixture
def house(migrated_url: str) -> Iterator[House]:
    with another_house(migrated_url) as house:
        yield house


@pytest.fixture
def other_house(migrated_url: str) -> Iterator[House]:
    with another_house(migrated_url) as house:
        yield house


@pytest.fixture
def ada(house: House) -> UserView:
    """An administrator."""
    return house.add("Ada", Role.ADMIN)


@pytest.fixture
def bob(house: House, ada: UserView) -> UserView:
    """A viewer."""
    return house.add("Bob", Role.VIEWER)
