"""`/oncall`: on-call schedules, their overrides and calendars, and who is on call now."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response

from autom8.alerts.schedules.calendar import MEDIA_TYPE
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.oncall_shapes import (
    CalendarOut,
    NewOverrideOut,
    OrderedQuery,
    OverrideIn,
    OverridesOut,
    ScheduleChangesIn,
    ScheduleIn,
    ScheduleOut,
    SchedulesOut,
    ShiftsOut,
    ShiftsQuery,
    StandingOut,
    StandingsOut,
)
from autom8.kernel.errors import Invalid
from autom8.kernel.paging import Page

blueprint = Blueprint("oncall", __name__, url_prefix="/oncall")
SHOWN: Final = timedelta(days=28)


@blueprint.get("")
@endpoint("oncall:read", answers=StandingsOut)
def who_is_on_call(call: Call, query: OrderedQuery) -> Reply:
    """Who is on call now, in each schedule."""
    paged = call.services.on_call.now_of_all(_page(query), actor=call.actor)
    return Reply({"items": paged.items, "next": paged.next})


@blueprint.get("/schedules")
@endpoint("oncall:read", answers=SchedulesOut)
def list_schedules(call: Call, query: OrderedQuery) -> Reply:
    """List on-call schedules, by name unless ordered otherwise."""
    paged = call.services.on_call.schedules.list_(_page(query), actor=call.actor)
    return Reply({"items": paged.items, "next": paged.next})


def _again(call: Call, schedule_id: int) -> Reply:
    return _reply(call.services.on_call.schedules.get(schedule_id, actor=call.actor))


@blueprint.post("/schedules")
@endpoint(
    "oncall:write",
    answers=ScheduleOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
    again=_again,
)
def add_schedule(call: Call, body: ScheduleIn) -> Reply:
    """Add an on-call schedule."""
    data = body.model_dump(by_alias=True, exclude_unset=True)
    schedule = call.services.on_call.schedules.add(data, actor=call.actor)
    return _reply(schedule, location=f"/api/v1/oncall/schedules/{schedule['id']}")


@blueprint.get("/schedules/<id:schedule_id>")
@endpoint("oncall:read", answers=ScheduleOut, errors=(HTTPStatus.NOT_FOUND,))
def get_schedule(call: Call, schedule_id: int) -> Reply:
    """Read an on-call schedule."""
    return _again(call, schedule_id)


@blueprint.patch("/schedules/<id:schedule_id>")
@endpoint("oncall:write", answers=ScheduleOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="o")
def change_schedule(call: Call, schedule_id: int, body: ScheduleChangesIn, version: int) -> Reply:
    """Change an on-call schedule; who is on call by it changes at once."""
    given = body.model_dump(by_alias=True, exclude_unset=True)
    data = {name: value for name, value in given.items() if value is not None}
    schedules = call.services.on_call.schedules
    return _reply(schedules.change(schedule_id, data, version=version, actor=call.actor))


@blueprint.delete("/schedules/<id:schedule_id>")
@endpoint(
    "oncall:write",
    status=HTTPStatus.NO_CONTENT,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    guards="o",
)
def remove_schedule(call: Call, schedule_id: int, version: int) -> Reply:
    """Remove an on-call schedule with its overrides; one that an escalation policy names stays."""
    call.services.on_call.schedules.remove(schedule_id, version=version, actor=call.actor)
    return Reply()


@blueprint.get("/schedules/<id:schedule_id>/now")
@endpoint("oncall:read", answers=StandingOut, errors=(HTTPStatus.NOT_FOUND,))
def who_is_on_call_by(call: Call, schedule_id: int) -> Reply:
    """Who is on call now by a schedule, since when and until when, and who is next."""
    return Reply(call.services.on_call.now(schedule_id, actor=call.actor))


@blueprint.get("/schedules/<id:schedule_id>/shifts")
@endpoint("oncall:read", answers=ShiftsOut, errors=(HTTPStatus.NOT_FOUND,))
def list_shifts(call: Call, schedule_id: int, query: ShiftsQuery) -> Reply:
    """Who is on call when, for at most 800 days, with overrides."""
    since = query.since or call.services.clock.now()
    try:
        until = query.until or since + SHOWN
    except OverflowError:
        text = "must be in the years 1970 to 8999"
        raise Invalid(f"since {text}", fields={"since": text}) from None
    found = call.services.on_call.shifts(schedule_id, since=since, until=until, actor=call.actor)
    return Reply({"items": found, "next": None})


@blueprint.get("/schedules/<id:schedule_id>/calendar.ics")
@endpoint("oncall:read", answers=CalendarOut, errors=(HTTPStatus.NOT_FOUND,))
def read_calendar(call: Call, schedule_id: int) -> Response:
    """The shifts of the last 30 and the next 180 days as iCalendar, for programs that subscribe to it."""
    feed = call.services.on_call.feed(schedule_id, actor=call.actor)
    response = Response(feed, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="oncall-{schedule_id}.ics"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/schedules/<id:schedule_id>/overrides")
@endpoint("oncall:read", answers=OverridesOut, errors=(HTTPStatus.NOT_FOUND,))
def list_overrides(call: Call, schedule_id: int) -> Reply:
    """All overrides of a schedule that are not over, by start."""
    found = call.services.on_call.overrides(schedule_id, actor=call.actor)
    return Reply({"items": found, "next": None})


def _override_again(call: Call, override_id: int) -> Reply:
    return Reply(call.services.on_call.override(override_id, actor=call.actor))


@blueprint.post("/schedules/<id:schedule_id>/overrides")
@endpoint(
    "oncall:write",
    answers=NewOverrideOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    repeatable=True,
    again=_override_again,
)
def add_override(call: Call, schedule_id: int, body: OverrideIn) -> Reply:
    """Put somebody on call, or off, for a time of at most 100 days. `note` says what may be overlooked."""
    data = body.model_dump(exclude_unset=True)
    made = call.services.on_call.add_override(schedule_id, data, actor=call.actor)
    return Reply(made, location=f"/api/v1/oncall/schedules/{schedule_id}/overrides/{made['id']}")


@blueprint.delete("/schedules/<id:schedule_id>/overrides/<id:override_id>")
@endpoint("oncall:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,))
def remove_override(call: Call, schedule_id: int, override_id: int) -> Reply:
    """Remove an override; who is on call by rotation is so again at once."""
    call.services.on_call.remove_override(schedule_id, override_id, actor=call.actor)
    return Reply()


def _page(query: OrderedQuery) -> Page:
    return Page(limit=query.limit, cursor=query.cursor, order=query.order)


def _reply(schedule: dict[str, Any], *, location: str | None = None) -> Reply:
    return Reply(schedule, tag=f"o{schedule['id']}-v{schedule['version']}", location=location)
