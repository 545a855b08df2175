"""The command, and a house whose API listens on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.api.rig import House, opened
from tests.cli.command import Cli


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path / "home") as house:
        yield house


@pytest.fixture
def here(house: House, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """The command, and a house whose API listens on this machine."""
    server = make_server("127.0.0.1", 0, house.client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AUTOM8_URL", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("AUTOM8_TOKEN", house.local.headers["Authorization"].removeprefix("Bearer "))
    yield cli
    server.shutdown()
    thread.join()
    server.server_close()
