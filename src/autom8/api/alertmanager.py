"""`/api/v2`: Autom8 as the Alertmanager of a Prometheus. Shapes and meanings are Alertmanager's own.

Prometheus pushes with an API key of the scope `alerts:push`; amtool lists and silences with one that may.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from flask import Blueprint
from pydantic import ConfigDict, Field

from autom8 import __version__
from autom8.alerts.pushed.service import RECEIVER, Asked
from autom8.alerts.silences.matchers import Matcher, read_all
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Instant, Line, Text
from autom8.api.shapes import Body, Out, Query
from autom8.kernel.errors import NotFound

blueprint = Blueprint("alertmanager", __name__, url_prefix="/api/v2")
KEPT_HOURS: Final = 120  # for which expired silences are listed, as Alertmanager keeps them


class AlertIn(Body):
    """An alert as Prometheus pushes it; what is not known here is left alone."""

    model_config = ConfigDict(extra="ignore", strict=True)

    labels: dict[str, Text]
    annotations: dict[str, Text] = Field(default_factory=dict)
    startsAt: Instant | None = None  # noqa: N815 - Alertmanager's names
    endsAt: Instant | None = None  # noqa: N815
    generatorURL: Text | None = None  # noqa: N815


class AlertsIn(Body):
    """Alerts, sent as a bare array."""

    array_of: ClassVar[str | None] = "alerts"

    alerts: Annotated[list[AlertIn], Field(max_length=10_000)]


class MatcherIn(Body):
    """One comparison of a label."""

    model_config = ConfigDict(extra="ignore", strict=True)

    name: Line
    value: Line
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

    repeated: ClassVar[frozenset[str]] = frozenset({"filter"})

    filter: list[Line] = Field(default_factory=list)
    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    unprocessed: bool = True
    muted: bool = True
    receiver: Annotated[Line, Field(max_length=200)] = ""


class FilterQuery(Query):
    """Which silences are listed."""

    repeated: ClassVar[frozenset[str]] = frozenset({"filter"})

    filter: list[Line] = Field(default_factory=list)


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
def list_silences(call: Call, query: FilterQuery) -> Reply:
    """List silences; one is listed if its matchers name what the filters ask for."""
    wanted = _matchers(query.filter)
    found = call.services.alerts.silences.recent(hours=KEPT_HOURS, actor=call.actor)
    return Reply([_silence_json(each) for each in found if _named_by(each, wanted)])


@blueprint.post("/silences")
@endpoint(
    "alerts:write", answers=SilenceIdOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), repeatable=True
)
def put_silence(call: Call, body: SilenceIn) -> Reply:
    """Make a silence, or change the one that is named."""
    data = {
        "matchers": [each.model_dump() for each in body.matchers],
        "starts_at": body.startsAt,
        "ends_at": body.endsAt,
        "comment": body.comment,
    }
    silences = call.services.alerts.silences
    if body.id:
        there = silences.by_key(_key(body.id), actor=call.actor)
        made = silences.change(there["id"], data, version=None, actor=call.actor)
    else:
        made = silences.add(data, actor=call.actor, by=body.createdBy)
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
def list_receivers(call: Call) -> Reply:
    """List receivers: there is one, and escalation policies say who is told."""
    del call
    return Reply([{"name": RECEIVER}])


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


def _asked(query: AlertsQuery) -> Asked:
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


def _named_by(silence: dict[str, Any], wanted: list[Matcher]) -> bool:
    """As Alertmanager has it: a filter is held against what the silence's own matchers ask for."""
    named = {each["name"]: each["value"] for each in silence["matchers"]}
    return all(each.matches(named) for each in wanted)


def _key(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound("There is no such silence.") from None


def _silence_json(silence: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": silence["key"],
        "status": {"state": silence["state"]},
        "matchers": silence["matchers"],
        "startsAt": silence["starts_at"].astimezone(UTC),
        "endsAt": silence["ends_at"].astimezone(UTC),
        "updatedAt": silence["updated_at"].astimezone(UTC),
        "createdBy": silence["created_by"],
        "comment": silence["comment"],
    }
