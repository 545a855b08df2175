"""Every other service, by Apprise: the one file that knows it, and the one place where it meets the network.

Apprise asks by `requests`. All its modules are given one whose every request goes through our own way out,
which judges the address; outside of a message that is being sent it asks nothing. What became of a message is
read from that exchange, since Apprise says only yes or no.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from importlib import import_module
from io import BytesIO
from types import ModuleType
from typing import Any, Final

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.channels.results import of_error, of_status
from autom8.alerts.channels.shaping import as_markdown, fitting
from autom8.alerts.retrying import Result
from autom8.egress.errors import EgressError
from autom8.egress.service import Answer, Ask, Limits
from autom8.kernel.secrets import Secret

_LIMITS: Final = Limits(time=timedelta(seconds=20), body_bytes_max=256 * 1024)
_EXCHANGES_MAX: Final = 4  # for one message; together shorter than the outbox's lease
_PLUGINS: Final = "apprise.plugins."
# What a service's modules must not know: other ways out than requests, and ways into this machine.
OTHER_WAYS: Final = frozenset(
    {
        "asyncio",
        "ctypes",
        "dbus",
        "ftplib",
        "gntp",
        "http",
        "mqtt",
        "paho",
        "slixmpp",
        "smtplib",
        "socket",
        "ssl",
        "subprocess",
        "syslog",
        "telnetlib",
        "urllib3",
        "websocket",
    }
)
# They read or write files of this machine that their URL names.
_READS_FILES: Final = frozenset({"apprise.plugins.fcm", "apprise.plugins.vapid"})
# They turn @everyone, @here and such into a call to all.
_CALLS_ALL: Final = frozenset({"discord", "fluxer", "kook", "mattermost", "rocketchat", "zulip"})
_UNCALLED: Final = "@\N{ZERO WIDTH SPACE}"
_SMS_CHARS_MAX: Final = 640  # each 153 of them are paid for; facts and links have room
_MERGING_CHARS: Final = 16  # of what Apprise puts between a title and the text that it merges it with
_OURS: Final = frozenset({"host", "connection", "content-length", "accept-encoding", "transfer-encoding"})


class NotUsable(ValueError):
    """This URL stands for no service that can be used here."""


@dataclass(slots=True)
class _Going:
    """What one message asks of the network, and how that went."""

    ask: Callable[[Ask], Answer]
    handing_over: Callable[[], None]
    asked: int = 0
    withheld: Exception | None = None  # why it was not handed over
    answer: Answer | None = None
    error: EgressError | None = None


class _Now(threading.local):
    """The message that this thread is sending."""

    going: _Going | None = None


_now: Final = _Now()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseSender:
    """Sends by one Apprise URL; `url_for` makes it for a message, which may have an address or page.

    `of` are the services that it may stand for, by Apprise's names; None for any.
    """

    url_for: Callable[[Outgoing], Secret | None]
    ask: Callable[[Ask], Answer]
    now: Callable[[], datetime]
    of: frozenset[str] | None = None

    def send(self, outgoing: Outgoing) -> Sent:
        """Send once."""
        url = self.url_for(outgoing)
        if url is None:
            return Sent(result=Result.REFUSED, detail="the contact has no such address", blameless=True)
        going = _now.going = _Going(self.ask, outgoing.handing_over)
        try:
            service = opened(url, of=self.of)
            body, title = outgoing.text, " ".join(outgoing.subject.split())
            if _name_of(service) in _CALLS_ALL:
                body, title = body.replace("@", _UNCALLED), title.replace("@", _UNCALLED)
            done = _told(service, body, title, _type_of(outgoing))
        except NotUsable as error:
            return Sent(result=Result.REFUSED, detail=str(error))
        except Exception:  # noqa: BLE001 - a service of Apprise may raise whatever it likes
            done = False
        finally:
            _now.going = None
        if going.withheld is not None:
            raise going.withheld
        return _sent(going, done=done, now=self.now())


def prepare() -> None:
    """Load Apprise now, which takes a while: not while others wait for a transaction."""
    _apprise()


def opened(url: Secret, *, of: frozenset[str] | None = None) -> Any:
    """The service that a URL stands for, one of those in `of` by Apprise's module if given.

    Raises:
        NotUsable: Apprise knows none, or it is one whose way can't be guarded, or that would read files, or
            that has several recipients, of which some might be told twice.
    """
    apprise, asset = _apprise()
    service = apprise.Apprise.instantiate(url.reveal(), asset=asset, suppress_exceptions=True)
    if service is None:
        raise NotUsable("Apprise knows no service of this URL")
    if of is not None and _name_of(service) not in of:
        raise NotUsable(f"this is a URL of another service: {_name_of(service)}")
    if not is_guarded(type(service).__module__):
        raise NotUsable("this service does not speak HTTP, or reads files, so its way can't be guarded")
    if any(len(each) for each in _attached(service)):
        raise NotUsable("its URL must not name a template or another file")
    service.retry = 0  # to try again is the outbox's part
    if len(service) > 1:
        raise NotUsable("it has several recipients: make a channel for each, so that none is told twice")
    service.overflow_mode = apprise.OverflowMode.TRUNCATE
    service.body_sms_maxlen = _SMS_CHARS_MAX  # of Twilio, which takes more than Apprise does
    service.request_rate_per_sec = 0
    return service


def _told(service: Any, body: str, title: str, type_: str) -> bool:
    """Have a service tell, in what it speaks, such as HTML. What is too long is cut here, and shows it.

    A service without titles gets none where the text begins with it.
    """
    apprise, asset = _apprise()
    format_ = service.resolve_format("text")
    made = partial(_in_format, format_)
    merged = service.title_maxlen <= 0 or service.overflow_amalgamate_title
    if service.title_maxlen <= 0:
        title = "" if body.startswith(title) else fitting(title, service.body_maxlen // 4, made)
    taken = len(title[: service.title_maxlen or None]) + _MERGING_CHARS if title and merged else 0
    alone = apprise.Apprise(asset=asset)
    alone.add(service)
    room = service.body_maxlen - service.overflow_buffer - taken
    return bool(
        alone.notify(
            body=fitting(body.rstrip(), room, made), title=title, notify_type=type_, body_format=format_
        )
    )


def _in_format(format_: Any, text: str) -> str:
    """A text as a service of this format shows it."""
    convert = partial(import_module("apprise.conversion").convert_between, "text", format_)
    return as_markdown(text, convert) if format_ == "markdown" else str(convert(text))


def _name_of(service: Any) -> str:
    return type(service).__module__.removeprefix(_PLUGINS).partition(".")[0]


def is_guarded(module: str) -> bool:
    """Whether a service's module, with all that belongs to it, asks by requests alone and reads no file."""
    own = list(_own_modules(module))
    known = {name for each in own for name in vars(each)}
    helpers = {getattr(value, "__module__", None) for each in own for value in vars(each).values()}
    return (
        "requests" in known
        and not OTHER_WAYS & known
        and "apprise.utils.socket" not in helpers
        and not any(each == module or module.startswith(f"{each}.") for each in _READS_FILES)
    )


