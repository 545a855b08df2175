"""`/checks`: jobs that run elsewhere and ping; `/ping/<key>` itself is in `api/pings.py`."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint, current_app, request
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import CENTURY_S, Line, Text, Whole
from autom8.api.shapes import Body, Items, ListQuery, Out, Query
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import CheckState, PingKind
from autom8.middleware.addresses import Proxies
from autom8.middleware.gate import PROXIES

blueprint = Blueprint("checks", __name__, url_prefix="/checks")

Tags = Annotated[list[Line], Field(max_length=50)]
Period = Annotated[int, Field(ge=60, le=CENTURY_S, description="Seconds from one ping to the next.")]
Grace = Annotated[int, Field(ge=60, le=CENTURY_S, description="How late a ping may be.")]
Cron = Annotated[Line, Field(description="Instead of a period: when the job runs.", examples=["30 4 * * *"])]
Bars = Annotated[Whole, Field(ge=0, le=100, description="How many of the latest pings come along.")]


class CheckIn(Body):
    """A check to be added. Without a period or a cron expression a ping is due each day."""

    name: Annotated[Line, Field(examples=["Nightly backup of db1"])]
    description: Annotated[Text, Field(max_length=4_000)] = ""
    tags: Tags = Field(default_factory=list)
    period_s: Period | None = None
    cron: Cron | None = None
    zone: Line | None = None
    grace_s: Grace = 3_600


class CheckChangesIn(Body):
    """What shall be changed; what is left out, or null, stays."""

    name: Line | None = None
    description: Annotated[Text, Field(max_length=4_000)] | None = None
    tags: Tags | None = None
    period_s: Period | None = None
    cron: Cron | None = None
    zone: Line | None = None
    grace_s: Grace | None = None


class PingOut(Out):
    """A ping. `duration_s` is since the start that its run said."""

    id: int
    at: datetime
    kind: PingKind
    exit_code: int | None
    run: str | None
    duration_s: float | None
    late: bool
    method: str
    address: str
    agent: str
    body_bytes: int


class WholePingOut(PingOut):
    """A ping with what was sent along, `cut` where that was longer."""

    body: str
    cut: bool


class PingsOut(Items):
    """A page of pings."""

    items: list[PingOut]


class CheckOut(Out):
    """A check. `url` is there for who may change it, null where it can't be read. `fails` are in a row."""

    id: int
    name: str
    description: str
    tags: list[str]
    state: CheckState
    period_s: int | None
    cron: str | None
    zone: str | None
    grace_s: int
    enabled: bool
    running: bool
    started_at: datetime | None
    last_ping_at: datetime | None
    last_end: PingKind | None
    fails: int
    last_duration_s: float | None
    expected_at: datetime | None
    pings: int
    recent: list[PingOut]
    url: str | None = None
    version: int
    created_at: datetime
    updated_at: datetime


class ChecksOut(Items):
    """A page of checks."""

    items: list[CheckOut]


class ChecksQuery(ListQuery):
    """Which checks are listed."""

    order: Literal["name", "-name", "id", "-id"] = "name"
    enabled: bool | None = None
    q: Annotated[Line, Field(max_length=200, description="A part of the name.")] | None = None
    recent: Bars = 0


class CheckQuery(Query):
    """What comes along."""

    recent: Bars = 0


class PingsQuery(ListQuery):
    """Which pings are listed."""

    order: Literal["id", "-id"] = "-id"
    kind: PingKind | None = None


