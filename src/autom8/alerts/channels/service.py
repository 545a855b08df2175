"""Channels for callers: added, changed, tried and removed. What is secret in them is sealed, never shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from autom8.alerts import reading
from autom8.alerts.channels.outgoing import Outgoing, Sender, Sent
from autom8.alerts.channels.senders import Senders, filled_in, prepare, secret_names
from autom8.alerts.messages.templates import check_templates
from autom8.alerts.outbox.planning import limit_from, limit_json, limit_of
from autom8.alerts.shelf import View, first_stamps, next_stamps, seen
from autom8.kernel.actor import Actor
from autom8.kernel.errors import DecryptionRefused
from autom8.kernel.events import Audited, ChannelChanged, ContactErased
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import ChannelKind, LookKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

TABLE: Final = "channel"
COLUMN: Final = "secret_encrypted"
_WELL: Final[Mapping[str, Any]] = {"failing_since": None, "failures": 0, "error": None}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelService:
    """What callers may do with channels, and the senders that the outbox asks for."""

    begin: BeginWork
    read: BeginWork
    vault: Vault
    senders: Senders
    test_message: Callable[[Work, AnyRow, int | None], Outgoing]

    def list_(self, page: Page, *, actor: Actor) -> Paged[View]:
        """Channels by name."""
        with self.read(actor) as work:
            found = work.channels.page(page)
            return Paged([_view(work, row) for row in found.items], found.next)

    def get(self, channel_id: int, *, actor: Actor) -> View:
        """One channel, or ChannelNotFound."""
        with self.read(actor) as work:
            return _view(work, work.channels.get(channel_id))

    def add(self, data: Mapping[str, Any], *, actor: Actor) -> View:
        """Add a channel: `name`, `kind`, `contact_id`, `enabled`, `fields`, `limits`, `templates`.

        Raises:
            Invalid: a field can't be meant; each is named.
            NameTaken: there is one with this name.
        """
        prepare(data.get("kind"))
        with self.begin(actor) as work:
            columns = self._columns(work, data, None)
            kind = ChannelKind(columns["kind"])
            fields = filled_in(kind, columns.pop("fields"), {})
            stamps = {**first_stamps(work.now()), "failures": 0}
            visible, secret = _parted(kind, fields)
            id_ = work.channels.add({**columns, **stamps, "config": visible, "sealed": sorted(secret)})
            if secret:
                key = self.vault.create(work, [id_])[id_]
                work.channels.change(id_, {COLUMN: _sealed(key, id_, secret)})
            work.record(_told("added", id_, _without_secrets(data)))
            view = _view(work, work.channels.get(id_))
            work.commit()
            return view

    def change(self, channel_id: int, data: Mapping[str, Any], *, version: int | None, actor: Actor) -> View:
        """Change what the data names; of `fields` those that are left out stay, null removes one.

        What is secret and can't be read any more (its key is lost) counts as left out.

        Raises:
            ChannelNotFound: no channel has this id.
            Stale: `version` is given and it has another by now.
            Invalid: a field can't be meant.
            NameTaken: another one has the new name.
        """
        if data.get("fields"):
            with self.read(actor) as work:
                prepare(work.channels.get(channel_id).kind)
        with self.begin(actor) as work:
            row = seen(work.channels.lock(channel_id), version, "channel")
            columns = self._columns(work, data, row)
            fields = columns.pop("fields", None)
            changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
            if fields:
                changed |= self._changed_fields(work, row, fields)
            if changed:
                work.channels.change(channel_id, {**changed, **next_stamps(row, work.now())})
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
            row = seen(work.channels.lock(channel_id), version, "channel")
            self._remove(work, row, {"name": row.name})
            work.commit()

    def follow_contact(self, erased: ContactErased, work: Work) -> None:
        """Where a contact is erased: its own channels go with it, or to the one that it was merged into."""
        for row in work.channels.lock_of_contact(erased.contact_id):
            if erased.merged_into is None:
                self._remove(work, row, {"contact_gone": erased.contact_id})
                continue
            changes = {"contact_id": erased.merged_into, **next_stamps(row, work.now())}
            work.channels.change(row.id, changes)
            details = {"contact_gone": erased.contact_id, "instead": erased.merged_into}
            work.record(_told("changed", row.id, details))

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
        return self.senders.of(ChannelKind(row.kind), dict(row.config) | self._secret(work, row))

    def _secret(self, work: Work, row: AnyRow) -> dict[str, Any]:
        if row.secret_encrypted is None:
            return {}
        key = self.vault.open(work, [row.id]).get(row.id)
        if key is None:
            raise DecryptionRefused(
                f"The key of the secrets of channel {row.id} is gone: give them anew.",
                reason="lost_key",
                place=(TABLE, COLUMN, row.id),
            )
        read: dict[str, Any] = orjson.loads(key.unseal(TABLE, COLUMN, row.id, row.secret_encrypted))
        return read

    def _changed_fields(self, work: Work, row: AnyRow, given: Mapping[str, Any]) -> dict[str, Any]:
        """The columns that other fields of a form change."""
        kind, lost = ChannelKind(row.kind), False
        try:
            before = dict(row.config) | self._secret(work, row)
        except DecryptionRefused:
            before, lost = dict(row.config), True
        fields = filled_in(kind, given, before)
        if fields == before and not lost:
            return {}
        visible, secret = _parted(kind, fields)
        key = None if lost else self.vault.open(work, [row.id]).get(row.id)
        if key is None:
            self.vault.destroy(work, [row.id])
            key = self.vault.create(work, [row.id])[row.id]
        sealed = _sealed(key, row.id, secret) if secret else None
        return {"config": visible, COLUMN: sealed, "sealed": sorted(secret), **_WELL}

    def _remove(self, work: Work, row: AnyRow, details: Mapping[str, Any]) -> None:
        work.channels.remove(row.id)
        self.vault.destroy(work, [row.id])
        work.looks.bring_forward(LookKind.CHANNEL, [row.id], work.now())
        work.record(_told("removed", row.id, details))

    def _columns(self, work: Work, data: Mapping[str, Any], row: AnyRow | None) -> dict[str, Any]:
        """The columns that data names, and its `fields` as they were given."""
        values = reading.fields_of(data, _READERS)
        reading.require(values, ("name", "kind", "fields"), row)
        if row is not None and values.get("kind", row.kind) != row.kind:
            reading.refuse({"kind": "can't be changed"})
        if values.get("contact_id") is not None:
            if ChannelKind(values["kind"] if row is None else row.kind).addressed:
                reading.refuse({"contact_id": "such a channel reaches each contact by an address"})
            if not work.contacts.get_many([values["contact_id"]]):
                reading.refuse({"contact_id": "there is no such contact"})
        columns = reading.named(values)
        if row is None:
            defaults: dict[str, Any] = {"contact_id": None, "enabled": True, "limits": {}, "templates": {}}
            return {**defaults, COLUMN: None, **columns}
        return columns


def _parted(kind: ChannelKind, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of the fields may be seen, and what is sealed."""
    secret = secret_names(kind)
    return (
        {name: value for name, value in fields.items() if name not in secret},
        {name: value for name, value in fields.items() if name in secret},
    )


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


def _view(work: Work, row: AnyRow) -> View:
    kind = ChannelKind(row.kind)
    return {
        "id": row.id,
        "name": row.name,
        "kind": kind,
        "way": kind.way,
        "contact_id": row.contact_id,
        "enabled": row.enabled,
        "fields": dict(row.config),
        "secrets": list(row.sealed),
        "limits": dict(row.limits),
        "limits_in_force": limit_json(limit_of(row)),
        "templates": dict(row.templates),
        "failing_since": row.failing_since,
        "failures": row.failures,
        "error": row.error,
        "delivered_at": row.delivered_at,
        "bounced": work.channels.bounced(row.id) if kind.addressed else [],
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
