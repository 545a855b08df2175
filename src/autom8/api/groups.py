"""`/groups`: groups of contacts. Who is in one is changed at `/contacts` and `/contacts/bulk`."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Line
from autom8.api.shapes import Body, Items, ListQuery, Out
from autom8.contacts.views import GroupView
from autom8.kernel.paging import Page

blueprint = Blueprint("groups", __name__, url_prefix="/groups")


class GroupIn(Body):
    """A group to be added."""

    name: Annotated[Line, Field(examples=["On call"])]
    description: Line = ""


class GroupChangesIn(Body):
    """What shall be changed of a group; what is left out, or null, stays."""

    name: Line | None = None
    description: Line | None = None


class GroupOut(Out):
    """A group, and how many contacts are in it."""

    id: int
    name: str
    description: str
    members: int
    version: int
    created_at: datetime
    updated_at: datetime


class GroupsOut(Items):
    """A page of groups."""

    items: list[GroupOut]


class GroupsQuery(ListQuery):
    """How groups are listed."""

    order: Literal["name", "-name", "id", "-id"] = "name"


@blueprint.get("")
@endpoint("contacts:read", answers=GroupsOut)
def list_groups(call: Call, query: GroupsQuery) -> Reply:
    """List groups, by name unless ordered otherwise."""
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order)
    paged = call.services.contacts.groups.list_(page, actor=call.actor)
    return Reply({"items": [_group_json(each) for each in paged.items], "next": paged.next})


@blueprint.post("")
@endpoint(
    "contacts:write",
    answers=GroupOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
)
def add_group(call: Call, body: GroupIn) -> Reply:
    """Add a group."""
    group = call.services.contacts.groups.add(body.name, body.description, actor=call.actor)
    return _reply(group, location=f"/api/v1/groups/{group.id}")


@blueprint.get("/<id:group_id>")
@endpoint("contacts:read", answers=GroupOut, errors=(HTTPStatus.NOT_FOUND,))
def get_group(call: Call, group_id: int) -> Reply:
    """Read a group."""
    return _reply(call.services.contacts.groups.get(group_id, actor=call.actor))


@blueprint.patch("/<id:group_id>")
@endpoint("contacts:write", answers=GroupOut, errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT), guards="g")
def change_group(call: Call, group_id: int, body: GroupChangesIn, version: int) -> Reply:
    """Rename a group, or describe it anew."""
    changes = body.model_dump(exclude_none=True)
    return _reply(call.services.contacts.groups.change(group_id, changes, version=version, actor=call.actor))


@blueprint.delete("/<id:group_id>")
@endpoint("contacts:write", status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,), guards="g")
def remove_group(call: Call, group_id: int, version: int) -> Reply:
    """Remove a group; its members stay contacts."""
    call.services.contacts.groups.remove(group_id, version=version, actor=call.actor)
    return Reply()


def _group_json(group: GroupView) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "members": group.members,
        "version": group.version,
        "created_at": group.created_at,
        "updated_at": group.updated_at,
    }


def _reply(group: GroupView, *, location: str | None = None) -> Reply:
    return Reply(_group_json(group), tag=f"g{group.id}-v{group.version}", location=location)
