"""`/slots`: when a schedule would run, before there is a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import CENTURY_S, Instant, Line, Whole
from autom8.api.shapes import Items, Query
from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Gap, Overlap
from autom8.scheduler.definition import schedule_from_json
from autom8.scheduler.schedules import Rule
from autom8.scheduler.tasks import PREVIEW_MAX

blueprint = Blueprint("slots", __name__, url_prefix="/slots")


class TaskPreviewQuery(Query):
    """How a task's slots are asked for."""

    count: Annotated[Whole, Field(ge=1, le=PREVIEW_MAX)] = 20
    from_: Instant | None = Field(
        default=None, alias="from", description="Slots after this instant; now by default."
    )


class SlotsQuery(TaskPreviewQuery):
    """A schedule: exactly one of `cron`, `every_s` and `at`."""

    cron: Annotated[Line, Field(examples=["30 4 * * *"])] | None = None
    every_s: Annotated[float, Field(ge=0, le=CENTURY_S)] | None = None
    anchor_at: Instant | None = None
    at: Instant | None = None
    zone: Annotated[Line, Field(examples=["Europe/Berlin"])] = defaults.ZONE
    gap: Gap = defaults.GAP
    overlap: Overlap = defaults.OVERLAP


class PreviewOut(Items):
    """The instants, first to last."""

    items: list[datetime]


@blueprint.get("/preview")
@endpoint("tasks:read", answers=PreviewOut)
def preview_slots(call: Call, query: SlotsQuery) -> Reply:
    """The next instants of a schedule that no task has yet."""
    try:
        instants = call.services.tasks.preview_rule(
            _rule(query, now=call.services.clock.now()),
            after=query.from_,
            count=query.count,
            actor=call.actor,
        )
    except Invalid as invalid:  # named as in a task; here the parameters stand by themselves
        fields = {name.removeprefix("schedule."): text for name, text in invalid.fields.items()}
        raise Invalid(str(invalid), fields=fields) from None
    return Reply(preview_json(instants))


def preview_json(instants: Sequence[datetime]) -> dict[str, Any]:
    """Instants as they are answered."""
    return {"items": instants, "next": None}


def _rule(query: SlotsQuery, *, now: datetime) -> Rule:
    schedule = schedule_from_json(_schedule(query), anchor=now.replace(microsecond=0))
    return Rule(schedule=schedule, zone=query.zone, gap=query.gap, overlap=query.overlap)


def _schedule(query: SlotsQuery) -> Mapping[str, Any]:
    given = [name for name in ("cron", "every_s", "at") if getattr(query, name) is not None]
    if len(given) != 1:
        raise Invalid(
            "Say exactly one of cron, every_s and at.",
            fields=dict.fromkeys(given or ("cron",), "exactly one of cron, every_s and at is needed"),
        )
    match given[0]:
        case "cron":
            return {"kind": "cron", "cron": query.cron}
        case "every_s":
            return {"kind": "interval", "every_s": query.every_s, "anchor_at": query.anchor_at}
        case _:
            return {"kind": "once", "at": query.at}