def _own_modules(module: str) -> Iterator[ModuleType]:
    """A service's module, and those beside it where it is a package."""
    package = ".".join(module.split(".")[:3])
    for name, each in list(sys.modules.items()):
        if name == package or name.startswith(f"{package}."):
            yield each


def _attached(service: Any) -> Iterator[Any]:
    from apprise import AppriseAttachment

    return (each for each in vars(service).values() if isinstance(each, AppriseAttachment))


@cache
def _apprise() -> tuple[Any, Any]:
    """Apprise, loaded once somebody needs it, with every request of it on our way out."""
    logging.getLogger("apprise").propagate = False  # it quotes URLs and answers
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it asks for what it can do without
        import apprise
        import requests

        managing: Any = import_module("apprise.manager_plugins")
        policies: Any = import_module("apprise.utils.http")
        managing.NotificationManager().load_modules()
    policies.HTTPPolicy.resolve = policies.HTTPPolicy.validate_url = _refuse  # of sessions for attachments
    guarded = _guarded(requests)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "apprise" and vars(module).get("requests") is requests:
            vars(module)["requests"] = guarded
    asset = apprise.AppriseAsset(
        app_id="Autom8",
        app_desc="Autom8",
        app_url="",
        image_url_mask="",  # no icons from elsewhere
        image_url_logo="",
        storage_mode="memory",
        allow_templates=False,
        async_mode=False,
        service_timeout=0,  # ours is: no thread of its own for each message
    )
    return apprise, asset


