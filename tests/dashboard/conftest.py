"""What the page's tests share: a server with one user of each role, and people at its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from autom8.dashboard.assets import BUILT
from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer, running

USERS = {"mara": "admin", "olu": "operator", "vic": "viewer"}

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def built() -> Path:
    """Where the built page lies."""
    if not (BUILT / "index.html").exists():
        pytest.skip("the page was not built (npm's registry could not be reached)")
    return BUILT


@pytest.fixture(scope="session")
def server(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with mara (admin), olu (operator) and vic (viewer), shared by the tests of this process."""
    with running(tmp_path_factory.mktemp("home")) as server:
        for name, role in USERS.items():
            server.add_user(name, role)
        yield server


@pytest.fixture
def fresh_server(built: Path, tmp_path: Path) -> Iterator[RunningServer]:
    """A server on which nobody has an account yet."""
    with running(tmp_path / "home") as server:
        yield server


@pytest.fixture
def stranger(server: RunningServer, page: Page) -> Person:
    """Somebody who has not signed in."""
    return Person(page, server.url)


@pytest.fixture
def mara(stranger: Person) -> Person:
    return stranger.signed_in("mara")


@pytest.fixture
def olu(stranger: Person) -> Person:
    return stranger.signed_in("olu")


@pytest.fixture
def vic(stranger: Person) -> Person:
    return stranger.signed_in("vic")


@pytest.fixture
def at_phone(browser: Browser, server: RunningServer) -> Iterator[Person]:
    """mara with a phone of the narrowest width that we promise."""
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, timezone_id="Europe/Berlin"
    )
    yield Person(context.new_page(), server.url).signed_in("mara")
    context.close()
