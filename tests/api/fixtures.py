"""Fixtures of the tests that ask the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from autom8.bootstrap import parts as bootstrap
from autom8.security.service import build_security
from tests.api.rig import Caller, House, Open, migrated, opened
from tests.services.postgres import PostgresServer


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed at bcrypt's least cost: these tests are not about guessing them."""
    monkeypatch.setattr(bootstrap, "build_security", partial(build_security, password_cost=4))


@pytest.fixture
def open_house(tmp_path: Path, quick_passwords: None) -> Iterator[Open]:
    """Opens houses on SQLite with the settings that are given."""
    with ExitStack() as houses:

        def open_(**settings: Any) -> House:
            home = tmp_path / f"home-{len(list(tmp_path.iterdir()))}"
            return houses.enter_context(opened(home, **settings))

        yield open_


@pytest.fixture
def house(open_house: Open) -> House:
    """A house on SQLite."""
    return open_house()


@pytest.fixture
def local(house: House) -> Caller:
    """The local operator, on SQLite: where it makes no difference which database there is."""
    return house.local


@pytest.fixture(params=["sqlite", "postgresql"])
def each_house(request: pytest.FixtureRequest, tmp_path: Path, quick_passwords: None) -> Iterator[House]:
    """A house on each database that Autom8 supports."""
    if request.param == "sqlite":
        with opened(tmp_path / "home") as house:
            yield house
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    template = server.ensure_template("api", migrated)
    with server.database(template=template) as url, opened(tmp_path / "home", url) as house:
        yield house


@pytest.fixture
def api(each_house: House) -> Caller:
    """The local operator, on each database."""
    return each_house.local
