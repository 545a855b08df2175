"""Makes senders of channels from the fields of their forms, and checks what somebody filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from autom8.alerts import reading
from autom8.alerts.channels import through_apprise
from autom8.alerts.channels.email import EmailSender, Security
from autom8.alerts.channels.forms import FORMS, SERVICES, apprise_url
from autom8.alerts.channels.outgoing import Outgoing, Sender
from autom8.alerts.channels.webhook import WebhookSender
from autom8.egress.service import Answer, Ask
from autom8.kernel.errors import Invalid
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ChannelKind

_OUR_OWN: Final = frozenset({ChannelKind.EMAIL, ChannelKind.WEBHOOK})
_SOME_PHONE: Final = "+15005550006"  # a number to check a form by; nobody is called


class WayOut(Protocol):
    """The guarded way out."""

    def ask(self, ask: Ask) -> Answer:
        """One HTTP exchange."""
        ...

    def connect(self, host: str, port: int, *, purpose: str, time: Any) -> Any:
        """A connection."""
        ...

    def secure(self, connection: Any, host: str) -> Any:
        """The same under TLS."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """Makes senders. `source` is what this installation calls itself."""

    way_out: WayOut
    now: Callable[[], datetime]
    source: str

    def of(self, kind: ChannelKind, values: Mapping[str, Any]) -> Sender:
        """The sender of a channel with these fields, secret ones among them."""
        match kind:
            case ChannelKind.EMAIL:
                return self._email(values)
            case ChannelKind.WEBHOOK:
                secret = values.get("signing_secret")
                return WebhookSender(
                    url=Secret(values["url"]),
                    secret=Secret(secret) if secret else None,
                    source=self.source,
                    ask=self.way_out.ask,
                    now=self.now,
                )
        return through_apprise.AppriseSender(
            url_for=_url_for(kind, values), ask=self.way_out.ask, now=self.now, of=SERVICES.get(kind)
        )

    def _email(self, values: Mapping[str, Any]) -> EmailSender:
        password = values.get("password")
        return EmailSender(
            host=values["host"],
            port=values["port"],
            security=Security(values["security"]),
            username=values["username"],
            password=Secret(password) if password else None,
            sender=values["sender"],
            sender_name=values["sender_name"],
            source=self.source,
            ways=self.way_out,
            now=self.now,
        )


def prepare(kind: object) -> None:
    """Load what a kind needs, which may take a second, before others wait for a transaction."""
    if kind in set(ChannelKind) - _OUR_OWN:
        through_apprise.prepare()


def filled_in(kind: ChannelKind, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of a form after what was given: checked, with defaults for what was never said.

    What was not given stays as `before`; null removes a field.

    Raises:
        Invalid: a field is unknown, lacking or can't be meant; each is named.
    """
    form = {each.name: each for each in FORMS[kind]}
    try:
        read = reading.fields_of(
            {name: value for name, value in given.items() if value is not None or name not in form},
            {name: each.read for name, each in form.items()},
        )
    except Invalid as error:
        reading.refuse({f"fields.{name}": text for name, text in (error.fields or {}).items()})
    kept = {name: value for name, value in before.items() if name in form and name not in given}
    fields = kept | read
    missing = {
        f"fields.{name}": "is needed" for name, each in form.items() if each.required and name not in fields
    }
    if missing:
        reading.refuse(missing)
    fields = {name: each.default for name, each in form.items() if each.default is not None} | fields
    _refuse_leading_secrets_elsewhere(kind, given, before, fields)
    _refuse_contradictions(kind, fields)
    return fields


def secret_names(kind: ChannelKind) -> frozenset[str]:
    """Which fields of a form are sealed."""
    return frozenset(each.name for each in FORMS[kind] if each.secret)


def _refuse_leading_secrets_elsewhere(
    kind: ChannelKind, given: Mapping[str, Any], before: Mapping[str, Any], fields: Mapping[str, Any]
) -> None:
    """Who may change a channel shall not have its secret be sent to a place of their own."""
    leading = [each.name for each in FORMS[kind] if each.leads]
    kept = sorted(name for name in secret_names(kind) if name in before and name not in given)
    moved = [name for name in leading if before.get(name) != fields.get(name)]
    if kept and moved:
        text = f"give it anew, since it would go elsewhere: {', '.join(moved)} changes"
        reading.refuse({f"fields.{name}": text for name in kept})


def _refuse_contradictions(kind: ChannelKind, fields: Mapping[str, Any]) -> None:
    if kind is ChannelKind.EMAIL and fields.get("password") and not fields["username"]:
        reading.refuse({"fields.username": "is needed with a password"})
    if kind in _OUR_OWN:
        return
    try:
        url = apprise_url(kind, fields, phone=_SOME_PHONE)
        through_apprise.opened(Secret(url or ""), of=SERVICES.get(kind))
    except ValueError as error:
        name = next(each.name for each in FORMS[kind] if each.secret)
        reading.refuse({f"fields.{name}": str(error)})


def _url_for(kind: ChannelKind, values: Mapping[str, Any]) -> Callable[[Outgoing], Secret | None]:
    def url(outgoing: Outgoing) -> Secret | None:
        phone = outgoing.to.phone if outgoing.to else None
        made = apprise_url(kind, values, phone=phone, pages=outgoing.pages and not outgoing.ends)
        return None if made is None else Secret(made)

    return url
