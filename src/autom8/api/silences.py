"""`/silences` and `/dependencies`: what is held back, by matchers of labels, and for how long."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Instant, Line, Text
from autom8.api.shapes import Body, Items, ListQuery, Out
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import Weekday

blueprint = Blueprint("silences", __name__, url_prefix="/silences")
dependencies = Blueprint("dependencies", __name__, url_prefix="/dependencies")

_STATES = r"^(pending|active|expired)(,(pending|active|expired)){0,2}$"
Comment = Annotated[Text, Field(max_length=4_000)]


class MatcherIn(Body):
    """One comparison of a label, in Alertmanager's form."""

    name: Text
    value: Text
    isRegex: bool = False  # noqa: N815 - Alertmanager's name
    isEqual: bool = True  # noqa: N815 - likewise


Matchers = Annotated[
    Annotated[Text, Field(max_length=10_000)] | list[MatcherIn],
    Field(description="A text or a list; all must match.", examples=['task=~"db.*", severity="warning"']),
]


class HoursIn(Body):
    """Hours of the week, by the clocks of a zone."""

    days: list[Annotated[Weekday, Field(strict=False)]] | None = None
    from_: Annotated[Line, Field(alias="from", examples=["02:00"])]
    until: Annotated[Line, Field(examples=["04:00"])]
    zone: Annotated[Line, Field(examples=["Europe/Berlin"])]


class SilenceIn(Body):
    """A silence to be made; with `hours` a maintenance window, which holds only within them."""

    matchers: Matchers
    starts_at: Instant | None = None
    ends_at: Instant
    hours: HoursIn | None = None
    comment: Comment = ""


class SilenceChangesIn(Body):
    """What shall be changed of a silence that has not ended; `hours` of null makes it hold all the time."""

    matchers: Matchers | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    hours: HoursIn | None = None
    comment: Comment | None = None


class MatcherOut(Out):
    """One comparison of a label."""

    name: str
    value: str
    isRegex: bool  # noqa: N815 - Alertmanager's name
    isEqual: bool  # noqa: N815 - likewise


class SilenceOut(Out):
    """A silence. `key` is its UUID in Alertmanager's API, `text` its matchers as one text.

    It is active from its start until its end, and `holds` now if it does: with `hours` only within them.
    """

    id: int
    key: str
    state: Literal["pending", "active", "expired"]
    holds: bool
    matchers: list[MatcherOut]
    text: str
    starts_at: datetime
    ends_at: datetime
    hours: dict[str, Any] | None
    comment: str
    created_by: str
    version: int
    created_at: datetime
    updated_at: datetime


class SilencesOut(Items):
    """A page of silences."""

    items: list[SilenceOut]


class DependencyIn(Body):
    """While what `parents` match is wrong, what `children` match is told to nobody."""

    name: Line
    parents: Matchers
    children: Matchers
    equal: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list)
    comment: Comment = ""


class DependencyChangesIn(Body):
    """What shall be changed of a dependency."""

    name: Line | None = None
    parents: Matchers | None = None
    children: Matchers | None = None
    equal: Annotated[list[Line], Field(max_length=20)] | None = None
    comment: Comment | None = None


class DependencyOut(Out):
    """A dependency."""

    id: int
    name: str
    parents: list[MatcherOut]
    children: list[MatcherOut]
    equal: list[str]
    comment: str
    version: int
    created_at: datetime
    updated_at: datetime


class DependenciesOut(Items):
    """A page of dependencies."""

    items: list[DependencyOut]


class SilencesQuery(ListQuery):
    """Which silences are listed."""

    order: Literal["id", "-id", "ends_at", "-ends_at"] = "-id"
    state: (
        Annotated[Line, Field(pattern=_STATES, description="One or several, with commas: active,pending.")]
        | None
    ) = None


class DependenciesQuery(ListQuery):
    """How dependencies are listed."""

    order: Literal["name", "-name", "id", "-id"] = "name"


