"""Messages for people who look after them: what was sent, what waits, and dead letters to be sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict
from autom8.kernel.events import MessageResent, NoticesMade
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import MessageState
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work


class NotDead(Conflict):
    """The message is no dead letter."""

    code = "not_a_dead_letter"

    def __init__(self, message_id: int, state: str) -> None:
        super().__init__(f"Message {message_id} is {state}; only dead letters are sent again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageService:
    """What callers may do with messages."""

    begin: BeginWork
    read: BeginWork

    def list_(self, page: Page, *, actor: Actor) -> Paged[dict[str, Any]]:
        """Messages, the latest first; filters `state`, `contact_id`, `channel_id`."""
        with self.read(actor) as work:
            found = work.messages.page(page)
            return Paged(_views(work, found.items), found.next)

    def get(self, message_id: int, *, actor: Actor) -> dict[str, Any]:
        """One message with its notices, or MessageNotFound."""
        with self.read(actor) as work:
            return _whole(work, work.messages.get(message_id))

    def counts(self, *, actor: Actor) -> Mapping[str, int]:
        """How many messages are in each state."""
        with self.read(actor) as work:
            counts = work.messages.counts()
            return {str(each): counts.get(each, 0) for each in MessageState}

    def resend(self, message_id: int, *, actor: Actor) -> dict[str, Any]:
        """Have a dead letter tried again, as if it were made now, under its old idempotency key.

        Raises:
            MessageNotFound: no message has this id.
            NotDead: it is on its way, or has arrived.
        """
        with self.begin(actor) as work:
            row = work.messages.lock(message_id)
            if row.state != MessageState.DEAD:
                raise NotDead(message_id, row.state)
            now = work.now()
            values = {
                "state": MessageState.READY,
                "due_at": now,
                "made_at": now,
                "ended_at": None,
                "reason": "resent",
                "tries": 0,
                "unknown": 0,
            }
            work.messages.change(message_id, values)
            work.record(
                MessageResent(
                    action="message.resent",
                    object_type="message",
                    object_id=str(message_id),
                    details={"channel_id": row.channel_id, "contact_id": row.contact_id},
                    message_id=message_id,
                )
            )
            work.record(NoticesMade())
            made = _whole(work, work.messages.get(message_id))
            work.commit()
            return made


def _views(work: Work, rows: Any) -> list[dict[str, Any]]:
    contacts = {each.id: each.name for each in work.contacts.get_many({row.contact_id for row in rows} - {0})}
    channels = work.channels.find_many({row.channel_id for row in rows})
    return [_view(row, contacts, channels) for row in rows]


def _view(row: AnyRow, contacts: Mapping[int, str], channels: Mapping[int, AnyRow]) -> dict[str, Any]:
    channel = channels.get(row.channel_id)
    return {
        "id": row.id,
        "key": row.key,
        "state": row.state,
        "subject": row.subject,
        "contact_id": row.contact_id or None,
        "contact": contacts.get(row.contact_id),
        "channel_id": row.channel_id,
        "channel": channel.name if channel is not None else None,
        "digest": row.digest,
        "pages": row.pages,
        "ends": row.ends,
        "tries": row.tries,
        "reason": row.reason,
        "error": row.error,
        "made_at": row.made_at,
        "due_at": row.due_at,
        "ended_at": row.ended_at,
    }


def _whole(work: Work, row: AnyRow) -> dict[str, Any]:
    (view,) = _views(work, [row])
    notices = work.notices.of_message(row.id)
    return view | {
        "notices": [
            {"id": each.id, "incident_id": each.incident_id, "kind": each.kind, "made_at": each.made_at}
            for each in notices
        ]
    }
