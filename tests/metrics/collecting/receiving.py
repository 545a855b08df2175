"""A small real HTTP server that takes batches as ours will, and answers as it is told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What is said to a batch. `closes`: the connection ends instead, the batch kept or not."""

    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_s: float = 0.0
    closes: bool = False


@dataclass(frozen=True)
class Request:
    """One batch as it came. `at_s` is of the monotonic clock."""

    key: str
    body: dict[str, Any]
    path: str
    headers: dict[str, str]
    at_s: float
    connection: tuple[str, int]

    @property
    def instants(self) -> set[int]:
        return {sample["at"] for sample in self.body["samples"]}


class Receiver:
    """Takes batches on a port of its own, which stays its own while it is away."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Answer] = lambda _: Answer()
        self._tls = tls
        self._server: ThreadingHTTPServer | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://localhost:{self.port}"

    def start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._serve(self)

            def log_message(self, *_: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: object) -> None: ...

        self._server = Server(("127.0.0.1", self.port), Handler)
        if self._tls:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        if self._server is None:  # a connection that was kept while we went away
            handler.close_connection = True
            return
        length = int(handler.headers["Content-Length"])
        request = Request(
            key=handler.headers["Idempotency-Key"],
            body=json.loads(handler.rfile.read(length)),
            path=handler.path,
            headers={name.lower(): value for name, value in handler.headers.items()},
            at_s=time.monotonic(),
            connection=handler.client_address,
        )
        answer = self.answer(request)
        self.requests.append(request)
        time.sleep(answer.after_s)
        if answer.closes:
            handler.close_connection = True
            with suppress(OSError):
                handler.wfile.write(b"HTTP/1.1 2")
            return
        handler.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)


def in_turn(*answers: Answer) -> Callable[[Request], Answer]:
    """Each answer once, and the last from then on."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
