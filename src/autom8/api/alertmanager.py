"""`/api/v2`: Autom8 as the Alertmanager of a Prometheus. Shapes and meanings are Alertmanager's own.

Prometheus pushes with an API key of the scope `alerts:push`; amtool lists and silences with one that may.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

import orjson
from flask import Blueprint, Response
from pydantic import ConfigDict, Field

from autom8 import __version__
from autom8.alerts.pushed.service import RECEIVER, Asked
from autom8.alerts.silences.matchers import Matcher, matcher_json, matches, read_all
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Instant, Line, Text
from autom8.api.parsing import JSON
from autom8.api.shapes import Body, Out, Query
from autom8.kernel.errors import Autom8Error, Conflict, Invalid, NotFound

blueprint = Blueprint("alertmanager", __name__, url_prefix="/api/v2")
_STATES: Final = ("active", "pending", "expired")
KEPT_HOURS: Final = 120  # for which expired silences are listed, as Alertmanager keeps them


Filters = Annotated[list[Annotated[Text, Field(max_length=10_000)]], Field(max_length=50)]


class AlertIn(Body):
    """An alert as Prometheus pushes it; what is not known here is left alone."""

    model_config = ConfigDict(extra="ignore", strict=True)

    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: Instant | None = None  # noqa: N815 - Alertmanager's names
    endsAt: Instant | None = None  # noqa: N815
    generatorURL: str | None = None  # noqa: N815


class AlertsIn(Body):
    """Alerts, sent as a bare array."""

    array_of: ClassVar[str | None] = "alerts"

    alerts: Annotated[list[AlertIn], Field(max_length=10_000)]


class MatcherIn(Body):
    """One comparison of a label."""

    model_config = ConfigDict(extra="ignore", strict=True)

    name: Text
    value: Text
    isRegex: bool  # noqa: N815
    isEqual: bool = True  # noqa: N815


class SilenceIn(Body):
    """A silence to be made, or with an `id` to be changed."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: Line | None = None
    matchers: Annotated[list[MatcherIn], Field(min_length=1, max_length=50)]
    startsAt: Instant  # noqa: N815
    endsAt: Instant  # noqa: N815
    createdBy: Line  # noqa: N815
    comment: Annotated[Text, Field(max_length=4_000)]


class AlertsQuery(Query):
    """Which alerts are listed."""

    repeated: ClassVar[frozenset[str]] = frozenset({"filter", "receiver_matchers"})

    filter: Filters = Field(default_factory=list)
    receiver_matchers: Filters = Field(default_factory=list)
    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    unprocessed: bool = True
    muted: bool = True
    receiver: Annotated[Line, Field(max_length=200)] = ""


class SilencesQuery(Query):
    """Which silences are listed."""

    repeated: ClassVar[frozenset[str]] = frozenset({"filter"})

    filter: Filters = Field(default_factory=list)
    active: bool = True
    pending: bool = True
    expired: bool = True


class ReceiversQuery(Query):
    """Which receivers are listed."""

    repeated: ClassVar[frozenset[str]] = frozenset({"receiver_matchers"})

    receiver_matchers: Filters = Field(default_factory=list)


class NameOut(Out):
    """A receiver."""

    name: str


class AlertStatusOut(Out):
    """What holds an alert back."""

    state: str
    silencedBy: list[str]  # noqa: N815
    inhibitedBy: list[str]  # noqa: N815
    mutedBy: list[str]  # noqa: N815


class AlertOut(Out):
    """An alert that is wrong now."""

    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: datetime  # noqa: N815
    endsAt: datetime  # noqa: N815
    updatedAt: datetime  # noqa: N815
    generatorURL: str  # noqa: N815
    fingerprint: str
    receivers: list[NameOut]
    status: AlertStatusOut


class GroupOut(Out):
    """Alerts of one name."""

    labels: dict[str, str]
    routeLabels: dict[str, str]  # noqa: N815
    receiver: NameOut
    alerts: list[AlertOut]


class SilenceOut(Out):
    """A silence."""

    id: str
    status: dict[str, str]
    matchers: list[dict[str, Any]]
    startsAt: datetime  # noqa: N815
    endsAt: datetime  # noqa: N815
    updatedAt: datetime  # noqa: N815
    createdBy: str  # noqa: N815
    comment: str
    annotations: dict[str, str]


class SilenceIdOut(Out):
    """The name of a silence that was made."""

    silenceID: str  # noqa: N815


class StatusOut(Out):
    """How this server is, as far as Alertmanager's clients ask."""

    cluster: dict[str, Any]
    config: dict[str, str]
    uptime: datetime
    versionInfo: dict[str, str]  # noqa: N815


@blueprint.get("/alerts")
@endpoint("alerts:read", answers=AlertOut)
def list_alerts(call: Call, query: AlertsQuery) -> Reply:
    """List alerts that other programs pushed and that are wrong now."""
    return Reply(call.services.alerts.pushed.alerts(_asked(query), actor=call.actor))


@blueprint.post("/alerts")
@endpoint("alerts:push")
def push_alerts(call: Call, body: AlertsIn) -> Reply:
    """Take alerts, as Prometheus pushes them."""
    alerts = [each.model_dump(exclude_none=True) for each in body.alerts]
    call.services.alerts.pushed.push(alerts, actor=call.actor)
    return Reply()


