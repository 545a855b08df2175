"""Every other service, by Apprise: the one file that knows it, and the one place where it meets the network.

Apprise asks by `requests`; here each of its requests goes through our own way out, which judges the address.
What became of it is read from that exchange, since Apprise says only yes or no.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import Any, Final

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.channels.results import of_error, of_status
from autom8.alerts.retrying import Result
from autom8.egress.errors import EgressError
from autom8.egress.service import Answer, Ask, Limits
from autom8.kernel.secrets import Secret

_LIMITS: Final = Limits(time=timedelta(seconds=20), body_bytes_max=256 * 1024)
_EXCHANGES_MAX: Final = 4  # redirects and parts of a long text; together shorter than the outbox's lease
# What a plugin must not know: other ways out than requests, and ways into this machine.
_REFUSED: Final = frozenset(
    {"socket", "smtplib", "subprocess", "paho", "mqtt", "slixmpp", "gntp", "dbus", "ctypes", "asyncio", "ssl"}
)
_OURS: Final = frozenset({"host", "connection", "content-length", "accept-encoding", "transfer-encoding"})


@dataclass(slots=True)
class _Going:
    """What one message asked of the network."""

    ask: Callable[[Ask], Answer]
    answers: list[Answer] = field(default_factory=list)
    error: EgressError | None = None


_now_going = threading.local()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseSender:
    """Sends by one Apprise URL; `url_for` makes it, for services that reach any contact by an address."""

    url_for: Callable[[Outgoing], Secret | None]
    ask: Callable[[Ask], Answer]
    now: Callable[[], datetime]

    def send(self, outgoing: Outgoing) -> Sent:
        """Send once."""
        url = self.url_for(outgoing)
        if url is None:
            return Sent(result=Result.REFUSED, detail="the contact has no such address")
        try:
            service = opened(url)
        except ValueError as error:
            return Sent(result=Result.REFUSED, detail=str(error))
        _now_going.it = going = _Going(self.ask)
        try:
            done = service.notify(
                body=outgoing.text,
                title=outgoing.subject,
                notify_type=_type_of(outgoing),
                body_format="text",
            )
        except Exception as error:  # noqa: BLE001 - a plugin of Apprise may raise whatever it likes
            done = False
            going.error = going.error or (error if isinstance(error, EgressError) else None)
        finally:
            _now_going.it = None
        return _sent(going, done=bool(done), now=self.now())


def opened(url: Secret) -> Any:
    """The service that a URL stands for.

    Raises:
        ValueError: Apprise knows none, or it is one that does not speak HTTP by our way out.
    """
    apprise = _apprise()
    service = apprise.Apprise.instantiate(url.reveal(), suppress_exceptions=True)
    if service is None:
        raise ValueError("Apprise knows no service of this URL")
    module = vars(sys.modules[type(service).__module__])
    if "requests" not in module or _REFUSED & module.keys():
        raise ValueError("this service does not speak HTTP, so its way can't be guarded")
    service.socket_connect_timeout = service.socket_read_timeout = _LIMITS.time.total_seconds()
    return service


@cache
def _apprise() -> Any:
    """Apprise, loaded once somebody needs it, with every request of it on our way out."""
    import apprise

    requests: Any = import_module("requests")

    class Guarded:
        """Asks by the guarded way out what a session asks."""

        def send(self, request: Any, **_: Any) -> Any:
            return _exchange(request, requests)

        def close(self) -> None:
            """Nothing is kept open."""

    def guarded(*_: Any) -> Guarded:
        return Guarded()

    requests.Session.get_adapter = guarded
    return apprise


def _exchange(request: Any, requests: Any) -> Any:
    going: _Going | None = getattr(_now_going, "it", None)
    if going is None or len(going.answers) >= _EXCHANGES_MAX:
        raise requests.ConnectionError("no more is asked for this message")
    headers = {name: str(value) for name, value in request.headers.items() if name.lower() not in _OURS}
    body = request.body or b""
    try:
        answer = going.ask(
            Ask(
                url=request.url,
                purpose="channel",
                method=request.method,
                headers=headers,
                body=body.encode() if isinstance(body, str) else bytes(body),
                limits=_LIMITS,
            )
        )
    except EgressError as error:
        going.error = error
        raise requests.ConnectionError(str(error)) from error
    going.answers.append(answer)
    return _response(request, answer, requests)


def _response(request: Any, answer: Answer, requests: Any) -> Any:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = requests.structures.CaseInsensitiveDict(dict(answer.headers))
    response.headers.pop("content-encoding", None)  # it is unpacked
    response.raw = BytesIO(answer.body)
    response._content = answer.body  # noqa: SLF001 - what reading `raw` would set
    response.url, response.request = request.url, request
    response.encoding = "utf-8"
    return response


def _type_of(outgoing: Outgoing) -> str:
    if outgoing.ends:
        return "success"
    return "failure" if outgoing.pages else "warning"


def _sent(going: _Going, *, done: bool, now: datetime) -> Sent:
    if going.error is not None:
        return of_error(going.error)
    if not going.answers:
        return Sent(result=Result.REFUSED, detail="nothing was asked of the service: see its settings")
    last = going.answers[-1]
    told = of_status(last.status, retry_after=last.header("retry-after"), now=now)
    if done:
        return Sent(result=Result.DELIVERED)
    if told.result is Result.DELIVERED:
        return Sent(result=Result.REFUSED, detail="the service answered that it did not take it")
    return told
