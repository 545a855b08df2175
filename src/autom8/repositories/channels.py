"""Channels: the ways on which people are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update

from autom8.kernel.errors import NotFound
from autom8.models import Channel, table_of
from autom8.repositories.named import NamedRepository
from autom8.repositories.query import AnyRow, Filter

_CHANNEL = table_of(Channel)


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
        """All channels that are on, the oldest first."""
        statement = self._rows().where(_CHANNEL.c.enabled).order_by(_CHANNEL.c.id)
        return self._session.connection().execute(statement).all()

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
