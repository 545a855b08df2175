"""`/incidents`: what is wrong, or was; its story; and what people do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import SPLIT, Id, Instant, Line, Text, one_or_several
from autom8.api.shapes import Body, Items, ListQuery, Out
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import AlertKind, EntryKind, IncidentState, Severity

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")

States = Annotated[tuple[IncidentState, ...], SPLIT, one_or_several(IncidentState)]
Severities = Annotated[tuple[Severity, ...], SPLIT, one_or_several(Severity)]
Note = Annotated[Text, Field(max_length=4_000)]


class IncidentOut(Out):
    """One spell of something being wrong. `annotations` are for people, `labels` for matchers."""

    id: int
    state: IncidentState
    kind: AlertKind
    object_id: int
    rule: str
    severity: Severity
    title: str
    labels: dict[str, str]
    annotations: dict[str, str]
    run_id: int | None
    flapping: bool
    held_back: bool
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_until: datetime | None
    assigned_to: int | None
    policy_id: int | None
    version: int
    updated_at: datetime


class IncidentsOut(Items):
    """A page of incidents."""

    items: list[IncidentOut]


class EntryOut(Out):
    """A line of an incident's story. `details` depend on its kind; `actor` is empty for Autom8 itself."""

    id: int
    at: datetime
    kind: EntryKind
    actor: str
    details: dict[str, Any]


class StoryOut(Items):
    """A page of a story."""

    items: list[EntryOut]


class CountsOut(Out):
    """How many incidents are open, by severity."""

    critical: int
    warning: int
    info: int


class IncidentsQuery(ListQuery):
    """Which incidents are listed; of several states or severities, those of any."""

    order: Literal["opened_at", "-opened_at", "id", "-id"] = "-opened_at"
    state: Annotated[States, Field(description="One or several, with commas: open,acknowledged.")] | None = (
        None
    )
    severity: Annotated[Severities, Field(description="One or several, with commas.")] | None = None
    kind: AlertKind | None = None
    object_id: Id | None = None
    rule: Line | None = None
    since: Annotated[Instant, Field(description="Open then, or later.")] | None = None
    until: Annotated[Instant, Field(description="Opened before.")] | None = None
    q: Annotated[Line, Field(max_length=200, description="A part of the title.")] | None = None


class StoryQuery(ListQuery):
    """How a story is read."""

    order: Literal["id", "-id"] = "id"


class AcknowledgeIn(Body):
    """Who acknowledges takes care: nobody else is told until then, or until it is resolved."""

    until: Instant | None = None
    note: Note = ""


class AssignIn(Body):
    """Whose it is; null for nobody's."""

    contact_id: Id | None


class NoteIn(Body):
    """What shall stand in the story."""

    text: Annotated[Note, Field(min_length=1)]


class ResolveIn(Body):
    """Why it is ended by hand."""

    note: Note = ""


@blueprint.get("")
@endpoint("alerts:read", answers=IncidentsOut)
def list_incidents(call: Call, query: IncidentsQuery) -> Reply:
    """List incidents, the latest first."""
    filters: Mapping[str, Any] = {
        "state": query.state,
        "severity": query.severity,
        "kind": query.kind,
        "object_id": query.object_id,
        "rule": query.rule,
        "since": query.since,
        "until": query.until,
        "q": query.q,
    }
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    found = call.services.alerts.incidents.list_(page, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.get("/counts")
@endpoint("alerts:read", answers=CountsOut)
def count_incidents(call: Call) -> Reply:
    """Count open incidents by severity."""
    return Reply(dict(call.services.alerts.incidents.counts(actor=call.actor)))


@blueprint.get("/<id:incident_id>")
@endpoint("alerts:read", answers=IncidentOut, errors=(HTTPStatus.NOT_FOUND,))
def get_incident(call: Call, incident_id: int) -> Reply:
    """Read an incident."""
    return Reply(call.services.alerts.incidents.get(incident_id, actor=call.actor))


@blueprint.get("/<id:incident_id>/story")
@endpoint("alerts:read", answers=StoryOut, errors=(HTTPStatus.NOT_FOUND,))
def read_story(call: Call, incident_id: int, query: StoryQuery) -> Reply:
    """Read what happened to an incident, in its order."""
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order)
    found = call.services.alerts.incidents.story(incident_id, page, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.post("/<id:incident_id>/acknowledge")
@endpoint(
    "alerts:write",
    answers=IncidentOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def acknowledge(call: Call, incident_id: int, body: AcknowledgeIn) -> Reply:
    """Acknowledge an incident: it is escalated no further until then, or until it is resolved."""
    return Reply(
        call.services.alerts.incidents.acknowledge(
            incident_id, until=body.until, note=body.note, actor=call.actor
        )
    )


@blueprint.post("/<id:incident_id>/unacknowledge")
@endpoint(
    "alerts:write",
    answers=IncidentOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def unacknowledge(call: Call, incident_id: int) -> Reply:
    """Take an acknowledgement back: the escalation goes on where it stood."""
    return Reply(call.services.alerts.incidents.unacknowledge(incident_id, actor=call.actor))


@blueprint.post("/<id:incident_id>/assign")
@endpoint(
    "alerts:write",
    answers=IncidentOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def assign(call: Call, incident_id: int, body: AssignIn) -> Reply:
    """Say whose an incident is."""
    return Reply(call.services.alerts.incidents.assign(incident_id, body.contact_id, actor=call.actor))


@blueprint.post("/<id:incident_id>/notes")
@endpoint("alerts:write", answers=IncidentOut, errors=(HTTPStatus.NOT_FOUND,), repeatable=True)
def add_note(call: Call, incident_id: int, body: NoteIn) -> Reply:
    """Add a note to an incident's story."""
    return Reply(call.services.alerts.incidents.add_note(incident_id, body.text, actor=call.actor))


@blueprint.post("/<id:incident_id>/resolve")
@endpoint(
    "alerts:write",
    answers=IncidentOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
)
def resolve(call: Call, incident_id: int, body: ResolveIn) -> Reply:
    """End an incident by hand. It is raised again once it fails anew."""
    return Reply(call.services.alerts.incidents.resolve(incident_id, note=body.note, actor=call.actor))
