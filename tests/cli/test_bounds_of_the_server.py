"""What the real server makes of requests out of all bounds, before our code sees them and after."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.server import Server

LINE = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n"
CLOSES_WITHIN_S = 25  # 15, and a busy machine


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where a server listens."""
    server = Server(home=tmp_path_factory.mktemp("bounds") / "home")
    try:
        yield int(server.start().url.rpartition(":")[2])
    finally:
        server.close()


def send(port: int, text: str) -> tuple[int, str]:
    """The status and the body of the answer to this text."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was taken
            connection.sendall(text.encode())
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            size = 0
            while line := answer.readline().strip().lower():
                size = int(line.partition(b":")[2]) if line.startswith(b"content-length:") else size
            return status, answer.read(size).decode()


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (LINE + "\r\n", 200, None),
        (LINE + f"X: {'a' * 15_000}\r\n\r\n", 200, None),
        (LINE + f"X: {'a' * 17_000}\r\n\r\n", 431, "headers_too_large"),
        (LINE + f"X: {'a' * 1_000_000}\r\n\r\n", 431, None),  # granian's own answer, without words
        (LINE + "".join(f"X-{n}: a\r\n" for n in range(90)) + "\r\n", 200, None),
        (LINE + "".join(f"X-{n}: a\r\n" for n in range(10_000)) + "\r\n", 431, None),
        (f"GET /api/v1/health?q={'a' * 8_000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "invalid"),
        (f"GET /{'a' * 9_000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "address_too_long"),
        (f"GET /{'a' * 100_000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 431, None),
    ],
    ids=[
        "plain",
        "15 kB",
        "17 kB",
        "1 MB",
        "90 headers",
        "10,000 headers",
        "address of 8 kB",
        "address of 9 kB",
        "address of 100 kB",
    ],
)
def test_headers_and_addresses_are_bounded(port: int, text: str, status: int, code: str | None) -> None:
    answered, body = send(port, text)

    assert answered == status
    assert (json.loads(body).get("code") if body else None) == code


def test_hundreds_of_connections_that_say_nothing_hold_nobody_up(port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(300)]
    for number, each in enumerate(silent):
        if number % 2:
            each.sendall(LINE.encode() + b"X-Slow: ")
    try:
        began = time.monotonic()
        assert send(port, LINE + "\r\n")[0] == 200
        assert time.monotonic() - began < 10  # they are let go of after 15
    finally:
        for each in silent:
            each.close()


def test_http_2_is_not_spoken(port: int) -> None:
    """Its headers and streams would need bounds of their own; the proxy in front speaks it."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert not connection.recv(100).startswith(b"\x00")


@pytest.mark.full
@pytest.mark.parametrize("said", [b"", LINE.encode(), LINE.encode() + b"X-Slow: a"])
def test_headers_that_do_not_come_in_time_end_the_connection(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=CLOSES_WITHIN_S) as connection:
        connection.sendall(said)
        while connection.recv(1_000):
            pass
