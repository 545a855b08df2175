"""A server says where it is once it can be asked there, and not a moment before."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autom8.bootstrap import Services, build_services
from autom8.cli.server import _Herald
from autom8.config import read_settings

WITHIN_S = 10


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = build_services(read_settings({}, {"home": str(tmp_path / "home")}))
    yield made
    made.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


def test_nothing_is_told_before_the_port_can_be_reached(
    services: Services, listener: socket.socket, capfd: pytest.CaptureFixture[str]
) -> None:
    announced = services.settings.home / "server.json"
    port = listener.getsockname()[1]
    herald = _Herald(services, port)
    herald.start()
    time.sleep(0.1)
    assert not announced.exists()

    listener.listen()
    herald.join(WITHIN_S)

    url = f"http://127.0.0.1:{port}"
    assert json.loads(announced.read_text())["url"] == url
    said = capfd.readouterr().err
    assert f"Autom8 is ready at {url}" in said
    assert f"{url}/setup?token=" in said


def test_a_server_that_stops_before_it_listens_tells_nothing(
    services: Services, listener: socket.socket
) -> None:
    herald = _Herald(services, listener.getsockname()[1])
    herald.start()

    herald.silence()
    listener.listen()

    assert not herald.is_alive()
    assert not (services.settings.home / "server.json").exists()
