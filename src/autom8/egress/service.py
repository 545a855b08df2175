"""What may be asked of the one way out: an HTTP exchange, or a bare connection for another protocol."""

from __future__ import annotations

import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from autom8.egress import tls
from autom8.egress.bodies import ACCEPTED
from autom8.egress.deadline import Deadline
from autom8.egress.errors import (
    EgressAnswerInvalid,
    EgressRefused,
    EgressRequestInvalid,
    EgressTimedOut,
    EgressTooManyRedirects,
)
from autom8.egress.guard import Guard
from autom8.egress.policy import Policy
from autom8.egress.resolver import Resolve, SystemResolver
from autom8.egress.targets import Host, Target
from autom8.kernel.clock import Clock
from autom8.kernel.defaults import MIB
from autom8.kernel.events import OutgoingRefused

if TYPE_CHECKING:
    from autom8.egress.wire import Received

log = logging.getLogger(__name__)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}", re.ASCII)
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8192}")
# Framing and the connection are ours to say: what a caller put there would smuggle a second request.
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    },
)
_TAKEN_TO_ANOTHER_ORIGIN: Final = frozenset({"accept", "accept-language", "user-agent"})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER: Final = 303
_TURNED_INTO_GET: Final = frozenset({301, 302})  # for POST, as browsers and RFC 9110 have it
_ABOUT_THE_BODY: Final = frozenset({"content-type", "content-encoding", "content-language"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long all of it may take, redirects included, and how much may come back.

    No redirect is followed unless asked for: without, its answer is the answer. `head_is_enough`: once the
    status has come, a body that is too large, too late or broken is taken as none.
    """

    time: timedelta = timedelta(seconds=30)
    body_bytes_max: int = MIB
    redirects_max: int = 0
    head_is_enough: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. `purpose` is a word for logs and events: which part of Autom8 asks."""

    url: str
    purpose: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back in the end. Header names are in lower case; `url` is the last that was asked."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes = field(repr=False)
    url: str

    def header(self, name: str) -> str | None:
        """The first header of this name, given in lower case."""
        return next((value for each, value in self.headers if each == name), None)


class Egress:
    """The guarded way out of one process. Safe for any number of threads.

    `refused` hears of each connection that is not made, once it is logged.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        clock: Clock,
        refused: Callable[[OutgoingRefused], None],
        ca_file: Path | None = None,
    ) -> None:
        self._guard = guard
        self._monotonic = clock.monotonic
        self._refused = refused
        self._ca_file = ca_file

    def ask(self, ask: Ask) -> Answer:
        """Send a request and read its whole answer, each redirect judged anew from the start.

        No proxy, cookie or credential of the machine is used. Credentials and bodies go to one origin only.

        Raises:
            EgressRefused: a host, or one that it redirects to, must not be reached.
            EgressRequestInvalid: the URL, the method or a header can't be sent.
            EgressError: it failed; `permanent` says whether another try may help.
        """
        _refuse_unsendable(ask)
        deadline = Deadline.after(ask.limits.time, self._monotonic)
        with self._telling(ask.purpose):
            for _ in range(ask.limits.redirects_max + 1):
                target = Target.of(ask.url)
                received = self._exchange(ask, target, deadline)
                onward = _onward(ask, target, received)
                if onward is None:
                    return Answer(
                        status=received.status, headers=received.headers, body=received.body, url=str(target)
                    )
                ask = onward
        raise EgressTooManyRedirects("It redirects too often.")

    def connect(self, host: str, port: int, *, purpose: str, time: timedelta) -> socket.socket:
        """A TCP connection to the very address that was judged; its timeout is what is left of `time`.

        For TLS, wrap it by `secure`: the address says nothing about who is there.

        Raises:
            EgressRefused: it must not be reached.
            EgressError: there is no such host, or nobody took the connection in time.
        """
        deadline = Deadline.after(time, self._monotonic)
        with self._telling(purpose):
            route = self._guard.admit(Host.of(host, port), deadline)
        connection = self._guard.connect(route, deadline)
        connection.settimeout(deadline.left_s())
        return connection

    def secure(self, connection: socket.socket, host: str) -> ssl.SSLSocket:
        """The same connection under TLS 1.2 or newer, the far side proven to be `host`.

        Raises:
            EgressTlsFailed: it is not, or speaks no such TLS; the connection is closed.
            EgressTimedOut: the handshake took longer than the connection's timeout.
        """
        name = Host.of(host, 1).name
        try:
            return self._tls.wrap_socket(connection, server_hostname=name)
        except TimeoutError as error:
            connection.close()
            raise EgressTimedOut(f"{name} did not finish the TLS handshake in time.") from error
        except OSError as error:
            connection.close()
            raise tls.failed(name, error) from error

    def _exchange(self, ask: Ask, target: Target, deadline: Deadline) -> Received:
        from autom8.egress.wire import Exchange, exchange  # with httpcore, which takes a tenth of a second

        route = self._guard.admit(target.host, deadline)
        sent = Exchange(
            method=ask.method,
            target=target,
            headers=_headers(ask, target),
            body=ask.body,
            body_bytes_max=ask.limits.body_bytes_max,
            head_is_enough=ask.limits.head_is_enough,
        )
        return exchange(sent, route, self._guard, deadline, self._tls)

    @contextmanager
    def _telling(self, purpose: str) -> Iterator[None]:
        try:
            yield
        except EgressRefused as error:
            told = {"host": error.host, "port": error.port, "address": error.address, "reason": error.reason}
            log.warning("egress_refused", extra={"fields": {**told, "purpose": purpose}})
            self._refused(
                OutgoingRefused(
                    host=error.host,
                    port=error.port,
                    address=error.address,
                    reason=error.reason,
                    purpose=purpose,
                )
            )
            raise

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls.client_context(self._ca_file)


def build_egress(
    policy: Policy,
    *,
    clock: Clock,
    refused: Callable[[OutgoingRefused], None],
    resolve: Resolve | None = None,
    ca_file: Path | None = None,
) -> Egress:
    """The way out under `policy`; `refused` hears of each connection that is not made.

    Raises:
        CaFileRefused: `ca_file` can't be read.
    """
    if ca_file is not None:
        tls.client_context(ca_file)  # at start: whoever asks first could do nothing about it
    guard = Guard(policy=policy, resolve=resolve or SystemResolver())
    return Egress(guard, clock=clock, refused=refused, ca_file=ca_file)


def _refuse_unsendable(ask: Ask) -> None:
    if ask.method not in _METHODS:
        raise EgressRequestInvalid("The method is none that is sent.")
    for name, value in ask.headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
            raise EgressRequestInvalid("A header has a name that can't be sent.")
        if not _HEADER_VALUE.fullmatch(value):
            raise EgressRequestInvalid("A header has a value that can't be sent.")


def _headers(ask: Ask, target: Target) -> list[tuple[str, str]]:
    headers = [("Host", target.authority), ("Accept-Encoding", ACCEPTED), ("Connection", "close")]
    if not any(name.lower() == "user-agent" for name in ask.headers):
        headers.append(("User-Agent", "Autom8"))
    if ask.body or ask.method in {"POST", "PUT", "PATCH"}:
        headers.append(("Content-Length", str(len(ask.body))))
    return headers + list(ask.headers.items())


def _onward(ask: Ask, target: Target, received: Received) -> Ask | None:
    """What to ask next when the answer sends us on and the caller wants to follow."""
    location = next((value for name, value in received.headers if name == "location"), None)
    if received.status not in _MOVED or location is None or not ask.limits.redirects_max:
        return None
    try:
        url = urljoin(str(target), location)
        onward = Target.of(url)
    except (EgressRequestInvalid, ValueError) as error:
        raise EgressAnswerInvalid("It redirects to what is no URL.") from error
    if target.scheme == "https" and onward.scheme == "http":
        raise EgressRefused(
            "a redirect leads from https to http", host=onward.host.name, port=onward.host.port
        )
    method, body, headers = ask.method, ask.body, dict(ask.headers)
    if (received.status == _SEE_OTHER and method != "HEAD") or (
        received.status in _TURNED_INTO_GET and method == "POST"
    ):
        method, body = "GET", b""
        headers = {name: value for name, value in headers.items() if name.lower() not in _ABOUT_THE_BODY}
    if onward.origin != target.origin:
        if body:
            raise EgressRefused(
                "a redirect would take what was sent elsewhere", host=onward.host.name, port=onward.host.port
            )
        headers = {name: value for name, value in headers.items() if name.lower() in _TAKEN_TO_ANOTHER_ORIGIN}
    return replace(ask, url=url, method=method, body=body, headers=headers)
