"""A real `autom8 up` as processes of its own: started, asked, killed, frozen, stopped.

Owns every process that it started, down to the commands, and ends them all. Knows nothing of what a test
expects of them.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
READY_S_MAX = 40.0
SETTINGS = {
    "AUTOM8_REQUESTS_PER_MINUTE": "1000000",
    "AUTOM8_STOP_GRACE_S": "2",
}


def wait_until(true: Callable[[], object], *, within_s: float, what: str) -> float:
    """Wait until something is so; the seconds that it took.

    Raises:
        AssertionError: it was not so in time.
    """
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, f"not within {within_s:.0f} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass(slots=True)
class Server:
    """One server on one data folder; may be started again and again."""

    home: Path
    database_url: str | None = None  # None: SQLite in the data folder
    env: Mapping[str, str] = field(default_factory=dict)
    sabotage: str | None = None  # which guard is taken out, see `sabotage`
    wrapper: Sequence[str] = ()  # words before the command, as `faketime`
    port: int = 0
    home_given: Path | None = None  # the data folder as the server sees it, where that is another path
    process: subprocess.Popen[bytes] | None = None
    workers: set[int] = field(default_factory=set)  # the pid of each worker process that was ever seen
    _seen: set[psutil.Process] = field(default_factory=set)

    def start(self) -> Server:
        """Start it, and wait until it answers."""
        return self.launch().await_ready()

    def launch(self) -> Server:
        """Start it, and do not wait."""
        assert self.process is None or self.process.poll() is not None, "it runs already"
        program = ["autom8.cli.main"] if self.sabotage is None else ["tests.faults.sabotage", self.sabotage]
        argv = [
            sys.executable,
            "-m",
            *program,
            "up",
            "--port",
            str(self.port),
            "--data",
            str(self.home_given or self.home),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, *argv],
                cwd=ROOT,
                env={**os.environ, **SETTINGS, **self._database(), **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at pytest is ours to pass on
            )
        return self

    def await_ready(self) -> Server:
        """Wait until it answers and a worker of this very start has said so."""
        wait_until(self._answers, within_s=READY_S_MAX, what=f"a server that answers\n{self.said()[-2000:]}")
        return self

    def said(self) -> str:
        """All that it printed, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def log(self) -> Path:
        return self.home.with_suffix(".log")

    @property
    def url(self) -> str:
        """Where it listens, as it has announced it."""
        return str(self._announced()["url"])

    @property
    def worker(self) -> int:
        """The pid of the worker process that has announced itself last."""
        return int(self._announced()["pid"])

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """One request as the local administrator; the answer's JSON.

        Raises:
            AssertionError: the answer is an error.
        """
        status, answer = self.request(method, path, body, **headers)
        assert status < 400, f"{method} {path}: {status} {answer}"
        return answer

    def insist(self, method: str, path: str, body: object = None, *, within_s: float = 20) -> Any:
        """As `ask`, repeated under one idempotency key while the database is away, as a program does it.

        Raises:
            AssertionError: the answer is another error, or the database stayed away.
        """
        again, until = {"Idempotency-Key": secrets.token_urlsafe(16)}, time.monotonic() + within_s
        while True:
            status, answer = self.request(method, path, body, **again)
            if status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > until:
                break
            time.sleep(0.2)
        assert status < 400, f"{method} {path}: {status} {answer}"
        return answer

    def request(
        self, method: str, path: str, body: object = None, *, api: str = "/api/v1", **headers: str
    ) -> tuple[int, Any]:
        """One request; its status and JSON."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=15)
        with contextlib.closing(connection):
            token = (self.home / "local.token").read_text().strip()
            given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            data = None if body is None else json.dumps(body)
            connection.request(method, f"{api}{path}", data, given | headers)
            answer = connection.getresponse()
            text = answer.read()
        return answer.status, json.loads(text) if text else None

    def tree(self) -> list[psutil.Process]:
        """The parent, its worker, and the commands that still stand below them."""
        assert self.process is not None
        roots = [self.process.pid, *self.workers]
        found: dict[int, psutil.Process] = {}
        for pid in roots:
            with contextlib.suppress(psutil.NoSuchProcess):
                root = psutil.Process(pid)
                found |= {each.pid: each for each in [root, *root.children(recursive=True)]}
        self._seen |= set(found.values())
        return list(found.values())

    def kill_parent(self) -> None:
        """kill -9 of the process that was started; its worker has to notice."""
        assert self.process is not None
        self._seen |= set(self.tree())
        self.process.kill()
        self.process.wait()

    def kill_worker(self) -> None:
        """kill -9 of the worker process alone; the parent has to start another."""
        self._seen |= set(self.tree())
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.worker, signal.SIGKILL)

    def kill_all(self) -> None:
        """kill -9 of everything, commands too, as when the machine loses its power."""
        assert self.process is not None
        _signal_all(self.tree, signal.SIGKILL)
        self.process.wait()

    def freeze(self, *, commands: bool = True) -> None:
        """SIGSTOP everything, as when the machine is suspended; or the server alone: its commands go on."""
        assert self.process is not None
        own = {self.process.pid, self.worker}
        _signal_all(lambda: [each for each in self.tree() if commands or each.pid in own], signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT everything that `freeze` has stopped."""
        for each in reversed(
            self.tree()
        ):  # the commands first: what a waking worker does to them must come after
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGCONT)

    def terminate(self, number: signal.Signals = signal.SIGTERM, *, within_s: float = 30.0) -> int:
        """Ask it to stop, and wait; its exit status."""
        assert self.process is not None
        self.tree()
        self.process.send_signal(number)
        return self.process.wait(within_s)

    def close(self) -> None:
        """End all that was ever started here, whatever state it is in."""
        if self.process is None:
            return
        _signal_all(self.tree, signal.SIGKILL)
        for each in self._seen:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()  # psutil knows a pid that was given again
        self.process.wait()

    def _database(self) -> dict[str, str]:
        return {} if self.database_url is None else {"AUTOM8_DATABASE_URL": self.database_url}

    def _announced(self) -> dict[str, Any]:
        announced: dict[str, Any] = json.loads((self.home / "server.json").read_text())
        self.workers.add(int(announced["pid"]))
        return announced

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.said()[-2000:]}"
        try:
            with contextlib.suppress(psutil.NoSuchProcess):
                below = {each.pid for each in psutil.Process(self.process.pid).children(recursive=True)}
                return self.worker in below and self.request("GET", "/health")[0] == 200
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            pass
        return False


def _signal_all(who: Callable[[], Iterable[psutil.Process]], number: signal.Signals) -> None:
    """Signal a tree from its top until nothing new is found in it: what a process forked meanwhile too."""
    done: set[psutil.Process] = set()
    while fresh := [each for each in who() if each not in done]:
        for each in fresh:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(number)
        done |= set(fresh)


def living(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those of these processes that still run; a zombie has ended, whether or not somebody reaps it."""
    alive = []
    for each in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if each.status() != psutil.STATUS_ZOMBIE and each.is_running():
                alive.append(each)
    return alive
