"""A real `autom8 up` in a folder of its own, and the few words of its API that the page's tests need."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

START_WITHIN_S = 30
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class RunningServer:
    """Where it listens, the setup link that it printed, and how its operator speaks to it."""

    url: str
    setup_link: str
    token: str
    process: subprocess.Popen[str]

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._ask("POST", path, body or {})

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        etag = self._open("GET", path, None)[1]["ETag"]
        return self._ask("PATCH", path, body, {"If-Match": etag})

    def add_user(self, name: str, role: str) -> None:
        self.post("/users", {"name": name, "password": PASSWORD, "role": role})

    def add_task(self, name: str, *command: str, **settings: Any) -> Any:
        return self.post("/tasks", {"name": name, "command": command or ["true"], **settings})

    def add_line(self, name: str, line: str, **settings: Any) -> Any:
        """A task whose command is a line for the shell."""
        return self.add_task(name, line, **{"shell": "/bin/sh", **settings})

    def run_to_end(self, task: Any) -> Any:
        """Run a task by hand; the run, once it has ended."""
        run = self.post(f"/tasks/{task['id']}/run")
        end = time.monotonic() + START_WITHIN_S
        while run["ended_at"] is None:
            assert time.monotonic() < end, f"the run did not end: {run}"
            time.sleep(0.1)
            run = self.get(f"/runs/{run['id']}")
        return run

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        text = self._open(method, path, body, headers)[0]
        return json.loads(text) if text else None

    def _open(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        request = Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )
        with urlopen(request, timeout=10) as answer:
            return answer.read(), answer.headers


@contextmanager
def running(
    home: Path, *, port: int = 0, fresh: bool = True, settings: Mapping[str, str] | None = None
) -> Iterator[RunningServer]:
    """`autom8 up` for as long as the block lasts; many requests a minute are allowed.

    A `fresh` one prints a setup link, which is waited for; one with users does not.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "autom8.cli.main", "up", "--port", str(port), "--data", str(home)],
        env={
            **os.environ,
            "AUTOM8_REQUESTS_PER_MINUTE": "100000",
            "AUTOM8_STOP_GRACE_S": "1",
            **(settings or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    killer = threading.Timer(START_WITHIN_S, process.kill)
    killer.start()
    reading = threading.Thread(target=process.stdout.read, daemon=True)  # else a full pipe would stop it
    try:
        setup_link = _read_until(r"(http://\S+/setup\?token=\S+)", process.stdout) if fresh else ""
        url = setup_link.partition("/setup")[0] or _read_until(r"ready at (http://\S+)", process.stdout)
        killer.cancel()
        reading.start()
        _wait_for_answer(url)
        yield RunningServer(url, setup_link, (home / "local.token").read_text().strip(), process)
    finally:
        killer.cancel()
        process.terminate()
        try:
            process.wait(START_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()  # its worker ends with it
            raise
        if reading.ident is not None:
            reading.join()
        process.stdout.close()


def _wait_for_answer(url: str) -> None:
    end = time.monotonic() + START_WITHIN_S
    while True:
        try:
            with urlopen(f"{url}/api/v1/health", timeout=10):
                return
        except URLError:
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.1)


def _read_until(pattern: str, lines: Iterable[str]) -> str:
    said: list[str] = []
    for line in lines:
        said.append(line)
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError(f"the server did not start:\n{''.join(said)}")
