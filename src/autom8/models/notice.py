"""The outbox: channels, notices that await being told, the messages made of them, and links in messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json, Key

_DUE = text("due_at IS NOT NULL")
_WAITING = text("state = 'waiting'")
_DEAD = text("state = 'dead'")


class Channel(Base):
    """A way on which people are told: a mail server, a webhook, a room of a chat, a person's telephone.

    `config` is what may be seen, `secret_encrypted` is sealed JSON: URLs, passwords, tokens; `sealed` names
    what is in it. A channel of a contact (`contact_id`) reaches only that one, and goes with it.
    `failing_since` is set by a try that failed and cleared by one that did not.
    """

    __tablename__ = "channel"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[int | None] = mapped_column(Id)  # its service takes it away, and with it its key
    config: Mapped[dict[str, Any]] = mapped_column(Json)
    secret_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[list[str]] = mapped_column(Json, default=list)
    limits: Mapped[dict[str, Any]] = mapped_column(Json)  # what is changed of digests.Limit
    templates: Mapped[dict[str, Any]] = mapped_column(Json)  # subject, text
    enabled: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int]  # in a row
    error: Mapped[str | None] = mapped_column(Text)  # of the latest try that failed
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_channel_contact_id", "contact_id"),
        {"sqlite_autoincrement": True},
    )


class Bounce(Base):
    """A contact's address that a channel's other side says is none; gone once it takes a message."""

    __tablename__ = "bounce"

    channel_id: Mapped[int] = mapped_column(
        Id, ForeignKey("channel.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    contact_id: Mapped[int] = mapped_column(
        Id, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(Instant)
    detail: Mapped[str] = mapped_column(Text)  # without the address

    __table_args__ = (Index("ix_bounce_contact_id", "contact_id"),)


class Lane(Base):
    """All that goes to one contact on one channel, in its order; `contact_id` 0 is the channel's own room.

    Who makes messages of what waits holds this row. `due_at` is when something may be sent.
    """

    __tablename__ = "lane"

    contact_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    channel_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    due_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_lane_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),)


class Notice(Base):
    """That somebody is to be told of a transition of an incident; made in the transition's transaction.

    Unique by incident, transition, step of the escalation, contact and channel. `transition` is the number
    of the transition in its incident, `step` that of the escalation's step (-1 for what no step asked for).
    `why` says what became of one that is not sent.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    incident_id: Mapped[int] = mapped_column(Id, ForeignKey("incident.id", ondelete="CASCADE"))
    alert_id: Mapped[int] = mapped_column(Id)  # what digests call the subject
    transition: Mapped[int]
    step: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    contact_id: Mapped[int] = mapped_column(Id)
    channel_id: Mapped[int] = mapped_column(Id)
    pages: Mapped[bool]
    ends: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    why: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[int | None] = mapped_column(Id)

    __table_args__ = (
        UniqueConstraint("incident_id", "transition", "step", "contact_id", "channel_id"),
        Index(
            "ix_notice_waiting",
            "contact_id",
            "channel_id",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_notice_lane", "contact_id", "channel_id", "alert_id", "id"),
        Index("ix_notice_message_id", "message_id"),
        {"sqlite_autoincrement": True},
    )


class Message(Base):
    """One message to one contact on one channel, of one notice or of many; claimed by lease and tried.

    `key` is its idempotency key, the same in each try. `due_at` is the next try; null once it is at its end.
    A try that is not `handed_over` has not arrived, whatever became of who tried.
    """

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    contact_id: Mapped[int] = mapped_column(Id)
    channel_id: Mapped[int] = mapped_column(Id)
    digest: Mapped[bool]
    pages: Mapped[bool]
    ends: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    tries: Mapped[int]
    unknown: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    lease_token: Mapped[str | None] = mapped_column(Text)
    handed_over: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)  # what lists show; the message itself is made anew

    __table_args__ = (
        Index("ix_message_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_message_lane", "contact_id", "channel_id", "made_at"),
        Index("ix_message_dead", "id", sqlite_where=_DEAD, postgresql_where=_DEAD),
        {"sqlite_autoincrement": True},
    )


class UsedLink(Base):
    """A link of a message that was used: it can't be used again. Kept until it would have expired."""

    __tablename__ = "used_link"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
