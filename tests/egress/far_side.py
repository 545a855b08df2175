"""The far side of a connection: a little server that does what a test says, on loopback, and a little DNS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from autom8.egress.policy import Policy
from autom8.egress.resolver import Resolve
from autom8.egress.service import Egress, build_egress
from autom8.kernel.clock import SystemClock
from autom8.kernel.destinations import Address, Destination
from autom8.kernel.events import OutgoingRefused

Serve = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class FarSide:
    """A server on one address: what it was asked, by whom and how often."""

    address: str
    port: int
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}/"


@contextmanager
def far_side(
    serve: Serve | bytes = OK,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    context: ssl.SSLContext | None = None,
    reads: bool = True,
) -> Iterator[FarSide]:
    """A server that answers each request with `serve`, or lets it do as it likes with the connection.

    With `reads` off it begins to speak before it is asked.
    """
    listener = socket.create_server((address, port))
    side = FarSide(address, listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def handle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:  # the near side hangs up whenever it likes
            connection.settimeout(10)
            spoken = connection if context is None else context.wrap_socket(connection, server_side=True)
            with spoken:
                if reads:
                    side.asked.append(read_request(spoken))
                if callable(serve):
                    serve(spoken)
                else:
                    spoken.sendall(serve)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            side.connections += 1
            threads.append(threading.Thread(target=handle, args=(connection,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield side
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(10)
        for thread in threads:
            thread.join(15)


def read_request(connection: socket.socket) -> bytes:
    """One request, with as much body as it announces."""
    said = b""
    while b"\r\n\r\n" not in said:
        more = connection.recv(65_536)
        if not more:
            return said
        said += more
    head, _, body = said.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    """An answer that sends on."""
    return f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def endless(piece: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n", *, pause_s: float = 0) -> Serve:
    """Sends its piece again and again, until the near side hangs up."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(pause_s)

    return serve


@dataclass
class Names:
    """A resolver whose names are a test's; it notes what it was asked."""

    known: Mapping[str, Sequence[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, *, timeout_s: float) -> Sequence[Address]:
        from ipaddress import ip_address

        self.asked.append(host)
        return [ip_address(each) for each in self.known.get(host, ())]


def way_out(
    *allow: str, resolve: Resolve | None = None, heard: list[OutgoingRefused] | None = None
) -> Egress:
    """A way out that lets through what is public, and `allow`."""
    listed = [Destination.read(each) for each in allow]
    told = heard if heard is not None else []
    return build_egress(Policy(listed), clock=SystemClock(), refused=told.append, resolve=resolve)


class ChangingDns:
    """A DNS server on loopback that answers each question with the next address of its list, TTL 0."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.questions = 0
        self._answers = [IPv4Address(each).packed for each in answers]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def look_up(self, host: str, *, timeout_s: float) -> Sequence[Address]:
        """Ask it over the wire, as a resolver without a cache does."""
        labels = b"".join(bytes([len(each)]) + each.encode() for each in host.split("."))
        question = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(timeout_s)
            asking.sendto(question, self._socket.getsockname())
            answer = asking.recv(512)
        return [IPv4Address(answer[-4:])]

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, asker = self._socket.recvfrom(512)
            if not question:
                return
            address = self._answers[min(self.questions, len(self._answers) - 1)]
            self.questions += 1
            head = question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)
            record = struct.pack("!HHHIH", 0xC00C, 1, 1, 0, 4) + address
            self._socket.sendto(head + question[12:] + record, asker)
