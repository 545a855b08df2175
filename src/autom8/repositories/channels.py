"""Channels: the ways on which people are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from autom8.kernel.errors import NotFound
from autom8.kernel.vocabulary import ChannelKind
from autom8.models import Bounce, Channel, table_of
from autom8.repositories.named import NamedRepository
from autom8.repositories.query import AnyRow, Filter

_CHANNEL = table_of(Channel)
_BOUNCE = table_of(Bounce)
BOUNCED_SHOWN = 100


class ChannelNotFound(NotFound):
    """No channel has this id or name."""

    code = "channel_not_found"


class ChannelRepository(NamedRepository):
    """All SQL about channels. What is sealed stays so here."""

    table = _CHANNEL
    noun = "channel"
    not_found = ChannelNotFound
    filters: ClassVar[Mapping[str, Filter]] = {
        "kind": lambda value: _CHANNEL.c.kind == value,
        "contact_id": lambda value: _CHANNEL.c.contact_id == value,
        "enabled": _CHANNEL.c.enabled.is_,
    }

    def usable(self) -> Sequence[AnyRow]:
        """All channels that are on, the oldest first; of a kind that a newer release added, none."""
        known = _CHANNEL.c.kind.in_(list(ChannelKind))
        statement = self._rows().where(_CHANNEL.c.enabled, known).order_by(_CHANNEL.c.id)
        return self._session.connection().execute(statement).all()

    def lock_of_contact(self, contact_id: int) -> Sequence[AnyRow]:
        """The channels of a contact, held, in the order of their ids."""
        statement = self._rows().where(_CHANNEL.c.contact_id == contact_id).order_by(_CHANNEL.c.id)
        return self._session.connection().execute(statement.with_for_update()).all()

    def bounced(self, channel_id: int) -> list[dict[str, Any]]:
        """Contacts whose address a channel's other side refuses, the latest first: contact_id, at, detail."""
        columns = (_BOUNCE.c.contact_id, _BOUNCE.c.at, _BOUNCE.c.detail)
        latest = select(*columns).where(_BOUNCE.c.channel_id == channel_id)
        rows = self._session.connection().execute(
            latest.order_by(_BOUNCE.c.at.desc(), _BOUNCE.c.contact_id).limit(BOUNCED_SHOWN)
        )
        return [dict(each) for each in rows.mappings()]

    def note_bounced(self, channel_id: int, contact_id: int, at: datetime, detail: str) -> None:
        """The other side says that a contact has no such address."""
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        now = {"at": at, "detail": detail}
        row = make(_BOUNCE).values(channel_id=channel_id, contact_id=contact_id, **now)
        connection.execute(row.on_conflict_do_update(index_elements=["channel_id", "contact_id"], set_=now))

    def forget_bounce(self, channel_id: int, contact_id: int) -> None:
        """A contact's address took a message."""
        of_it = (_BOUNCE.c.channel_id == channel_id) & (_BOUNCE.c.contact_id == contact_id)
        self._session.connection().execute(delete(_BOUNCE).where(of_it))

    def note_delivered(self, channel_id: int, at: datetime) -> bool:
        """A try went well; whether the channel had been failing."""
        failing = select(_CHANNEL.c.failing_since).where(_CHANNEL.c.id == channel_id)
        was = self._session.connection().execute(failing.with_for_update()).scalar()
        values = {"delivered_at": at, "failing_since": None, "failures": 0, "error": None}
        self._session.connection().execute(
            update(_CHANNEL).where(_CHANNEL.c.id == channel_id).values(**values)
        )
        return was is not None

    def note_failed(self, channel_id: int, at: datetime, error: str) -> None:
        """A try failed."""
        since = {"failing_since": at}
        of_it = update(_CHANNEL).where(_CHANNEL.c.id == channel_id)
        connection = self._session.connection()
        connection.execute(of_it.where(_CHANNEL.c.failing_since.is_(None)).values(**since))
        connection.execute(of_it.values(failures=_CHANNEL.c.failures + 1, error=error))