@blueprint.get("/alerts/groups")
@endpoint("alerts:read", answers=GroupOut)
def list_groups(call: Call, query: AlertsQuery) -> Reply:
    """List the same in groups by their names."""
    return Reply(call.services.alerts.pushed.groups(_asked(query), actor=call.actor))


@blueprint.get("/silences")
@endpoint("alerts:read", answers=SilenceOut)
def list_silences(call: Call, query: SilencesQuery) -> Reply:
    """List silences that hold, will, or ended of late; those that have the matchers of the filters."""
    wanted = _matchers(query.filter)
    states = {name for name in ("active", "pending", "expired") if getattr(query, name)}
    found = map(_silence_json, call.services.alerts.silences.recent(hours=KEPT_HOURS, actor=call.actor))
    listed = [each for each in found if each["status"]["state"] in states and _has(each, wanted)]
    return Reply(sorted(listed, key=_order))


@blueprint.post("/silences")
@endpoint("alerts:write", answers=SilenceIdOut, errors=(HTTPStatus.NOT_FOUND,), repeatable=True)
def put_silence(call: Call, body: SilenceIn) -> Reply:
    """Make a silence, or change the one that is named; another may take its place."""
    data = {
        "matchers": [each.model_dump() for each in body.matchers],
        "starts_at": body.startsAt,
        "ends_at": body.endsAt,
        "comment": body.comment,
    }
    key = _key(body.id) if body.id else None
    made = call.services.alerts.silences.put(data, key=key, by=body.createdBy, actor=call.actor)
    return Reply({"silenceID": made["key"]})


@blueprint.get("/silence/<key>")
@endpoint("alerts:read", answers=SilenceOut, errors=(HTTPStatus.NOT_FOUND,))
def get_silence(call: Call, key: str) -> Reply:
    """Read a silence by its UUID."""
    return Reply(_silence_json(call.services.alerts.silences.by_key(_key(key), actor=call.actor)))


@blueprint.delete("/silence/<key>")
@endpoint("alerts:write", errors=(HTTPStatus.NOT_FOUND,))
def expire_silence(call: Call, key: str) -> Reply:
    """End a silence now."""
    silences = call.services.alerts.silences
    silences.expire(silences.by_key(_key(key), actor=call.actor)["id"], actor=call.actor)
    return Reply()


@blueprint.get("/receivers")
@endpoint("alerts:read", answers=NameOut)
def list_receivers(call: Call, query: ReceiversQuery) -> Reply:
    """List receivers: there is one, and escalation policies say who is told."""
    del call
    there = matches(_matchers(query.receiver_matchers), {})  # it has no labels
    return Reply([{"name": RECEIVER}] if there else [])


@blueprint.get("/status")
@endpoint("alerts:read", answers=StatusOut)
def get_status(call: Call) -> Reply:
    """Read how this server is."""
    version = {
        "version": __version__,
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    }
    return Reply(
        {
            "cluster": {"status": "disabled", "peers": []},
            "config": {"original": f"# Autom8 {__version__}: see its escalation policies\n"},
            "uptime": call.services.alerts.pushed.started_at,
            "versionInfo": version,
        }
    )


@blueprint.errorhandler(Invalid)
@blueprint.errorhandler(Conflict)
def refuse(error: Autom8Error) -> Response:
    """Say what can't be meant as Alertmanager says it: 400 with a text, which its clients show."""
    response = Response(orjson.dumps(str(error)), HTTPStatus.BAD_REQUEST, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(query: AlertsQuery) -> Asked:
    if not matches(_matchers(query.receiver_matchers), {}):
        return Asked(active=False, silenced=False, inhibited=False)
    return Asked(
        matchers=_matchers(query.filter),
        active=query.active,
        silenced=query.silenced,
        inhibited=query.inhibited,
        unprocessed=query.unprocessed,
        receiver=query.receiver,
    )


def _matchers(filters: list[str]) -> list[Matcher]:
    return [matcher for each in filters for matcher in read_all(each)]


def _has(silence: dict[str, Any], wanted: list[Matcher]) -> bool:
    """As Alertmanager has it: each filter is one of the silence's own matchers."""
    return all(matcher_json(each) in silence["matchers"] for each in wanted)


def _order(silence: dict[str, Any]) -> tuple[int, float]:
    """Those that hold by their ends, those to come by their starts, then what ended, the latest first."""
    state = silence["status"]["state"]
    at = {"active": silence["endsAt"], "pending": silence["startsAt"], "expired": silence["endsAt"]}[state]
    return _STATES.index(state), -at.timestamp() if state == "expired" else at.timestamp()


def _key(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound("There is no such silence.") from None


def _silence_json(silence: dict[str, Any]) -> dict[str, Any]:
    """A silence in Alertmanager's shape, in which a maintenance window between its hours is pending."""
    waits = silence["state"] == "active" and not silence["holds"]
    return {
        "id": silence["key"],
        "status": {"state": "pending" if waits else silence["state"]},
        "matchers": silence["matchers"],
        "startsAt": silence["starts_at"].astimezone(UTC),
        "endsAt": silence["ends_at"].astimezone(UTC),
        "updatedAt": silence["updated_at"].astimezone(UTC),
        "createdBy": silence["created_by"],
        "comment": silence["comment"],
        "annotations": {},
    }