@blueprint.get("")
@endpoint("alerts:read", answers=SilencesOut)
def list_silences(call: Call, query: SilencesQuery) -> Reply:
    """List silences, the latest first."""
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order)
    states = None if query.state is None else query.state.split(",")
    found = call.services.alerts.silences.list_(page, states=states, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@blueprint.post("")
@endpoint(
    "alerts:write",
    answers=SilenceOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
)
def add_silence(call: Call, body: SilenceIn) -> Reply:
    """Silence what matches, for a time."""
    made = call.services.alerts.silences.add(_data(body), actor=call.actor)
    return _silence(made, location=f"/api/v1/silences/{made['id']}")


@blueprint.get("/<id:silence_id>")
@endpoint("alerts:read", answers=SilenceOut, errors=(HTTPStatus.NOT_FOUND,))
def get_silence(call: Call, silence_id: int) -> Reply:
    """Read a silence."""
    return _silence(call.services.alerts.silences.get(silence_id, actor=call.actor))


@blueprint.patch("/<id:silence_id>")
@endpoint("alerts:write", answers=SilenceOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="si")
def change_silence(call: Call, silence_id: int, body: SilenceChangesIn, version: int) -> Reply:
    """Change a silence that has not ended."""
    data = _data(body)
    if "hours" in body.model_fields_set and body.hours is None:
        data["hours"] = None
    return _silence(call.services.alerts.silences.change(silence_id, data, version=version, actor=call.actor))


@blueprint.post("/<id:silence_id>/expire")
@endpoint("alerts:write", answers=SilenceOut, errors=(HTTPStatus.NOT_FOUND,), repeatable=True)
def expire_silence(call: Call, silence_id: int) -> Reply:
    """End a silence now."""
    return _silence(call.services.alerts.silences.expire(silence_id, actor=call.actor))


@dependencies.get("")
@endpoint("alerts:read", answers=DependenciesOut)
def list_dependencies(call: Call, query: DependenciesQuery) -> Reply:
    """List dependencies, by name unless ordered otherwise."""
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order)
    found = call.services.alerts.dependencies.list_(page, actor=call.actor)
    return Reply({"items": found.items, "next": found.next})


@dependencies.post("")
@endpoint(
    "alerts:write",
    answers=DependencyOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
)
def add_dependency(call: Call, body: DependencyIn) -> Reply:
    """Say that what one side matches depends on what the other does."""
    made = call.services.alerts.dependencies.add(_data(body), actor=call.actor)
    return _dependency(made, location=f"/api/v1/dependencies/{made['id']}")


@dependencies.get("/<id:dependency_id>")
@endpoint("alerts:read", answers=DependencyOut, errors=(HTTPStatus.NOT_FOUND,))
def get_dependency(call: Call, dependency_id: int) -> Reply:
    """Read a dependency."""
    return _dependency(call.services.alerts.dependencies.get(dependency_id, actor=call.actor))


@dependencies.patch("/<id:dependency_id>")
@endpoint(
    "alerts:write", answers=DependencyOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="de"
)
def change_dependency(call: Call, dependency_id: int, body: DependencyChangesIn, version: int) -> Reply:
    """Change a dependency."""
    return _dependency(
        call.services.alerts.dependencies.change(
            dependency_id, _data(body), version=version, actor=call.actor
        )
    )


@dependencies.delete("/<id:dependency_id>")
@endpoint("alerts:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,), guards="de")
def remove_dependency(call: Call, dependency_id: int, version: int) -> Reply:
    """Remove a dependency."""
    call.services.alerts.dependencies.remove(dependency_id, version=version, actor=call.actor)
    return Reply()


def _data(body: Body) -> dict[str, Any]:
    return body.model_dump(exclude_none=True, by_alias=True)


def _silence(silence: dict[str, Any], *, location: str | None = None) -> Reply:
    return Reply(silence, tag=f"si{silence['id']}-v{silence['version']}", location=location)


def _dependency(dependency: dict[str, Any], *, location: str | None = None) -> Reply:
    return Reply(dependency, tag=f"de{dependency['id']}-v{dependency['version']}", location=location)
