"""`/audit`: the trail of who did what, its proof and its export, for administrators."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from flask import Blueprint, Response
from pydantic import Field

from autom8.api.endpoint import PERSONAL, Call, Reply, endpoint
from autom8.api.fields import ID_MAX, Instant, Text, Whole
from autom8.api.shapes import Items, ListQuery, Out, Query
from autom8.audit.checkpoint import Checkpoint, key_id, verifier_key
from autom8.audit.inquiry import Coverage
from autom8.audit.service import AuditView
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import ActorKind

JSON_LINES: Final = "application/x-ndjson"
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
    """Who did it. `key` is the API key that was shown, if it was one."""

    kind: ActorKind
    id: int | None
    name: str
    key: str | None


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


class CheckpointsQuery(ListQuery):
    """How checkpoints are listed."""

    order: Literal["size", "-size"] = "-size"


class CheckpointOut(Out):
    """The trail had `size` entries with this Merkle root and last hash. `note` is a C2SP signed note."""

    origin: str
    size: int
    root: str
    last_hash: str
    at: datetime
    key_id: str
    public_key: str
    signature: str
    note: str


class CheckpointsOut(Items):
    """A page of checkpoints."""

    items: list[CheckpointOut]


class AuditKeyOut(Out):
    """The key that signs checkpoints: note it elsewhere. `verifier` is how signed notes write it."""

    origin: str
    key_id: str
    public_key: str
    verifier: str


class CoverageOut(Out):
    """Up to which entry, and since when, checkpoints prove the trail."""

    checkpoints: int
    size: int
    at: datetime | None
    strangers: list[str]


class VerificationQuery(Query):
    """Where a check goes on."""

    cursor: Annotated[str, Field(max_length=8_000, description="`next` of the step before.")] | None = None


class VerificationOut(Out):
    """What a check found up to `last`, of `total` entries; `next` goes on, and is null at the end."""

    ok: bool
    last: int
    total: int
    first_bad: int | None
    what: str | None
    last_hash: str | None
    checkpoints: CoverageOut
    uncovered_from: int | None
    next: str | None


class ExportQuery(Query):
    """Which entries are exported."""

    first: Annotated[Whole, Field(ge=1, le=ID_MAX)] = 1
    last: Annotated[Whole, Field(ge=1, le=ID_MAX, description="The newest when left out.")] | None = None


class ExportOut(Out):
    """JSON lines: a header, entries, checkpoints, and an end."""

    media_types: ClassVar[tuple[str, ...]] = (JSON_LINES,)


@blueprint.get("")
@endpoint("audit:read", answers=AuditOut)
def list_audit(call: Call, query: AuditQuery) -> Reply:
    """List the audit trail, newest first unless ordered otherwise."""
    filters = query.model_dump(exclude={"limit", "cursor", "order"})
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    paged = call.services.audit.list_(page, actor=call.actor)
    return Reply({"items": [_entry_json(each) for each in paged.items], "next": paged.next})


@blueprint.get("/checkpoints")
@endpoint("audit:read", answers=CheckpointsOut)
def list_checkpoints(call: Call, query: CheckpointsQuery) -> Reply:
    """List checkpoints, those that cover most first."""
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order)
    paged = call.services.audit.checkpoints(page, actor=call.actor)
    return Reply({"items": [_checkpoint_json(each) for each in paged.items], "next": paged.next})


@blueprint.get("/key")
@endpoint("audit:read", answers=AuditKeyOut)
def get_audit_key(call: Call) -> Reply:
    """The public key that checkpoints are signed with now."""
    signer = call.services.sealing.signer
    key = signer.public_key
    return Reply(
        {
            "origin": signer.origin,
            "key_id": key_id(signer.origin, key),
            "public_key": b64encode(key).decode(),
            "verifier": verifier_key(signer.origin, key),
        },
    )


@blueprint.get("/verification")
@endpoint("audit:read", answers=VerificationOut)
def verify_audit(call: Call, query: VerificationQuery) -> Reply:
    """Check the trail and its checkpoints, some thousand entries a step."""
    step = call.services.audit.verify_step(query.cursor, actor=call.actor)
    found = step.found
    return Reply(
        {
            "ok": found.ok,
            "last": found.last,
            "total": step.total,
            "first_bad": found.first_bad_seq,
            "what": found.what,
            "last_hash": found.last_hash,
            "checkpoints": _coverage_json(found.trail),
            "uncovered_from": found.uncovered[0] if found.uncovered else None,
            "next": step.next,
        },
    )


@blueprint.get("/export")
@endpoint("audit:read", answers=ExportOut)
def export_audit(call: Call, query: ExportQuery) -> Response:
    """Export the trail, or a part of it, as JSON lines that prove themselves. It is audited."""
    span, lines = call.services.audit.export(first=query.first, last=query.last, actor=call.actor)
    response = Response(lines, mimetype=JSON_LINES)
    response.headers["Cache-Control"] = PERSONAL
    name = f"autom8-audit-{span.first}-{span.last}.jsonl"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Autom8-Entries"] = str(span.last - span.first + 1)
    return response


def _coverage_json(found: Coverage) -> dict[str, Any]:
    return {
        "checkpoints": found.checkpoints,
        "size": found.size,
        "at": found.at,
        "strangers": found.strangers,
    }


def _checkpoint_json(each: Checkpoint) -> dict[str, Any]:
    return {**each.as_json(), "note": each.note}


def _entry_json(entry: AuditView) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor": {
            "kind": entry.actor_kind,
            "id": entry.actor_id,
            "name": entry.actor_name,
            "key": entry.actor_key,
        },
        "address": entry.address,
        "request_id": entry.request_id,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "details": entry.details,
        "hash": entry.hash,
    }
