"""Channels for callers: added, changed, tried and removed. What is secret in them is sealed, never shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import orjson

from autom8.alerts import reading
from autom8.alerts.channels.email import EmailSender, Security
from autom8.alerts.channels.forms import FORMS, apprise_url
from autom8.alerts.channels.outgoing import Outgoing, Sender, Sent
from autom8.alerts.channels.through_apprise import AppriseSender, opened
from autom8.alerts.channels.webhook import WebhookSender
from autom8.alerts.messages.templates import check_templates
from autom8.alerts.outbox.planning import limit_from
from autom8.alerts.shelf import Shelf, View
from autom8.egress.service import Answer, Ask
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid
from autom8.kernel.events import Audited, ChannelChanged
from autom8.kernel.paging import Page, Paged
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ChannelKind, LookKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

TABLE: Final = "channel"
COLUMN: Final = "secret_encrypted"


class FieldKey(Protocol):
    """A channel's own key."""

    def seal(self, table: str, column: str, row: int, text: str) -> bytes:
        """Text, sealed for its place."""
        ...

    def unseal(self, table: str, column: str, row: int, value: bytes) -> str:
        """The text that was sealed for this place."""
        ...


class Vault(Protocol):
    """The keys of channels."""

    def create(self, work: Work, owners: list[int]) -> Mapping[int, FieldKey]:
        """New keys."""
        ...

    def open(self, work: Work, owners: Collection[int]) -> Mapping[int, FieldKey]:
        """Their keys."""
        ...

    def destroy(self, work: Work, owners: Collection[int]) -> Mapping[int, int]:
        """Destroy their keys, and with them what they sealed."""
        ...


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
class ChannelService:
    """What callers may do with channels, and the senders that the outbox asks for."""

    begin: BeginWork
    read: BeginWork
    vault: Vault
    way_out: WayOut
    now: Callable[[], datetime]
    source: str
    test_message: Callable[[Work, AnyRow, int | None], Outgoing]

    def list_(self, page: Page, *, actor: Actor) -> Paged[View]:
        """Channels by name."""
        return self._shelf.list_(page, actor=actor)

    def get(self, channel_id: int, *, actor: Actor) -> View:
        """One channel, or ChannelNotFound."""
        return self._shelf.get(channel_id, actor=actor)

    def add(self, data: Mapping[str, Any], *, actor: Actor) -> View:
        """Add a channel: `name`, `kind`, `contact_id`, `enabled`, `fields`, `limits`, `templates`.

        Raises:
            Invalid: a field can't be meant; each is named.
            NameTaken: there is one with this name.
        """
        with self.begin(actor) as work:
            columns = self._columns(work, data, None)
            secret = columns.pop("secret")
            now = work.now()
            stamps = {"version": 1, "created_at": now, "updated_at": now, "failures": 0}
            id_ = work.channels.add({**columns, **stamps})
            key = self.vault.create(work, [id_])[id_]
            work.channels.change(id_, {COLUMN: _sealed(key, id_, secret)})
            work.record(_told("added", id_, _without_secrets(data)))
            view = _view(work, work.channels.get(id_))
            work.commit()
            return view

    def change(self, channel_id: int, data: Mapping[str, Any], *, version: int | None, actor: Actor) -> View:
        """Change what the data names; of `fields` those that are left out stay, null removes one.

        Raises:
            ChannelNotFound: no channel has this id.
            Stale: `version` is given and it has another by now.
            Invalid: a field can't be meant.
            NameTaken: another one has the new name.
        """
        with self.begin(actor) as work:
            row = self._shelf.locked(work, channel_id, version)
            columns = self._columns(work, data, row)
            secret = columns.pop("secret")
            changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
            key = self.vault.open(work, [channel_id]).get(channel_id)
            if key is None:  # lost or destroyed: whoever changes it gives all that is secret anew
                key = self.vault.create(work, [channel_id])[channel_id]
            if "fields" in data:
                changed[COLUMN] = _sealed(key, channel_id, secret)
                changed |= {"failing_since": None, "failures": 0, "error": None}
            if changed:
                stamps = {"version": row.version + 1, "updated_at": work.now()}
                work.channels.change(channel_id, {**changed, **stamps})
                work.record(_told("changed", channel_id, _without_secrets(data)))
                work.looks.bring_forward(LookKind.CHANNEL, [channel_id], work.now())
            view = _view(work, work.channels.get(channel_id))
            if changed:
                work.commit()
            return view

    def remove(self, channel_id: int, *, version: int | None, actor: Actor) -> None:
        """Remove a channel and the key of its secrets; what waited for it is dropped and said so.

        Raises:
            ChannelNotFound: no channel has this id.
            Stale: `version` is given and it has another by now.
        """
        with self.begin(actor) as work:
            row = self._shelf.locked(work, channel_id, version)
            work.channels.remove(channel_id)
            self.vault.destroy(work, [channel_id])
            work.looks.bring_forward(LookKind.CHANNEL, [channel_id], work.now())
            work.record(_told("removed", channel_id, {"name": row.name}))
            work.commit()

    def test(self, channel_id: int, *, contact_id: int | None, actor: Actor) -> Sent:
        """Send a test message now, and say how that went. Nothing of it is kept but that it was done.

        Raises:
            ChannelNotFound: no channel has this id.
            ContactNotFound: no contact has that id.
        """
        with self.begin(actor) as work:
            row = work.channels.get(channel_id)
            outgoing = self.test_message(work, row, contact_id)
            sender = self.sender_within(work, row)
            work.record(_told("tested", channel_id, {"contact_id": contact_id}))
            work.commit()
        return sender.send(outgoing)

    def sender_of(self, row: AnyRow) -> Sender:
        """The sender of a channel's row.

        Raises:
            DecryptionRefused: what is secret in it can't be read.
        """
        with self.read() as work:
            return self.sender_within(work, row)

    def sender_within(self, work: Work, row: AnyRow) -> Sender:
        """As `sender_of`, in a work that is there."""
        kind, values = ChannelKind(row.kind), dict(row.config) | self._secret(work, row)
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
        return AppriseSender(url_for=_url_for(kind, values), ask=self.way_out.ask, now=self.now)

    def _email(self, values: Mapping[str, Any]) -> EmailSender:
        password = values.get("password")
        return EmailSender(
            host=values["host"],
            port=values["port"],
            security=Security(values["security"]),
            username=values.get("username", ""),
            password=Secret(password) if password else None,
            sender=values["sender"],
            sender_name=values.get("sender_name", ""),
            ways=self.way_out,
            now=self.now,
        )

    def _secret(self, work: Work, row: AnyRow) -> dict[str, Any]:
        if row.secret_encrypted is None:
            return {}
        key = self.vault.open(work, [row.id]).get(row.id)
        if key is None:
            raise Invalid("The key of this channel's secrets is gone; give them anew.")
        read: dict[str, Any] = orjson.loads(key.unseal(TABLE, COLUMN, row.id, row.secret_encrypted))
        return read

    def _columns(self, work: Work, data: Mapping[str, Any], row: AnyRow | None) -> dict[str, Any]:
        values = reading.fields_of(data, _READERS)
        reading.require(values, ("name", "kind", "fields"), row)
        if row is not None and values.get("kind", row.kind) != row.kind:
            reading.refuse({"kind": "can't be changed"})
        kind = ChannelKind(values["kind"] if row is None else row.kind)
        before = {} if row is None else dict(row.config) | self._secret(work, row)
        fields = _fields_of(kind, values.pop("fields", {}), before)
        if values.get("contact_id") is not None:
            if kind.addressed:
                reading.refuse({"contact_id": "such a channel reaches each contact by an address"})
            if not work.contacts.get_many([values["contact_id"]]):
                reading.refuse({"contact_id": "there is no such contact"})
        of_kind = {each.name for each in FORMS[kind] if each.secret}
        columns = reading.named(values) | {
            "config": {name: value for name, value in fields.items() if name not in of_kind},
            "secret": {name: value for name, value in fields.items() if name in of_kind},
        }
        if row is None:
            defaults: dict[str, Any] = {"contact_id": None, "enabled": True, "limits": {}, "templates": {}}
            return {**defaults, COLUMN: None, **columns}
        return columns

    @property
    def _shelf(self) -> Shelf:
        return Shelf(
            begin=self.begin,
            read=self.read,
            noun="channel",
            of=lambda work: work.channels,
            columns=self._columns,
            view=_view,
            told=_told,
        )


