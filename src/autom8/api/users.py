"""`/users`: who may sign in, for administrators."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Line, Text, Truth
from autom8.api.shapes import Body, Items, ListQuery, Out
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import Role
from autom8.security.views import UserChanges, UserView

blueprint = Blueprint("users", __name__, url_prefix="/users")

PASSWORD_CHARS_MAX = 1_000
Password = Annotated[Text, Field(max_length=PASSWORD_CHARS_MAX, json_schema_extra={"format": "password"})]


class UserIn(Body):
    """A user to be added."""

    name: Annotated[Line, Field(examples=["ada"])]
    password: Password
    role: Role


class UserChangesIn(Body):
    """What shall be changed of a user; what is left out stays, and so does null but for a limit."""

    role: Role | None = None
    disabled: bool | None = None
    password: Password | None = None
    requests_per_minute: (
        Annotated[int, Field(ge=1, le=1_000_000, description="Their own limit; null takes it away.")] | None
    ) = None


class UserOut(Out):
    """A user."""

    id: int
    name: str
    role: Role
    disabled: bool
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None
    requests_per_minute: int | None
    second_factor: bool
    has_password: bool
    provider: Annotated[bool, Field(description="Whether they can sign in by a provider.")]


class UsersOut(Items):
    """A page of users."""

    items: list[UserOut]


class UsersQuery(ListQuery):
    """How users are listed."""

    order: Literal["name", "-name", "id", "-id", "created_at", "-created_at"] = "name"
    role: Role | None = None
    disabled: Truth | None = None


@blueprint.get("")
@endpoint("users:read", answers=UsersOut)
def list_users(call: Call, query: UsersQuery) -> Reply:
    """List users, by name unless ordered otherwise."""
    filters = {"role": query.role, "disabled": query.disabled}
    page = Page(limit=query.limit, cursor=query.cursor, order=query.order, filters=filters)
    paged = call.services.security.users.list_(page, actor=call.actor)
    return Reply({"items": [user_json(each) for each in paged.items], "next": paged.next})


@blueprint.post("")
@endpoint(
    "users:write",
    answers=UserOut,
    status=HTTPStatus.CREATED,
    errors=(HTTPStatus.CONFLICT,),
    repeatable=True,
    proof=True,
)
def add_user(call: Call, body: UserIn) -> Reply:
    """Add a user, who may sign in at once."""
    user = call.services.security.users.add(body.name, body.password, body.role, actor=call.actor)
    return _reply(user, location=f"/api/v1/users/{user.id}")


@blueprint.get("/<id:user_id>")
@endpoint("users:read", answers=UserOut, errors=(HTTPStatus.NOT_FOUND,))
def get_user(call: Call, user_id: int) -> Reply:
    """Read a user."""
    return _reply(call.services.security.users.get(user_id, actor=call.actor))


@blueprint.patch("/<id:user_id>")
@endpoint(
    "users:write",
    answers=UserOut,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    guards="u",
    proof=True,
)
def change_user(call: Call, user_id: int, body: UserChangesIn, version: int) -> Reply:
    """Change a user's role, password or limit, or disable them. Their access tokens end at once."""
    changes = UserChanges(
        role=body.role,
        disabled=body.disabled,
        password=body.password,
        requests_per_minute=body.requests_per_minute,
        unlimited="requests_per_minute" in body.model_fields_set and body.requests_per_minute is None,
    )
    return _reply(call.services.security.users.change(user_id, changes, version=version, actor=call.actor))


@blueprint.delete("/<id:user_id>")
@endpoint(
    "users:write",
    status=HTTPStatus.NO_CONTENT,
    errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    guards="u",
    proof=True,
)
def remove_user(call: Call, user_id: int, version: int) -> Reply:
    """Remove a user with their sessions and API keys; the audit trail keeps what they did."""
    call.services.security.users.remove(user_id, version=version, actor=call.actor)
    return Reply()


def user_json(user: UserView) -> dict[str, Any]:
    """A user as it is answered."""
    return {name: getattr(user, name) for name in UserOut.model_fields}


def _reply(user: UserView, *, location: str | None = None) -> Reply:
    return Reply(user_json(user), tag=f"u{user.id}-v{user.version}", location=location)
