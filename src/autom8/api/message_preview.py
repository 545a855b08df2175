"""`/channels/preview`: what a channel's templates would make of an incident; and the fields they may name."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from autom8.alerts.flapping import Notice
from autom8.alerts.messages.preview import Wanted
from autom8.alerts.messages.templates import FIELDS
from autom8.alerts.templates import TEMPLATE_CHARS_MAX
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Id, Line, Text
from autom8.api.shapes import Body, Items, Out

blueprint = Blueprint("message_preview", __name__, url_prefix="/channels")

TemplateText = Annotated[Text, Field(max_length=TEMPLATE_CHARS_MAX)]


class TemplatesIn(Body):
    """A channel's own templates; an empty one stands for Autom8's own form."""

    subject: Annotated[TemplateText, Field(examples=["{{ notice }}: {{ incident.title }}"])] = ""
    text: Annotated[TemplateText, Field(examples=["{{ run.reason }}\n\n{{ run.output }}"])] = ""


class MessagePreviewIn(Body):
    """What is to be previewed. Without an incident, one is made up."""

    templates: TemplatesIn = Field(default_factory=TemplatesIn)
    incident_id: Id | None = None
    notice: Notice = Field(default=Notice.FIRING, strict=False)
    language: Annotated[Line, Field(max_length=35, examples=["de"])] | None = None
    zone: Annotated[Line, Field(max_length=100, examples=["Europe/Berlin"])] = "UTC"


class MessageMessagePreviewOut(Out):
    """The message in all its forms. `event` is the data that webhooks get."""

    subject: str
    text: str
    html: str
    event: dict[str, Any]
    event_type: str


class TemplateFieldOut(Out):
    """A field that templates may name."""

    name: str
    meaning: str


class TemplateFieldsOut(Items):
    """All of them."""

    items: list[TemplateFieldOut]


@blueprint.post("/preview")
@endpoint("channels:read", answers=MessageMessagePreviewOut, errors=(HTTPStatus.NOT_FOUND,))
def preview_message(call: Call, body: MessagePreviewIn) -> Reply:
    """Preview a message. An incident needs the scope alerts:read too, and one of a task runs:read."""
    wanted = Wanted(
        templates=body.templates.model_dump(),
        incident_id=body.incident_id,
        notice=body.notice,
        language=body.language,
        zone=body.zone,
    )
    made = call.services.alerts.previews.preview(wanted, actor=call.actor)
    return Reply(
        {
            "subject": made.subject,
            "text": made.text,
            "html": made.html,
            "event": dict(made.event),
            "event_type": made.event_type,
        }
    )


@blueprint.get("/template-fields")
@endpoint("channels:read", answers=TemplateFieldsOut)
def list_template_fields(call: Call) -> Reply:
    """List the fields that templates may name."""
    del call
    items = [{"name": name, "meaning": meaning} for name, meaning in FIELDS.items()]
    return Reply({"items": items, "next": None})
