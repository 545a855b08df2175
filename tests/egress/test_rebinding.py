"""DNS rebinding: a name that changes its address between the look that judges and the one that connects."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from autom8.egress.errors import EgressRefused
from autom8.egress.service import Ask, Limits
from tests.egress.far_side import ChangingDns, FarSide, far_side, redirect, way_out

OPEN, INSIDE = "127.0.0.2", "127.0.0.1"  # of two addresses of this machine, only one may be reached


class _Watched:
    """What this process's sockets did, by Python's own account of them."""

    def __init__(self) -> None:
        self.connects: list[object] = []
        self.look_ups: list[object] = []
        self.on = False

    def note(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event == "socket.connect":
            self.connects.append(arguments[1])
        elif self.on and event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            self.look_ups.append(arguments[0])


_watched = _Watched()
sys.addaudithook(_watched.note)  # can't be removed again, so there is one


@pytest.fixture
def watched() -> Iterator[_Watched]:
    _watched.connects, _watched.look_ups, _watched.on = [], [], True
    yield _watched
    _watched.on = False


@pytest.fixture
def trap() -> Iterator[FarSide]:
    """What the rebinding wants to reach."""
    with far_side(address=INSIDE) as side:
        yield side


@pytest.fixture
def harmless(trap: FarSide) -> Iterator[FarSide]:
    """What the name leads to at first, on the same port."""
    with far_side(address=OPEN, port=trap.port) as side:
        yield side


@pytest.fixture
def dns() -> Iterator[ChangingDns]:
    server = ChangingDns([OPEN, INSIDE])
    yield server
    server.close()


def test_a_name_is_looked_up_once_and_connected_where_it_was_judged(
    dns: ChangingDns, trap: FarSide, harmless: FarSide, watched: _Watched
) -> None:
    answer = way_out(OPEN, resolve=dns.look_up).ask(
        Ask(url=f"http://rebinding.example:{trap.port}/", purpose="test")
    )

    assert answer.body == b"ok"
    assert dns.questions == 1
    assert watched.look_ups == []
    assert watched.connects == [(OPEN, trap.port)]
    assert (harmless.connections, trap.connections) == (1, 0)
    assert b"Host: rebinding.example:" in harmless.asked[0]


def test_who_looks_twice_falls_into_the_trap(dns: ChangingDns, trap: FarSide, harmless: FarSide) -> None:
    """The attack itself, against a client that judges one look and connects by another."""
    judged = dns.look_up("rebinding.example", timeout_s=5)
    assert str(judged[0]) == OPEN

    connected = dns.look_up("rebinding.example", timeout_s=5)
    with socket.create_connection((str(connected[0]), trap.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection.recv(100)

    assert (harmless.connections, trap.connections) == (0, 1)


def test_the_next_request_is_judged_anew(dns: ChangingDns, trap: FarSide, harmless: FarSide) -> None:
    egress = way_out(OPEN, resolve=dns.look_up)
    url = f"http://rebinding.example:{trap.port}/"
    assert egress.ask(Ask(url=url, purpose="test")).status == 200

    with pytest.raises(EgressRefused):
        egress.ask(Ask(url=url, purpose="test"))

    assert trap.connections == 0


def test_a_redirect_to_the_same_name_is_looked_up_and_judged_anew(dns: ChangingDns, trap: FarSide) -> None:
    with far_side(redirect("/again"), address=OPEN, port=trap.port) as first:
        with pytest.raises(EgressRefused):
            way_out(OPEN, resolve=dns.look_up).ask(
                Ask(
                    url=f"http://rebinding.example:{trap.port}/",
                    purpose="test",
                    limits=Limits(redirects_max=5),
                )
            )

        assert dns.questions == 2
        assert (first.connections, trap.connections) == (1, 0)


def test_a_bare_connection_goes_to_the_judged_address_too(
    dns: ChangingDns, trap: FarSide, harmless: FarSide, watched: _Watched
) -> None:
    egress = way_out(OPEN, resolve=dns.look_up)

    with egress.connect("rebinding.example", trap.port, purpose="test", time=timedelta(seconds=5)) as made:
        assert made.getpeername() == (OPEN, trap.port)
        made.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert made.recv(100).startswith(b"HTTP/1.1 200")

    assert dns.questions == 1
    assert (harmless.connections, trap.connections) == (1, 0)
    assert watched.connects == [(OPEN, trap.port)]
