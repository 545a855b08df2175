"""A real `autom8 up` to be measured: started, asked, and stopped.

Owns the processes that it starts. Knows no figure.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

START_S_MAX = 60.0
ASK_EVERY_S = 0.01
AUTOM8 = (sys.executable, "-m", "autom8.cli.main")
SETTINGS = {"AUTOM8_REQUESTS_PER_MINUTE": "1000000"}
HEALTH = "/api/v1/health"


@dataclass(frozen=True, slots=True)
class Server:
    """One that answers; `start_s` after it was asked to start."""

    pid: int
    port: int
    token: str
    start_s: float

    def get(self, path: str) -> Any:
        """The answer's JSON."""
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer's JSON."""
        return self._ask("POST", path, json.dumps(body))

    def headers(self, path: str) -> Mapping[str, str]:
        """The answer's headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=self.authorization)
            answer = connection.getresponse()
            answer.read()
            return dict(answer.getheaders())

    @property
    def authorization(self) -> dict[str, str]:
        """What shows that we are the operator of this machine."""
        return {"Authorization": f"Bearer {self.token}"}

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            headers = {**self.authorization, "Content-Type": "application/json"}
            connection.request(method, f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text) if text else None


@contextlib.contextmanager
def running(home: Path, *, database_url: str | None = None, **settings: str) -> Iterator[Server]:
    """`autom8 up` for as long as the block lasts; `settings` by their names in the environment."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("AUTOM8_")}
    env |= SETTINGS | settings
    if database_url is not None:
        env["AUTOM8_DATABASE_URL"] = database_url
    argv = [*AUTOM8, "up", "--port", str(port), "--data", str(home)]
    with listening(argv, port=port, path=HEALTH, env=env) as (pid, start_s):
        token = (home / "local.token").read_text(encoding="ascii").strip()
        yield Server(pid, port, token, start_s)


@contextlib.contextmanager
def listening(
    argv: list[str], *, port: int, path: str, env: Mapping[str, str]
) -> Iterator[tuple[int, float]]:
    """A server's pid, and the seconds until it first answered `path`; it ends with the block.

    Raises:
        RuntimeError: it does not answer; with what it said.
    """
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen(
            argv, env=dict(env), stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        try:
            while not _answers(port, path):
                if process.poll() is not None or time.monotonic() - began > START_S_MAX:
                    raise RuntimeError(f"{argv[:3]} does not answer: {_end_of(said)}")
                time.sleep(ASK_EVERY_S)
            yield process.pid, time.monotonic() - began
            if process.poll() is not None:
                raise RuntimeError(f"{argv[:3]} has died: {_end_of(said)}")
        except (OSError, http.client.HTTPException) as error:
            raise RuntimeError(f"{argv[:3]} does not answer any more: {_end_of(said)}") from error
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _end_of(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read()[-2000:].decode(errors="replace")


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """An empty data folder, removed in the end."""
    with tempfile.TemporaryDirectory(prefix="autom8-bench-") as name:
        home = Path(name) / "home"
        home.mkdir(mode=0o700)
        yield home


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False
