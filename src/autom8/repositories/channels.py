"""Channels: the ways on which people are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from autom8.kernel.errors import Conflict, NotFound
from autom8.models import Channel, table_of
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_CHANNEL: Final = table_of(Channel)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_CHANNEL.c)
_LISTING: Final = Listing(
    key=_CHANNEL.c.id,
    orders={"id": _CHANNEL.c.id, "name": _CHANNEL.c.name_key},
    default="name",
    filters={
        "kind": lambda value: _CHANNEL.c.kind == value,
        "contact_id": lambda value: _CHANNEL.c.contact_id == value,
        "enabled": _CHANNEL.c.enabled.is_,
    },
)


class ChannelNotFound(NotFound):
    """No channel has this id or name."""

    code = "channel_not_found"

    def __init__(self, channel: int | str) -> None:
        super().__init__(f"There is no channel {channel!r}.")


class ChannelNameTaken(Conflict):
    """Another channel has this name, or one that differs only in case or form."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a channel {name!r} already.")


class ChannelRepository:
    """All SQL about channels. What is sealed stays so here."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Channels, by name unless the page says otherwise."""
        rows = self._session.connection().execute(_LISTING.select(_ROWS, page)).all()
        return _LISTING.paged(rows, page, lambda row, name: row.name_key if name == "name" else row.id)

    def get(self, channel_id: int) -> AnyRow:
        """One channel, or ChannelNotFound."""
        return self._one(_ROWS, channel_id)

    def lock(self, channel_id: int) -> AnyRow:
        """One channel, held until the end of the transaction, or ChannelNotFound."""
        return self._one(_ROWS.with_for_update(), channel_id)

    def find(self, channel_id: int) -> AnyRow | None:
        """One channel, if it is there."""
        return self._session.connection().execute(_ROWS.where(_CHANNEL.c.id == channel_id)).first()

    def find_many(self, channel_ids: Sequence[int]) -> Mapping[int, AnyRow]:
        """Those of these channels that are there."""
        statement = _ROWS.where(_CHANNEL.c.id.in_(channel_ids))
        return {row.id: row for row in self._session.connection().execute(statement)}

    def usable(self) -> Sequence[AnyRow]:
        """All channels that are on, the oldest first."""
        statement = _ROWS.where(_CHANNEL.c.enabled).order_by(_CHANNEL.c.id)
        return self._session.connection().execute(statement).all()

    def add(self, values: Mapping[str, Any]) -> int:
        """Add a channel and say its id.

        Raises:
            ChannelNameTaken: there is one with this name.
        """
        try:
            made = insert(_CHANNEL).values(**values).returning(_CHANNEL.c.id)
            return int(self._session.connection().execute(made).scalar_one())
        except IntegrityError as error:
            raise ChannelNameTaken(values["name"]) from error

    def change(self, channel_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of a channel.

        Raises:
            ChannelNameTaken: another one has its new name.
        """
        statement = update(_CHANNEL).where(_CHANNEL.c.id == channel_id)
        try:
            self._session.connection().execute(statement.values(**values))
        except IntegrityError as error:
            raise ChannelNameTaken(values.get("name", "")) from error

    def remove(self, channel_id: int) -> None:
        """Remove a channel; what was told on it stays in the stories."""
        self._session.connection().execute(delete(_CHANNEL).where(_CHANNEL.c.id == channel_id))

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

    def _one(self, statement: Select[Any], channel_id: int) -> AnyRow:
        row = self._session.connection().execute(statement.where(_CHANNEL.c.id == channel_id)).first()
        if row is None:
            raise ChannelNotFound(channel_id)
        return row
