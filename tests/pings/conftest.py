"""A real server that is pinged, on each database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import Server
from tests.services.postgres import PostgresServer

Json = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A job that runs elsewhere: where it pings, and what the server knows of it."""

    server: Server
    id: int
    url: str

    @property
    def key(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def service(self) -> str:
        """What comes before the key, as clients are given the address of their Healthchecks."""
        return self.url.rpartition("/")[0]

    def pings(self) -> list[Json]:
        """Its pings, the earliest first, each with its body."""
        items = self.server.ask("GET", f"/checks/{self.id}/pings?order=id")["items"]
        return [self.server.ask("GET", f"/checks/{self.id}/pings/{each['id']}") for each in items]

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.pings()]

    def state(self) -> str:
        return str(self.server.ask("GET", f"/checks/{self.id}")["state"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("pinged")
    if request.param == "sqlite":
        yield from _running(Server(folder / "a"))
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    with postgres.database() as url:
        yield from _running(Server(folder / "a", database_url=url))


def _running(server: Server) -> Iterator[Server]:
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def job(server: Server, request: pytest.FixtureRequest) -> Job:
    check = server.ask("POST", "/checks", {"name": request.node.name[:100], "tags": ["elsewhere"]})
    return Job(server, check["id"], check["url"])


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., str]:
    """Runs a job that is written in Python, as a process of its own; what it printed."""

    def run(script: str, *arguments: str) -> str:
        path = tmp_path / "job.py"
        path.write_text(script, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(path), *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert not done.returncode, done.stderr
        return done.stdout + done.stderr

    return run
