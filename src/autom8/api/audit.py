"""`/audit`: the trail of who did what, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Instant, Text
from autom8.api.shapes import Items, ListQuery, Out
from autom8.audit.service import AuditView
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import ActorKind

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


class AuditQuery(ListQuery):
    """How the trail is listed."""

    order: Literal["seq", "-seq"] = "-seq"
    actor: Annotated[Text, Field(description="Entries of the user who had this name then.")] | None = None
    action: Annotated[Text, Field(examples=["task.added"])] | None = None
    object_type: Annotated[Text, Field(examples=["task"])] | None = None
    object_id: Text | None = None
    since: Instant | None = None
    until: Annotated[Instant, Field(description="Entries before then.")] | None = None


class AuditActorOut(Out):
    """Who did it."""

    kind: ActorKind
    id: int | None
    name: str


class AuditEntryOut(Out):
    """One entry. `hash` chains it to the one before."""

    seq: int
    at: datetime
    actor: AuditActorOut
    address: str
    action: str
    object_type: str
    object_id: str
    details: dict[str, Any]
    hash: str
    request_id: str


class AuditOut(Items):
    """A page of the trail."""

    items: list[AuditEntryOut]


@blueprint.get("")
@endpoint("audit:read", answers=AuditOut)
def list_audit(call: Call, query: AuditQuery) -> Reply:
    """List the audit trail, newest first unless ordered otherwise."""
    filters = query.model_dump(exclude={"limit", "cursor", "order"})
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    paged = call.services.audit.list_(page, actor=call.actor)
    return Reply({"items": [_entry_json(each) for each in paged.items], "next": paged.next})


def _entry_json(entry: AuditView) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": {"kind": entry.actor_kind, "id": entry.actor_id, "name": entry.actor_name},
        "address": entry.address,
        "request_id": entry.request_id,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "details": entry.details,
        "hash": entry.hash,
    }
