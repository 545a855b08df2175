"""One HTTP exchange over one guarded connection: httpcore's protocol on a network backend of ours.

Loaded when something is asked, not at start: httpcore takes a tenth of a second. No pool: a connection
serves one exchange and is closed, so none outlives the judgement that it was made under.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import httpcore

from autom8.egress import tls
from autom8.egress.bodies import read_body
from autom8.egress.deadline import Deadline
from autom8.egress.errors import (
    EgressAnswerInvalid,
    EgressAnswerTooLarge,
    EgressError,
    EgressTimedOut,
    EgressUnreachable,
)
from autom8.egress.guard import Guard, Route
from autom8.egress.targets import Target
from autom8.kernel.defaults import KIB

_HEAD_BYTES_MAX: Final = 256 * KIB  # of status lines and headers, and of chunk marks

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What is sent to one target and how much may come back."""

    method: str
    target: Target
    headers: Headers
    body: bytes
    body_bytes_max: int
    head_is_enough: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came back, the body unpacked."""

    status: int
    headers: Headers
    body: bytes


def exchange(
    asked: Exchange, route: Route, guard: Guard, deadline: Deadline, context: ssl.SSLContext
) -> Received:
    """Send and receive once, over a new connection along `route`.

    Raises:
        EgressError: the connection, the handshake or the answer failed, or the time or the bytes ran out.
    """
    backend = _Backend(guard, route, deadline, bytes_max=asked.body_bytes_max + _HEAD_BYTES_MAX)
    target = asked.target
    origin = httpcore.Origin(target.scheme.encode(), target.host.name.encode(), target.host.port)
    request = httpcore.Request(
        asked.method,
        httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target.path.encode()),
        headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in asked.headers],
        content=asked.body,
    )
    with (
        _saying_if_sent(backend),
        _translated(target.host.name),
        httpcore.HTTPConnection(origin, ssl_context=context, network_backend=backend) as connection,
    ):
        response = connection.handle_request(request)
        try:
            headers = [
                (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers
            ]
            body = _body_of(response, headers, asked)
        finally:
            response.close()
    return Received(status=response.status, headers=headers, body=body)


def _body_of(response: httpcore.Response, headers: Headers, asked: Exchange) -> bytes:
    coding = ", ".join(value for name, value in headers if name == "content-encoding")
    chunks = cast("Iterable[bytes]", response.stream)
    try:
        return read_body(chunks, coding=coding, bytes_max=asked.body_bytes_max)
    except (EgressError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        if asked.head_is_enough:
            return b""
        raise


@contextmanager
def _translated(host: str) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise EgressTimedOut(f"{host} did not answer in time.") from error
    except httpcore.NetworkError as error:
        raise EgressUnreachable(f"The connection to {host} broke.") from error
    except httpcore.ProtocolError as error:
        raise EgressAnswerInvalid(f"The answer of {host} is not HTTP.") from error


@contextmanager
def _saying_if_sent(backend: _Backend) -> Iterator[None]:
    try:
        yield
    except EgressError as error:
        error.sent = backend.sent
        raise


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the whole exchange's time, and whose bytes are counted."""

    def __init__(
        self,
        connection: Any,
        deadline: Deadline,
        *,
        host: str,
        bytes_max: int,
        wrote: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._wrote = wrote
        self._deadline = deadline
        self._host = host
        self._bytes_left = bytes_max

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._connection.settimeout(self._deadline.left_s(most_s=timeout))
        try:
            data: bytes = self._connection.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:
            raise httpcore.ReadError from error
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise EgressAnswerTooLarge(f"{self._host} sends more bytes than are taken.")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = memoryview(buffer)
        while left:
            self._connection.settimeout(self._deadline.left_s(most_s=timeout))
            try:
                left = left[self._connection.send(left) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout from error
            except OSError as error:
                raise httpcore.WriteError from error
            self._wrote()

    def close(self) -> None:
        self._connection.close()

    def start_tls(self, ssl_context: ssl.SSLContext, *_: Any, **__: Any) -> httpcore.NetworkStream:
        try:
            self._connection.settimeout(self._deadline.left_s())
            secured = ssl_context.wrap_socket(self._connection, server_hostname=self._host)
        except TimeoutError as error:
            self.close()
            raise EgressTimedOut(f"{self._host} did not finish the TLS handshake in time.") from error
        except OSError as error:
            self.close()
            raise tls.failed(self._host, error) from error
        return _Stream(
            secured, self._deadline, host=self._host, bytes_max=self._bytes_left, wrote=self._wrote
        )

    def get_extra_info(self, *_: Any) -> Any:
        return None  # nothing that the protocol needs: HTTP/1.1, one exchange


class _Backend(httpcore.NetworkBackend):
    """Connects to the judged addresses, whatever host the protocol above names."""

    def __init__(self, guard: Guard, route: Route, deadline: Deadline, *, bytes_max: int) -> None:
        self._guard = guard
        self._route = route
        self._deadline = deadline
        self._bytes_max = bytes_max
        self.sent = False

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        connection = self._guard.connect(self._route, self._deadline)
        return _Stream(
            connection,
            self._deadline,
            host=self._route.host,
            bytes_max=self._bytes_max,
            wrote=self._note_sent,
        )

    def _note_sent(self) -> None:
        self.sent = True