@blueprint.get("")
@endpoint("checks:read", answers=ChecksOut)
def list_checks(call: Call, query: ChecksQuery) -> Reply:
    """List checks, by name unless ordered otherwise."""
    filters = {"enabled": query.enabled, "q": query.q}
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    found = call.services.alerts.checks.list_(page, bars=query.recent, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


def _again(call: Call, check_id: int) -> Reply:
    return _reply(call.services.alerts.checks.get(check_id, actor=call.actor))


@blueprint.post("")
@endpoint(
    "checks:write",
    answers=CheckOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
    again=_again,
)
def add_check(call: Call, body: CheckIn) -> Reply:
    """Add a check, with a key of its own."""
    made = call.services.alerts.checks.add(body.model_dump(exclude_none=True), actor=call.actor)
    return _reply(made, located=True)


@blueprint.get("/<id:check_id>")
@endpoint("checks:read", answers=CheckOut, errors=(HTTPStatus.NOT_FOUND,))
def get_check(call: Call, check_id: int, query: CheckQuery) -> Reply:
    """Read a check."""
    return _reply(call.services.alerts.checks.get(check_id, bars=query.recent, actor=call.actor))


@blueprint.patch("/<id:check_id>")
@endpoint("checks:write", answers=CheckOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="ck")
def change_check(call: Call, check_id: int, body: CheckChangesIn, version: int) -> Reply:
    """Change a check."""
    changes = body.model_dump(exclude_none=True)
    return _reply(call.services.alerts.checks.change(check_id, changes, version=version, actor=call.actor))


@blueprint.delete("/<id:check_id>")
@endpoint("checks:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,), guards="ck")
def remove_check(call: Call, check_id: int, version: int) -> Reply:
    """Remove a check with its pings."""
    call.services.alerts.checks.remove(check_id, version=version, actor=call.actor)
    return Reply()


@blueprint.post("/<id:check_id>/pause")
@endpoint("checks:write", answers=CheckOut, errors=(HTTPStatus.NOT_FOUND,), repeatable=True, again=_again)
def pause_check(call: Call, check_id: int) -> Reply:
    """Expect nothing of a check until it is resumed."""
    return _reply(call.services.alerts.checks.pause(check_id, actor=call.actor), located=True)


@blueprint.post("/<id:check_id>/resume")
@endpoint("checks:write", answers=CheckOut, errors=(HTTPStatus.NOT_FOUND,), repeatable=True, again=_again)
def resume_check(call: Call, check_id: int) -> Reply:
    """Expect pings of a check again."""
    return _reply(call.services.alerts.checks.resume(check_id, actor=call.actor), located=True)


@blueprint.post("/<id:check_id>/key")
@endpoint(
    "checks:write",
    answers=CheckOut,
    errors=(HTTPStatus.NOT_FOUND,),
    guards="ck",
    repeatable=True,
    again=_again,
)
def renew_key(call: Call, check_id: int, version: int) -> Reply:
    """Give a check another key; the old one is refused at once."""
    renewed = call.services.alerts.checks.renew_key(check_id, version=version, actor=call.actor)
    return _reply(renewed, located=True)


@blueprint.get("/<id:check_id>/pings")
@endpoint("checks:read", answers=PingsOut, errors=(HTTPStatus.NOT_FOUND,))
def list_pings(call: Call, check_id: int, query: PingsQuery) -> Reply:
    """List the pings of a check, the latest first."""
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters={"kind": query.kind})
    found = call.services.alerts.checks.pings(check_id, page, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.get("/<id:check_id>/pings/<id:ping_id>")
@endpoint("checks:read", answers=WholePingOut, errors=(HTTPStatus.NOT_FOUND,))
def get_ping(call: Call, check_id: int, ping_id: int) -> Reply:
    """Read a ping with what was sent along."""
    return Reply(call.services.alerts.checks.body(check_id, ping_id, actor=call.actor))


def _origin() -> str:
    """This server as the caller calls it, for where no setting says how it is reached."""
    proxies: Proxies = current_app.extensions[PROXIES]
    scheme = "https" if proxies.is_https(request.environ) else "http"
    return f"{scheme}://{proxies.host_of(request.environ)}"


def _reply(check: dict[str, Any], *, located: bool = False) -> Reply:
    """A check; `located` where a repeated request reads it again, since no copy of its URL is kept."""
    if str(check.get("url")).startswith("/"):
        check = check | {"url": f"{_origin()}{check['url']}"}
    location = f"/api/v1/checks/{check['id']}" if located else None
    return Reply(check, tag=f"ck{check['id']}-v{check['version']}", location=location)
