"""`/users/…`: what lets a user in, for administrators: sessions, API keys, the second factor."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint

from autom8.api.account import OpenSessionsOut, sessions_reply
from autom8.api.api_keys import ApiKeysOut, keys_reply
from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.shapes import ListQuery

blueprint = Blueprint("user_access", __name__, url_prefix="/users/<id:user_id>")

GONE = (HTTPStatus.NOT_FOUND,)


@blueprint.get("/sessions")
@endpoint("users:read", answers=OpenSessionsOut, errors=GONE)
def list_user_sessions(call: Call, user_id: int) -> Reply:
    """List the sessions of a user."""
    return sessions_reply(call.services.security.sessions.list_(user_id, actor=call.actor))


@blueprint.delete("/sessions")
@endpoint("users:write", status=HTTPStatus.NO_CONTENT, errors=GONE, proof=True)
def end_user_sessions(call: Call, user_id: int) -> Reply:
    """End all sessions of a user but the one that this is asked in."""
    call.services.security.sessions.end_all(user_id, actor=call.actor)
    return Reply()


@blueprint.delete("/sessions/<session:session_id>")
@endpoint("users:write", status=HTTPStatus.NO_CONTENT, errors=GONE, proof=True)
def end_user_session(call: Call, user_id: int, session_id: str) -> Reply:
    """End one session of a user."""
    call.services.security.sessions.end(user_id, session_id, actor=call.actor)
    return Reply()


@blueprint.get("/keys")
@endpoint("users:read", answers=ApiKeysOut, errors=GONE)
def list_user_keys(call: Call, user_id: int, query: ListQuery) -> Reply:
    """List the API keys of a user, the newest first."""
    return keys_reply(call, user_id, query)


@blueprint.delete("/keys")
@endpoint("users:write", status=HTTPStatus.NO_CONTENT, errors=GONE, proof=True)
def revoke_user_keys(call: Call, user_id: int) -> Reply:
    """Revoke all API keys of a user for good."""
    call.services.security.api_keys.revoke_all(user_id, actor=call.actor)
    return Reply()


@blueprint.delete("/keys/<id:id_>")
@endpoint("users:write", status=HTTPStatus.NO_CONTENT, errors=GONE, proof=True)
def revoke_user_key(call: Call, user_id: int, id_: int) -> Reply:
    """Revoke an API key of a user for good."""
    call.services.security.api_keys.revoke(user_id, id_, actor=call.actor)
    return Reply()


@blueprint.delete("/factor")
@endpoint("users:write", status=HTTPStatus.NO_CONTENT, errors=GONE, proof=True)
def remove_user_factor(call: Call, user_id: int) -> Reply:
    """Take a user's second factor away, as when its authenticator and codes are lost."""
    call.services.security.factors.remove(user_id, actor=call.actor)
    return Reply()
