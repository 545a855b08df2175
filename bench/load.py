"""Load on one address over kept connections: by wrk where it is installed, else by a loop of our own.

The loop is `python -m bench.load`, a process apart so that it can be pinned to a core. It takes more CPU than
wrk does; figures of CPU a request are the server's alone and stay the same.
"""

from __future__ import annotations

import json
import re
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.processes import pinned

CONNECTIONS = 8
CORE = 1
RECEIVE_BYTES = 262_144


class BadAnswer(RuntimeError):
    """The server did not answer as it should under load."""


def tool(seconds: float) -> str:
    """By what requests are made here for this long: wrk knows no parts of a second."""
    if seconds < 1:
        return "a loop of our own, so short that wrk can't"
    return "wrk" if shutil.which("wrk") else "a loop of our own, since wrk is not installed"


def make_requests(port: int, path: str, *, headers: Mapping[str, str], seconds: float) -> int:
    """Ask as often as the server lets us; the number of its answers.

    Raises:
        BadAnswer: one of them was an error.
    """
    with pinned(CORE):
        if tool(seconds) == "wrk":
            return _wrk(port, path, headers=headers, seconds=seconds)
        argv = [sys.executable, "-m", "bench.load", str(port), path, json.dumps(dict(headers)), str(seconds)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadAnswer(done.stderr[-500:])
    return int(done.stdout)


def _wrk(port: int, path: str, *, headers: Mapping[str, str], seconds: float) -> int:
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    argv = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{round(seconds)}s", "--timeout", "10s", *words]
    done = subprocess.run(
        [*argv, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    )
    if refused := re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout):
        raise BadAnswer(f"{path}: {refused[1]} answers were errors")
    answered = re.search(r"(\d+) requests in", done.stdout)
    if answered is None:
        raise BadAnswer(done.stdout)
    return int(answered[1])


@dataclass(slots=True)
class _Connection:
    """One kept connection: its answer so far, and how much of it is still to come."""

    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)

    def ask(self, request: bytes) -> None:
        self.received.clear()
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Take what is there; whether the answer is whole."""
        part = self.socket.recv(RECEIVE_BYTES)
        if not part:
            raise BadAnswer("the server closed a connection")
        self.received += part
        head, gap, body = bytes(self.received).partition(b"\r\n\r\n")
        if not gap:
            return False
        status = int(head[9:12])
        if status >= 400:
            raise BadAnswer(f"status {status}: {body[:200]!r}")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        return status == 304 or len(body) >= int(length[1] if length else 0)


def run_loop(port: int, path: str, *, headers: Mapping[str, str], seconds: float) -> int:
    """Ask in this process, one thread for all connections; the number of answers."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    answers = 0
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(socket.create_connection(("127.0.0.1", port))) for _ in range(CONNECTIONS)]
        for each in connections:
            selector.register(each.socket, selectors.EVENT_READ, each)
            each.ask(request)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in selector.select(timeout=1):
                if key.data.answered():
                    answers += 1
                    key.data.ask(request)
        for each in connections:
            each.socket.close()
    return answers


if __name__ == "__main__":
    print(
        run_loop(int(sys.argv[1]), sys.argv[2], headers=json.loads(sys.argv[3]), seconds=float(sys.argv[4]))
    )
