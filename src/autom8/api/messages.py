"""`/messages`: what was told to whom and what became of it; dead letters are sent again from here."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import SPLIT, Id, one_or_several
from autom8.api.shapes import Items, ListQuery, Out
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import MessageState

blueprint = Blueprint("messages", __name__, url_prefix="/messages")

States = Annotated[tuple[MessageState, ...], SPLIT, one_or_several(MessageState)]


class MessageOut(Out):
    """A message to one contact, or to a channel's own room. `reason` says why it is a dead letter."""

    id: int
    key: str
    state: MessageState
    subject: str
    contact_id: int | None
    contact: str | None
    channel_id: int
    channel: str | None
    digest: bool
    pages: bool
    ends: bool
    tries: int
    reason: str | None
    error: str | None
    made_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class NoticeOut(Out):
    """What a message tells of one incident."""

    id: int
    incident_id: int
    kind: str
    made_at: datetime


class WholeMessageOut(MessageOut):
    """A message with its notices."""

    notices: list[NoticeOut]


class MessagesOut(Items):
    """A page of messages."""

    items: list[MessageOut]


class MessagesQuery(ListQuery):
    """Which messages are listed."""

    order: Literal["id", "-id"] = "-id"
    state: Annotated[States, Field(description="One or several, with commas: dead,ready.")] | None = None
    contact_id: Id | None = None
    channel_id: Id | None = None


@blueprint.get("")
@endpoint("channels:read", answers=MessagesOut)
def list_messages(call: Call, query: MessagesQuery) -> Reply:
    """List messages, the latest first."""
    filters = {"state": query.state, "contact_id": query.contact_id, "channel_id": query.channel_id}
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    found = call.services.alerts.messages.list_(page, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.get("/<id:message_id>")
@endpoint("channels:read", answers=WholeMessageOut, errors=(HTTPStatus.NOT_FOUND,))
def get_message(call: Call, message_id: int) -> Reply:
    """Read what became of a message."""
    return Reply(call.services.alerts.messages.get(message_id, actor=call.actor))


@blueprint.post("/<id:message_id>/resend")
@endpoint(
    "alerts:write",
    answers=WholeMessageOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def resend(call: Call, message_id: int) -> Reply:
    """Send a dead letter again."""
    return Reply(call.services.alerts.messages.resend(message_id, actor=call.actor))
