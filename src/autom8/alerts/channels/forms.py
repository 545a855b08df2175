"""The forms of channels: which fields each kind has, how they are checked, and the URLs made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from autom8.alerts.channels.email import Security
from autom8.alerts.channels.webhook import secret_bytes
from autom8.alerts.urls import is_url
from autom8.kernel.vocabulary import ChannelKind

TEXT_CHARS_MAX: Final = 2_000
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}", re.ASCII)
_CHAT: Final = re.compile(r"-?[0-9]{1,20}|@\w{1,50}", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,253}")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:~+/=-]{1,500}", re.ASCII)
_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form. What is `secret` is sealed and never shown again; what `leads` says where to."""

    name: str
    label: str
    read: Callable[[Any], Any]
    secret: bool = False
    leads: bool = False
    required: bool = True
    default: Any = None
    choices: tuple[str, ...] = ()
    help: str = ""


def text_of(value: object) -> str:
    """One line of text.

    Raises:
        TypeError, ValueError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError("must be a text")
    if not value or len(value) > TEXT_CHARS_MAX or not value.isprintable():
        raise ValueError(f"must be a line of 1 to {TEXT_CHARS_MAX} characters")
    return value


def _pattern(pattern: re.Pattern[str], what: str) -> Callable[[Any], str]:
    def read(value: object) -> str:
        if not pattern.fullmatch(text_of(value)):
            raise ValueError(f"must be {what}")
        return text_of(value)

    return read


def _url(value: object) -> str:
    text = text_of(value)
    if not is_url(text) or "@" in urlsplit(text).netloc:
        raise ValueError("must be an http or https URL without a user's name")
    return text


def _url_of(*hosts: str) -> Callable[[Any], str]:
    def read(value: object) -> str:
        text = _url(value)
        name = urlsplit(text).hostname or ""
        named = any(name == host or name.endswith("." + host) for host in hosts)
        if urlsplit(text).scheme != "https" or not named:
            raise ValueError(f"must be an https URL of {hosts[0]}")
        return text

    return read


def _server(value: object) -> str:
    text = _url(value).rstrip("/")
    parts = urlsplit(text)
    if parts.path or parts.query or parts.fragment:
        raise ValueError("must be an http or https URL without a path")
    return text


def _port(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65_535:
        raise ValueError("must be a port from 1 to 65535")
    return value


def _security(value: object) -> str:
    if value not in set(Security):
        raise ValueError(f"must be one of {', '.join(Security)}")
    return str(value)


def _signing_secret(value: object) -> str:
    text = text_of(value)
    secret_bytes(text)
    return text


def _empty_or(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: "" if value == "" else read(value)


_token = _pattern(_TOKEN, "the token as the service shows it")
FORMS: Final[Mapping[ChannelKind, tuple[Field, ...]]] = {
    ChannelKind.EMAIL: (
        Field(name="host", label="Mail server", read=_pattern(_HOST, "a host"), leads=True),
        Field(name="port", label="Port", read=_port, leads=True, required=False, default=587),
        Field(
            name="security",
            label="Security",
            read=_security,
            leads=True,
            required=False,
            default=str(Security.STARTTLS),
            choices=tuple(Security),
            help="starttls on port 587, tls on port 465; plain sends in the clear",
        ),
        Field(name="username", label="User", read=_empty_or(text_of), required=False, default=""),
        Field(name="password", label="Password", read=text_of, secret=True, required=False),
        Field(name="sender", label="Sender's address", read=_pattern(_EMAIL, "an e-mail address")),
        Field(name="sender_name", label="Sender's name", read=text_of, required=False, default="Autom8"),
    ),
    ChannelKind.WEBHOOK: (
        Field(name="url", label="URL", read=_url, secret=True),
        Field(
            name="signing_secret",
            label="Signing secret",
            read=_signing_secret,
            secret=True,
            required=False,
            help="whsec_ and base64, as Standard Webhooks has it",
        ),
    ),
    ChannelKind.SLACK: (
        Field(
            name="webhook_url",
            label="Incoming webhook",
            read=_url_of("slack.com"),
            secret=True,
            help="https://hooks.slack.com/services/…",
        ),
    ),
    ChannelKind.TEAMS: (
        Field(
            name="webhook_url",
            label="Workflow's URL",
            read=_url,
            secret=True,
            help="of the workflow “Post to a channel when a webhook request is received”",
        ),
    ),
    ChannelKind.TELEGRAM: (
        Field(name="bot_token", label="Bot token", read=_token, secret=True),
        Field(name="chat_id", label="Chat", read=_pattern(_CHAT, "a chat's id")),
    ),
    ChannelKind.NTFY: (
        Field(
            name="server",
            label="Server",
            read=_server,
            leads=True,
            required=False,
            default="https://ntfy.sh",
        ),
        Field(name="topic", label="Topic", read=_pattern(_TOPIC, "letters, digits, _ and -"), secret=True),
        Field(name="token", label="Access token", read=_token, secret=True, required=False),
    ),
    ChannelKind.PUSHOVER: (
        Field(name="user_key", label="User key", read=_token, secret=True),
        Field(name="api_token", label="API token", read=_token, secret=True),
    ),
    ChannelKind.TWILIO: (
        Field(name="account_sid", label="Account SID", read=_token),
        Field(name="auth_token", label="Auth token", read=_token, secret=True),
        Field(name="from_phone", label="From", read=_pattern(_PHONE, "a number such as +4930123456")),
    ),
    ChannelKind.DISCORD: (
        Field(
            name="webhook_url",
            label="Webhook",
            read=_url_of("discord.com", "discordapp.com"),
            secret=True,
            help="https://discord.com/api/webhooks/…",
        ),
    ),
    ChannelKind.APPRISE: (
        Field(name="url", label="Apprise URL", read=text_of, secret=True, help="of what speaks HTTP"),
    ),
}


# Which services the URL of a kind may stand for, by Apprise's names; any for what is not here.
SERVICES: Final[Mapping[ChannelKind, frozenset[str]]] = {
    ChannelKind.SLACK: frozenset({"slack"}),
    ChannelKind.TEAMS: frozenset({"workflows"}),
    ChannelKind.TELEGRAM: frozenset({"telegram"}),
    ChannelKind.NTFY: frozenset({"ntfy"}),
    ChannelKind.PUSHOVER: frozenset({"pushover"}),
    ChannelKind.TWILIO: frozenset({"twilio"}),
    ChannelKind.DISCORD: frozenset({"discord"}),
}


def apprise_url(
    kind: ChannelKind, values: Mapping[str, Any], *, phone: str | None = None, pages: bool = False
) -> str | None:
    """The URL by which Apprise knows a channel; None where a number is needed that the contact has not.

    What pages goes through a telephone's silence, where the service knows of that.
    """

    def quoted(name: str) -> str:
        return quote(str(values[name]), safe="")

    match kind:
        case ChannelKind.TELEGRAM:
            return f"tgram://{quote(str(values['bot_token']), safe=':')}/{quoted('chat_id')}/"
        case ChannelKind.NTFY:
            server = urlsplit(str(values["server"]))
            scheme = "ntfys" if server.scheme == "https" else "ntfy"
            sign_in = f"{quoted('token')}@" if values.get("token") else ""
            options = "&auth=token" if values.get("token") else ""
            options += "&priority=max" if pages else ""
            return f"{scheme}://{sign_in}{server.netloc}/{quoted('topic')}?mode=private{options}"
        case ChannelKind.PUSHOVER:
            priority = "high" if pages else "normal"
            return f"pover://{quoted('user_key')}@{quoted('api_token')}?priority={priority}"
        case ChannelKind.TWILIO:
            sign_in = f"{quoted('account_sid')}:{quoted('auth_token')}"
            to = quote(phone or "", safe="")
            return f"twilio://{sign_in}@{quoted('from_phone')}/{to}" if phone else None
        case ChannelKind.APPRISE:
            return str(values["url"])
        case _:
            return str(values["webhook_url"])
