"""The load loop of our own, which stands in where wrk is not installed."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import pytest

from bench import hello, load
from bench.server import free_port, listening


@pytest.fixture
def greeter() -> Iterator[int]:
    port = free_port()
    argv = [sys.executable, "-m", "bench.hello", str(port), "1"]
    with listening(argv, port=port, path=hello.PATH, env=os.environ):
        yield port


def test_without_wrk_a_loop_of_our_own_makes_the_requests(
    greeter: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert "not installed" in load.tool(1)
    assert load.make_requests(greeter, hello.PATH, headers={"X-Any": "thing"}, seconds=1) > 1
    with pytest.raises(load.BadAnswer, match="404"):
        load.make_requests(greeter, "/nowhere", headers={}, seconds=1)


def test_a_server_that_does_not_start_is_told_with_its_own_words() -> None:
    argv = [sys.executable, "-c", "raise SystemExit('no such luck')"]

    with (
        pytest.raises(RuntimeError, match="no such luck"),
        listening(argv, port=free_port(), path="/", env=os.environ),
    ):
        pass
