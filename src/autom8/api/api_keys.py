"""`/auth/keys`: one's own API keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import CENTURY_S, Instant, Line
from autom8.api.shapes import Body, Items, ListQuery, Out
from autom8.kernel.errors import Invalid
from autom8.kernel.paging import Page
from autom8.security.personal import user_of
from autom8.security.views import ApiKeyChanges, ApiKeyView, NewApiKey

blueprint = Blueprint("api_keys", __name__, url_prefix="/auth/keys")

OWN = "self:write"
SCOPES_MAX = 100
Scopes = Annotated[list[Line], Field(max_length=SCOPES_MAX, examples=[["tasks:read", "runs:read"]])]
Limit = Annotated[int, Field(ge=1, le=1_000_000)]
Name = Annotated[Line, Field(max_length=100, examples=["backup script"])]


class ApiKeyIn(Body):
    """An API key to be made. Without an expiry it is good until it is revoked."""

    name: Name
    scopes: Scopes
    expires_at: Instant | None = None
    expires_in_s: (
        Annotated[int, Field(ge=1, le=CENTURY_S, description="In place of `expires_at`.")] | None
    ) = None
    requests_per_minute: (
        Annotated[Limit, Field(description="Set by administrators; by default its owner's.")] | None
    ) = None


class ApiKeyChangesIn(Body):
    """What shall be changed of an API key; what is left out stays. Null takes an expiry or a limit away."""

    name: Name | None = None
    scopes: Scopes | None = None
    expires_at: Instant | None = None
    requests_per_minute: Limit | None = None


class ApiKeyOut(Out):
    """An API key without its secret, which nobody can see again."""

    id: int
    key_id: str
    name: str
    scopes: list[str]
    requests_per_minute: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None


class NewApiKeyOut(ApiKeyOut):
    """A new API key. `key` is what programs send as a bearer token; it is answered this once."""

    key: str


class ApiKeysOut(Items):
    """A page of API keys."""

    items: list[ApiKeyOut]


@blueprint.get("")
@endpoint(OWN, answers=ApiKeysOut)
def list_own_keys(call: Call, query: ListQuery) -> Reply:
    """List one's own API keys, the newest first."""
    return keys_reply(call, user_of(call.actor), query)


@blueprint.post("")
@endpoint(OWN, answers=NewApiKeyOut, status=HTTPStatus.CREATED, errors=(HTTPStatus.CONFLICT,), proof=True)
def add_key(call: Call, body: ApiKeyIn) -> Reply:
    """Make an API key, whose text is answered this once."""
    wanted = NewApiKey(
        name=body.name,
        scopes=body.scopes,
        expires_at=_expiry(body),
        requests_per_minute=body.requests_per_minute,
    )
    key, text = call.services.security.api_keys.add(wanted, actor=call.actor)
    data = {**key_json(key), "key": text.reveal()}
    return Reply(data, tag=_tag(key), location=f"/api/v1/auth/keys/{key.id}")


@blueprint.get("/<id:id_>")
@endpoint(OWN, answers=ApiKeyOut, errors=(HTTPStatus.NOT_FOUND,))
def get_key(call: Call, id_: int) -> Reply:
    """Read one of one's own API keys."""
    return _reply(call.services.security.api_keys.get(user_of(call.actor), id_, actor=call.actor))


@blueprint.patch("/<id:id_>")
@endpoint(OWN, answers=ApiKeyOut, errors=(HTTPStatus.NOT_FOUND,), guards="k", proof=True)
def change_key(call: Call, id_: int, body: ApiKeyChangesIn, version: int) -> Reply:
    """Change the name, the scopes, the expiry or the limit of one of one's own API keys."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    changes = ApiKeyChanges(
        given={
            name: value
            for name, value in given.items()
            if value is not None or name in {"expires_at", "requests_per_minute"}
        },
    )
    return _reply(call.services.security.api_keys.change(id_, changes, version=version, actor=call.actor))


@blueprint.delete("/<id:id_>")
@endpoint(OWN, status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,), proof=True)
def revoke_key(call: Call, id_: int) -> Reply:
    """Revoke one of one's own API keys for good."""
    call.services.security.api_keys.revoke(user_of(call.actor), id_, actor=call.actor)
    return Reply()


def keys_reply(call: Call, user_id: int, query: ListQuery) -> Reply:
    """A page of a user's keys."""
    page = Page(limit=query.limit, cursor=query.cursor)
    paged = call.services.security.api_keys.list_(user_id, page, actor=call.actor)
    return Reply({"items": [key_json(each) for each in paged.items], "next": paged.next})


def key_json(key: ApiKeyView) -> dict[str, Any]:
    """An API key as it is answered."""
    return {name: getattr(key, name) for name in ApiKeyOut.model_fields}


def _reply(key: ApiKeyView) -> Reply:
    return Reply(key_json(key), tag=_tag(key))


def _tag(key: ApiKeyView) -> str:
    return f"k{key.id}-v{key.version}"


def _expiry(body: ApiKeyIn) -> datetime | None:
    if body.expires_in_s is None:
        return body.expires_at
    if body.expires_at is not None:
        wrong = {"expires_in_s": "stands in place of expires_at"}
        raise Invalid("The expiry is given twice.", fields=wrong)
    return datetime.now(UTC) + timedelta(seconds=body.expires_in_s)
