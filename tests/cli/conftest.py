"""What the CLI's tests share: a server that speaks the contract, an empty machine, and the command."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autom8.cli.main import main
from tests.cli.command import Cli, Outcome
from tests.cli.contract_server import ContractServer


@pytest.fixture(autouse=True)
def _empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody is logged in, no server is named, and the wall clock is far from UTC."""
    for name in ("AUTOM8_URL", "AUTOM8_TOKEN", "AUTOM8_TOKEN_FILE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("AUTOM8_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.MonkeyPatch.context() as zone:
        zone.setenv("TZ", "Pacific/Chatham")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def server() -> Iterator[ContractServer]:
    with ContractServer().running() as running:
        yield running


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command with this much on stdin, in this process."""

    def run(*words: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = main(list(words))
        written = capsys.readouterr()
        return Outcome(int(code), written.out, written.err)

    return run


@pytest.fixture
def here(server: ContractServer, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The same, with the server named in the environment."""
    monkeypatch.setenv("AUTOM8_URL", server.url)
    monkeypatch.setenv("AUTOM8_TOKEN", server.token)
    return cli


@pytest.fixture
def as_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to make stdout and stderr pass for a terminal with colours."""

    def pretend() -> None:
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    return pretend
