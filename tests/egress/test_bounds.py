"""However the far side drags its feet or floods, an exchange ends: in time, and with few bytes held."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta

import pytest

from autom8.egress import resolver
from autom8.egress.errors import (
    EgressAnswerInvalid,
    EgressAnswerTooLarge,
    EgressError,
    EgressTimedOut,
    EgressUnreachable,
)
from autom8.egress.resolver import SystemResolver
from autom8.egress.service import Answer, Ask, Limits
from autom8.kernel.defaults import KIB, MIB
from autom8.kernel.destinations import Address
from tests.egress.far_side import Serve, endless, far_side, way_out

LIMITS = Limits(time=timedelta(seconds=1), body_bytes_max=100 * KIB)
HEAD = b"HTTP/1.1 200 OK\r\n"


def ask(serve: Serve | bytes, *, limits: Limits = LIMITS, method: str = "GET") -> Answer:
    with far_side(serve) as side:
        return way_out("127.0.0.1").ask(Ask(url=side.url, purpose="test", limits=limits, method=method))


@pytest.mark.parametrize(
    "serve",
    [
        endless(b"x", HEAD + b"Content-Length: 1000\r\n\r\n", pause_s=0.05),
        endless(b"X-More: 1\r\n", HEAD, pause_s=0.05),
        endless(b"H", b"", pause_s=0.05),
        lambda connection: connection.recv(1),
        endless(b"HTTP/1.1 100 Continue\r\n\r\n", b"", pause_s=0.05),
        endless(b"1\r\nx\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", pause_s=0.05),
    ],
    ids=["body", "headers", "status", "silence", "informational", "chunks"],
)
def test_a_far_side_that_drips_is_left_when_the_time_is_over(serve: Serve) -> None:
    """Each byte comes soon enough for a timeout of one read; all of them never end."""
    began = time.monotonic()
    with pytest.raises(EgressTimedOut):
        ask(serve)

    assert time.monotonic() - began < 3 * LIMITS.time.total_seconds()


@pytest.mark.parametrize(
    "serve",
    [
        endless(b"x" * 64 * KIB),
        endless(b"10000\r\n" + b"x" * 64 * KIB + b"\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        endless(b"1\r\nx\r\n" * 1_000, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000, b""),
        HEAD + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000,
    ],
    ids=["body", "chunks", "chunk-marks", "informational", "announced"],
)
def test_an_endless_answer_is_left_when_it_has_too_many_bytes(serve: Serve | bytes) -> None:
    with pytest.raises(EgressAnswerTooLarge):
        ask(serve, limits=Limits(time=timedelta(seconds=20), body_bytes_max=100 * KIB))


def test_endless_headers_are_left() -> None:
    with pytest.raises(EgressAnswerInvalid):
        ask(endless(b"X-More: " + b"x" * 1_000 + b"\r\n", HEAD), limits=Limits(time=timedelta(seconds=20)))


def packed(data: bytes, coding: str = "gzip") -> bytes:
    return HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def test_a_packed_answer_is_unpacked() -> None:
    assert ask(packed(gzip.compress(b"one ") + gzip.compress(b"two"))).body == b"one two"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(200 * MIB))  # a thousandth of it travels
    tracemalloc.start()
    with pytest.raises(EgressAnswerTooLarge):
        ask(packed(bomb), limits=Limits(body_bytes_max=MIB))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 * MIB


@pytest.mark.parametrize(
    "answer",
    [
        packed(gzip.compress(b"whole")[:-4]),
        packed(b"no gzip at all"),
        packed(gzip.compress(b"one") + b"and something"),
        packed(gzip.compress(gzip.compress(b"twice")), "gzip, gzip"),
        packed(b"", "br"),
    ],
    ids=["cut", "none", "trailing", "twice", "unasked"],
)
def test_a_damaged_or_unasked_packing_is_refused(answer: bytes) -> None:
    with pytest.raises(EgressAnswerInvalid):
        ask(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9\r\n",
        HEAD + b"Content-Length: 10\r\n\r\nshort",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "ssh", "short", "two-lengths", "bad-chunk"],
)
def test_what_is_not_http_is_an_error_of_ours(answer: bytes) -> None:
    with pytest.raises(EgressError) as caught:
        ask(answer)

    assert type(caught.value) in {EgressAnswerInvalid, EgressUnreachable}
    assert "SSH" not in str(caught.value)


def test_an_answer_without_a_body_may_name_a_packing() -> None:
    assert ask(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5000000\r\n\r\n", method="HEAD").body == b""


def test_nobody_there_is_an_error_of_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EgressUnreachable):
        way_out("127.0.0.1").ask(Ask(url=f"http://127.0.0.1:{port}/", purpose="test"))


def test_who_never_reads_what_is_sent_is_left_when_the_time_is_over() -> None:
    done = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def accept_and_ignore() -> None:
        connection, _ = listener.accept()
        done.wait(10)
        connection.close()

    thread = threading.Thread(target=accept_and_ignore)
    thread.start()
    try:
        with pytest.raises(EgressTimedOut):
            way_out("127.0.0.1").ask(
                Ask(
                    url=f"http://127.0.0.1:{listener.getsockname()[1]}/",
                    purpose="test",
                    method="POST",
                    body=bytes(32 * MIB),
                    limits=LIMITS,
                )
            )
    finally:
        done.set()
        thread.join()
        listener.close()


def test_a_look_up_that_hangs_is_left_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def hang(host: str) -> Sequence[Address]:
        go_on.wait(10)
        return []

    monkeypatch.setattr(resolver, "_addresses", hang)
    began = time.monotonic()
    with pytest.raises(EgressTimedOut):
        way_out(resolve=SystemResolver()).ask(Ask(url="http://slow.example/", purpose="test", limits=LIMITS))

    assert time.monotonic() - began < 3 * LIMITS.time.total_seconds()
    go_on.set()


def test_no_more_look_ups_are_left_behind_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, running, most = threading.Event(), [], [0]

    def hang(host: str) -> Sequence[Address]:
        running.append(host)
        most[0] = max(most[0], len(running))
        go_on.wait(10)
        running.pop()
        return []

    monkeypatch.setattr(resolver, "_addresses", hang)
    look_up = SystemResolver()

    def try_() -> None:
        with contextlib.suppress(EgressError):
            look_up("slow.example", timeout_s=0.5)

    threads = [threading.Thread(target=try_) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    go_on.set()

    assert most[0] == 32