def _url_for(kind: ChannelKind, values: Mapping[str, Any]) -> Callable[[Outgoing], Secret | None]:
    def url(outgoing: Outgoing) -> Secret | None:
        made = apprise_url(kind, values, phone=outgoing.to.phone if outgoing.to else None)
        return None if made is None else Secret(made)

    return url


def _fields_of(kind: ChannelKind, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of a form after what was given: checked, with defaults for what was never said."""
    form = {each.name: each for each in FORMS[kind]}
    try:
        read = reading.fields_of(
            {name: value for name, value in given.items() if value is not None},
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
    if kind not in {ChannelKind.EMAIL, ChannelKind.WEBHOOK}:
        _refuse_unknown_service(kind, fields)
    return fields


def _refuse_unknown_service(kind: ChannelKind, fields: Mapping[str, Any]) -> None:
    url = apprise_url(kind, fields, phone="+15005550006")
    try:
        opened(Secret(url or ""))
    except ValueError as error:
        name = next(each.name for each in FORMS[kind] if each.secret)
        reading.refuse({f"fields.{name}": str(error)})


def _sealed(key: FieldKey, channel_id: int, secret: Mapping[str, Any]) -> bytes:
    return key.seal(TABLE, COLUMN, channel_id, orjson.dumps(dict(secret)).decode())


def _without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an audit entry holds of a change: of fields only which were given."""
    kept = {name: value for name, value in data.items() if name != "fields"}
    return kept | ({"fields": sorted(data["fields"])} if data.get("fields") else {})


def _told(verb: str, channel_id: int, details: Mapping[str, Any]) -> Audited:
    return ChannelChanged(
        action=f"channel.{verb}",
        object_type="channel",
        object_id=str(channel_id),
        details=dict(details),
        channel_id=channel_id,
    )


def _view(_: Work, row: AnyRow) -> View:
    kind = ChannelKind(row.kind)
    return {
        "id": row.id,
        "name": row.name,
        "kind": kind,
        "way": kind.way,
        "contact_id": row.contact_id,
        "enabled": row.enabled,
        "fields": dict(row.config),
        "secrets": [each.name for each in FORMS[kind] if each.secret],
        "limits": dict(row.limits),
        "templates": dict(row.templates),
        "failing_since": row.failing_since,
        "failures": row.failures,
        "error": row.error,
        "delivered_at": row.delivered_at,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _kind(value: object) -> str:
    if value not in set(ChannelKind):
        raise ValueError(f"must be one of {', '.join(ChannelKind)}")
    return str(value)


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("must be an object")
    return dict(value)


def _limits(value: object) -> dict[str, Any]:
    told = _mapping(value)
    limit_from(told)
    return told


_READERS: Final = {
    "name": reading.name,
    "kind": _kind,
    "contact_id": lambda value: None if value is None else reading.whole(value),
    "enabled": reading.flag,
    "fields": _mapping,
    "limits": _limits,
    "templates": check_templates,
}
