"""Messages: claimed by lease, tried, and at their end sent or a dead letter."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from autom8.kernel.errors import NotFound
from autom8.kernel.vocabulary import MessageState
from autom8.models import Message, Notice, table_of
from autom8.repositories.notices import Way
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_MESSAGE: Final = table_of(Message)
_NOTICE: Final = table_of(Notice)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_MESSAGE.c)
_LISTING: Final = Listing(
    key=_MESSAGE.c.id,
    orders={"id": _MESSAGE.c.id},
    default="-id",
    filters={
        "state": _MESSAGE.c.state.in_,
        "contact_id": lambda value: _MESSAGE.c.contact_id == value,
        "channel_id": lambda value: _MESSAGE.c.channel_id == value,
    },
)


class MessageNotFound(NotFound):
    """No message has this id."""

    code = "message_not_found"

    def __init__(self, message_id: int) -> None:
        super().__init__(f"There is no message {message_id}.")


class MessageRepository:
    """All SQL about messages."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Messages, the latest first unless the page says otherwise."""
        rows = self._session.connection().execute(_LISTING.select(_ROWS, page)).all()
        return _LISTING.paged(rows, page, lambda row, _: row.id)

    def get(self, message_id: int) -> AnyRow:
        """One message, or MessageNotFound."""
        return self._one(_ROWS, message_id)

    def lock(self, message_id: int) -> AnyRow:
        """One message, held until the end of the transaction, or MessageNotFound."""
        return self._one(_ROWS.with_for_update(), message_id)

    def add(self, values: Mapping[str, Any]) -> int:
        """Add a message and say its id."""
        made = insert(_MESSAGE).values(**values).returning(_MESSAGE.c.id)
        return int(self._session.connection().execute(made).scalar_one())

    def change(self, message_id: int, values: Mapping[str, Any]) -> None:
        """Change columns of a message."""
        statement = update(_MESSAGE).where(_MESSAGE.c.id == message_id)
        self._session.connection().execute(statement.values(**values))

    def take_due(self, now: datetime, *, leave: Collection[int], limit: int) -> Sequence[AnyRow]:
        """Messages that are due, held, but those of channels in `leave`; pages first, then by age.

        Those in state `sending` are of somebody whose lease is over.
        """
        statement = (
            _ROWS.where(_MESSAGE.c.due_at <= now, _MESSAGE.c.channel_id.not_in(leave))
            .order_by(_MESSAGE.c.pages.desc(), _MESSAGE.c.due_at, _MESSAGE.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return self._session.connection().execute(statement).all()

    def on_their_way(self, way: Way, alert_ids: Collection[int]) -> Sequence[AnyRow]:
        """What a lane's messages that came to no end yet tell of these alerts: `id` and `alert_id`."""
        statement = (
            select(_MESSAGE.c.id, _NOTICE.c.alert_id)
            .join(_NOTICE, _NOTICE.c.message_id == _MESSAGE.c.id)
            .where(
                _MESSAGE.c.contact_id == way[0],
                _MESSAGE.c.channel_id == way[1],
                _MESSAGE.c.due_at.is_not(None),
                _NOTICE.c.alert_id.in_(alert_ids),
            )
            .distinct()
        )
        return self._session.connection().execute(statement).all()

    def take_ready(self, message_ids: Collection[int]) -> Sequence[AnyRow]:
        """Those of these messages that nobody is trying, held; those that another one holds are left out."""
        statement = _ROWS.where(_MESSAGE.c.id.in_(message_ids), _MESSAGE.c.state == MessageState.READY)
        statement = statement.order_by(_MESSAGE.c.id).with_for_update(skip_locked=True)
        return self._session.connection().execute(statement).all()

    def lease(self, message_ids: Collection[int], *, token: str, until: datetime) -> None:
        """Messages that are held are tried now by whoever has the token, until their lease is over."""
        statement = update(_MESSAGE).where(_MESSAGE.c.id.in_(message_ids))
        values = {
            "state": MessageState.SENDING,
            "lease_token": token,
            "due_at": until,
            "handed_over": False,
        }
        self._session.connection().execute(statement.values(tries=_MESSAGE.c.tries + 1, **values))

    def hand_over(self, message_id: int, token: str) -> bool:
        """Note that the other side may get a message from now on; False if the lease is somebody else's."""
        mine = (_MESSAGE.c.id == message_id) & (_MESSAGE.c.lease_token == token)
        statement = update(_MESSAGE).where(mine, _MESSAGE.c.state == MessageState.SENDING)
        return bool(self._session.connection().execute(statement.values(handed_over=True)).rowcount)

    def end_leases(self, prefix: str, at: datetime) -> int:
        """Have the leases that begin so be over; how many."""
        mine = _MESSAGE.c.lease_token.startswith(prefix, autoescape=True)
        statement = update(_MESSAGE).where(_MESSAGE.c.state == MessageState.SENDING, mine)
        return self._session.connection().execute(statement.values(due_at=at)).rowcount

    def leased(self, message_id: int, token: str) -> AnyRow | None:
        """A message that is tried under this token, held; None when its lease was over and taken."""
        statement = _ROWS.where(
            _MESSAGE.c.id == message_id,
            _MESSAGE.c.lease_token == token,
            _MESSAGE.c.state == MessageState.SENDING,
        )
        return self._session.connection().execute(statement.with_for_update()).first()

    def overdue(self, before: datetime) -> Sequence[AnyRow]:
        """Of each channel with messages that were due before and came to no end: `messages`, `earliest`."""
        statement = (
            select(
                _MESSAGE.c.channel_id,
                func.count().label("messages"),
                func.min(_MESSAGE.c.due_at).label("earliest"),
            )
            .where(_MESSAGE.c.due_at < before)
            .group_by(_MESSAGE.c.channel_id)
            .order_by(_MESSAGE.c.channel_id)
        )
        return self._session.connection().execute(statement).all()

    def open_count(self) -> int:
        """How many messages came to no end yet."""
        statement = select(func.count()).where(_MESSAGE.c.due_at.is_not(None))
        return int(self._session.connection().execute(statement).scalar_one())

    def bring_within(self, at: datetime, latest: datetime, *, lease: timedelta) -> None:
        """Have messages that are to be tried after `latest` be tried at `at`. For a clock that stepped back.

        Those that are being tried keep what is left of a lease.
        """
        late = update(_MESSAGE).where(_MESSAGE.c.due_at > latest, _MESSAGE.c.state == MessageState.READY)
        held = update(_MESSAGE).where(
            _MESSAGE.c.due_at > latest + lease, _MESSAGE.c.state == MessageState.SENDING
        )
        self._session.connection().execute(late.values(due_at=at))
        self._session.connection().execute(held.values(due_at=at + lease))

    def spent(self, contact_id: int, channel_id: int, since: datetime) -> Sequence[AnyRow]:
        """When messages of a lane were made since an instant, and which are digests; no dropped ones."""
        statement = (
            select(_MESSAGE.c.made_at, _MESSAGE.c.digest)
            .where(
                _MESSAGE.c.contact_id == contact_id,
                _MESSAGE.c.channel_id == channel_id,
                _MESSAGE.c.made_at >= since,
                _MESSAGE.c.state != MessageState.DROPPED,
            )
            .order_by(_MESSAGE.c.made_at)
        )
        return self._session.connection().execute(statement).all()

    def counts(self) -> Mapping[str, int]:
        """How many messages are in each state."""
        statement = select(_MESSAGE.c.state, func.count()).group_by(_MESSAGE.c.state)
        return {row[0]: row[1] for row in self._session.connection().execute(statement)}

    def remove_ended_before(self, instant: datetime, *, limit: int) -> int:
        """Remove messages that came to their end before, the oldest first; how many."""
        oldest = select(_MESSAGE.c.id).where(_MESSAGE.c.ended_at < instant).order_by(_MESSAGE.c.id)
        ids = list(self._session.connection().execute(oldest.limit(limit)).scalars())
        if ids:
            self._session.connection().execute(delete(_MESSAGE).where(_MESSAGE.c.id.in_(ids)))
        return len(ids)

    def _one(self, statement: Select[Any], message_id: int) -> AnyRow:
        row = self._session.connection().execute(statement.where(_MESSAGE.c.id == message_id)).first()
        if row is None:
            raise MessageNotFound(message_id)
        return row
