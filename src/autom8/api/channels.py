"""`/channels`: ways on which people are told. What is secret in one is never shown again."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.alerts.channels.forms import FORMS
from autom8.alerts.retrying import Result
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Id, Line, Truth
from autom8.api.shapes import Body, Items, ListQuery, Out
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import ChannelKind, ContactChannel

blueprint = Blueprint("channels", __name__, url_prefix="/channels")

Fields = Annotated[
    dict[str, Any],
    Field(description="By the kind's form: see /channels/kinds.", examples=[{"url": "https://example.org/"}]),
]
Limits = Annotated[
    dict[str, Any],
    Field(description="alone_max, kept_for_pages, digests_max, window_s: of messages to one contact."),
]
Templates = Annotated[dict[str, str], Field(description="subject and text; empty for Autom8's own.")]


class ChannelIn(Body):
    """A channel to be added. One of a contact reaches only that contact."""

    name: Annotated[Line, Field(examples=["Mail"])]
    kind: ChannelKind = Field(strict=False)
    contact_id: Id | None = None
    enabled: bool = True
    fields: Fields
    limits: Limits = Field(default_factory=dict)
    templates: Templates = Field(default_factory=dict)


class ChannelChangesIn(Body):
    """What shall be changed. Of `fields` what is left out stays, and null removes one."""

    name: Line | None = None
    enabled: bool | None = None
    fields: Fields | None = None
    limits: Limits | None = None
    templates: Templates | None = None


class TestIn(Body):
    """To whom a test goes, where the channel reaches contacts."""

    contact_id: Id | None = None


class BounceOut(Out):
    """A contact whose address the other side refuses; forgotten once it takes a message."""

    contact_id: int
    at: datetime
    detail: str


class LimitsOut(Out):
    """How many messages one contact gets within `window_s`."""

    alone_max: int
    kept_for_pages: int
    digests_max: int
    window_s: int


class ChannelOut(Out):
    """A channel. `secrets` names the sealed fields that are set; nobody is shown what is in them.

    `limits` is what is said of them, `limits_in_force` that with what is usual.
    """

    id: int
    name: str
    kind: ChannelKind
    way: ContactChannel
    contact_id: int | None
    enabled: bool
    fields: dict[str, Any]
    secrets: list[str]
    limits: dict[str, Any]
    limits_in_force: LimitsOut
    templates: dict[str, str]
    failing_since: datetime | None
    failures: int
    error: str | None
    delivered_at: datetime | None
    bounced: list[BounceOut]
    version: int
    created_at: datetime
    updated_at: datetime


class ChannelsOut(Items):
    """A page of channels."""

    items: list[ChannelOut]


class FieldOut(Out):
    """One field of a form."""

    name: str
    label: str
    secret: bool
    required: bool
    default: Any
    choices: list[str]
    help: str


class KindOut(Out):
    """The form of one kind of channel; `addressed` ones reach each contact by an address."""

    kind: ChannelKind
    way: ContactChannel
    addressed: bool
    fields: list[FieldOut]


class KindsOut(Items):
    """All kinds."""

    items: list[KindOut]


class SentOut(Out):
    """How a test went."""

    result: Result
    detail: str


class ChannelsQuery(ListQuery):
    """Which channels are listed."""

    order: Literal["name", "-name", "id", "-id"] = "name"
    kind: ChannelKind | None = None
    contact_id: Id | None = None
    enabled: Truth | None = None


@blueprint.get("")
@endpoint("channels:read", answers=ChannelsOut)
def list_channels(call: Call, query: ChannelsQuery) -> Reply:
    """List channels, by name unless ordered otherwise."""
    filters = {"kind": query.kind, "contact_id": query.contact_id, "enabled": query.enabled}
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    found = call.services.alerts.channels.list_(page, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.get("/kinds")
@endpoint("channels:read", answers=KindsOut)
def list_kinds(call: Call) -> Reply:
    """List the kinds of channels with their forms."""
    del call
    return Reply({"items": [_kind_json(kind) for kind in ChannelKind], "next": None})


@blueprint.post("")
@endpoint(
    "channels:write",
    answers=ChannelOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
)
def add_channel(call: Call, body: ChannelIn) -> Reply:
    """Add a channel."""
    made = call.services.alerts.channels.add(body.model_dump(), actor=call.actor)
    return _reply(made, location=f"/api/v1/channels/{made['id']}")


@blueprint.get("/<id:channel_id>")
@endpoint("channels:read", answers=ChannelOut, errors=(HTTPStatus.NOT_FOUND,))
def get_channel(call: Call, channel_id: int) -> Reply:
    """Read a channel."""
    return _reply(call.services.alerts.channels.get(channel_id, actor=call.actor))


@blueprint.patch("/<id:channel_id>")
@endpoint(
    "channels:write", answers=ChannelOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="ch"
)
def change_channel(call: Call, channel_id: int, body: ChannelChangesIn, version: int) -> Reply:
    """Change a channel."""
    changes = {name: value for name, value in body.model_dump().items() if value is not None}
    return _reply(
        call.services.alerts.channels.change(channel_id, changes, version=version, actor=call.actor)
    )


@blueprint.delete("/<id:channel_id>")
@endpoint("channels:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,), guards="ch")
def remove_channel(call: Call, channel_id: int, version: int) -> Reply:
    """Remove a channel; what waits for it is told on another way, or dropped."""
    call.services.alerts.channels.remove(channel_id, version=version, actor=call.actor)
    return Reply()


@blueprint.post("/<id:channel_id>/test")
@endpoint("channels:write", answers=SentOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
def test_channel(call: Call, channel_id: int, body: TestIn) -> Reply:
    """Send a test message on a channel, and say how that went."""
    sent = call.services.alerts.channels.test(channel_id, contact_id=body.contact_id, actor=call.actor)
    return Reply({"result": sent.result, "detail": sent.detail})


def _kind_json(kind: ChannelKind) -> dict[str, Any]:
    return {
        "kind": kind,
        "way": kind.way,
        "addressed": kind.addressed,
        "fields": [
            {
                "name": each.name,
                "label": each.label,
                "secret": each.secret,
                "required": each.required,
                "default": each.default,
                "choices": list(each.choices),
                "help": each.help,
            }
            for each in FORMS[kind]
        ],
    }


def _reply(channel: dict[str, Any], *, location: str | None = None) -> Reply:
    return Reply(channel, tag=f"ch{channel['id']}-v{channel['version']}", location=location)