def _refuse(*_: Any, **__: Any) -> None:
    raise OSError("nothing is fetched")


def _guarded(requests: Any) -> ModuleType:
    """A module like requests whose sessions ask nobody but our way out."""

    class Adapter:
        def send(self, request: Any, **_: Any) -> Any:
            return _exchange(request, requests)

        def close(self) -> None:
            """Nothing is kept open."""

    class Session(requests.Session):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.trust_env = False  # no proxies, no .netrc

        def get_adapter(self, *_: Any, **__: Any) -> Adapter:
            return Adapter()

    def ask(method: str, url: str, **options: Any) -> Any:
        with Session() as session:
            return session.request(method=method, url=url, **options)

    def by(method: str) -> Callable[..., Any]:
        return lambda url, **options: ask(method, url, **options)

    class Guarded(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name in {"api", "adapters", "sessions"}:
                raise AttributeError(name)
            return getattr(requests, name)

    made = Guarded("requests")
    verbs = ("get", "options", "head", "post", "put", "patch", "delete")
    vars(made).update({"Session": Session, "session": Session, "request": ask})
    vars(made).update({verb: by(verb.upper()) for verb in verbs})
    return made


def _exchange(request: Any, requests: Any) -> Any:
    going = _now.going
    if going is None or going.asked >= _EXCHANGES_MAX or going.error or going.withheld:
        raise requests.ConnectionError("nothing is asked but for a message, and not for long")
    going.asked += 1
    try:
        going.handing_over()
    except Exception as error:  # noqa: BLE001 - a service of Apprise would make an answer of it
        going.withheld = error
        raise requests.ConnectionError("not asked") from None
    try:
        going.answer = answer = going.ask(
            Ask(
                url=request.url,
                purpose="channel",
                method=request.method,
                headers=_headers(request.headers),
                body=_body(request.body),
                limits=_LIMITS,
            )
        )
    except EgressError as error:
        going.error = error
        raise requests.ConnectionError("not answered") from None
    return _response(request, answer, requests)


def _headers(given: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in given.items()
        if name.lower() not in _OURS
    }


def _body(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return b"" if body is None else bytes(body)


def _response(request: Any, answer: Answer, requests: Any) -> Any:
    response = requests.Response()
    response.status_code = answer.status
    # `location`: a redirect is an answer, since what was sent must go nowhere else. The body is unpacked.
    headers = {name: value for name, value in answer.headers if name not in {"location", "content-encoding"}}
    response.headers = requests.structures.CaseInsensitiveDict(headers)
    response.raw = BytesIO(answer.body)
    response._content = answer.body  # noqa: SLF001 - what reading `raw` would set
    response.url, response.request, response.reason = request.url, request, ""
    response.encoding = "utf-8"
    return response


def _type_of(outgoing: Outgoing) -> str:
    if outgoing.ends:
        return "success"
    return "failure" if outgoing.pages else "warning"


def _sent(going: _Going, *, done: bool, now: datetime) -> Sent:
    if going.error is not None:
        return of_error(going.error)
    if going.answer is None:
        return Sent(result=Result.REFUSED, detail="nothing was asked of the service: see its settings")
    if done:
        return Sent(result=Result.DELIVERED)
    told = of_status(going.answer.status, retry_after=going.answer.header("retry-after"), now=now)
    if told.result is Result.DELIVERED:
        return Sent(result=Result.REFUSED, detail="the service answered that it did not take it")
    return told
