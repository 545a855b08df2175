"""`/auth`, as far as it is one's own account: proof, password, sessions, second factor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from autom8.api.endpoint import Call, Reply, endpoint
from autom8.api.fields import Text
from autom8.api.shapes import Body, Items, Out
from autom8.api.users import Password
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Method, SessionKind
from autom8.security.personal import session_of, user_of
from autom8.security.views import SessionView

blueprint = Blueprint("account", __name__, url_prefix="/auth")

OWN = "self:write"
Code = Annotated[
    Text, Field(max_length=100, description="Of the authenticator; a recovery code where it says so.")
]


class ProofIn(Body):
    """One's password, and a code (or recovery code) where there is a second factor."""

    password: Password
    code: Code | None = None


class OwnPasswordIn(Body):
    """The password so far, and the one from now on."""

    current: Password
    new: Password


class FactorConfirmIn(Body):
    """A code that the authenticator shows for the new secret."""

    code: Code


class OpenSessionOut(Out):
    """A session. `current` is the one that is asked in; `used_at` may lag by an hour."""

    id: str
    kind: SessionKind
    method: Method
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    proved_at: datetime | None
    address: str
    agent: str
    current: bool


class OpenSessionsOut(Items):
    """The sessions of a user that stand, the last used first: one page, of at most 200."""

    items: list[OpenSessionOut]


class FactorOut(Out):
    """How the second factor stands."""

    enabled: bool
    enabled_at: datetime | None
    recovery_codes_left: int


class PendingFactorOut(Out):
    """What an authenticator needs: the secret, or the address that holds it, or that as a picture."""

    secret: str
    uri: str
    qr_svg: str


class RecoveryCodesOut(Out):
    """Codes for a lost authenticator, each good once. They are shown this once."""

    recovery_codes: list[str]


@blueprint.post("/prove")
@endpoint(OWN, status=HTTPStatus.NO_CONTENT)
def prove(call: Call, body: ProofIn) -> Reply:
    """Prove once more who one is; for ten minutes this session may change keys, users and second factors."""
    call.services.security.proof.prove(body.password, body.code, actor=call.actor)
    return Reply()


@blueprint.post("/password")
@endpoint(OWN, status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.PRECONDITION_FAILED,))
def change_own_password(call: Call, body: OwnPasswordIn) -> Reply:
    """Change one's own password. All other sessions end, and so do access tokens: refresh afterwards."""
    call.services.security.proof.change_password(body.current, body.new, actor=call.actor)
    return Reply()


@blueprint.get("/sessions")
@endpoint(OWN, answers=OpenSessionsOut)
def list_own_sessions(call: Call) -> Reply:
    """List one's own sessions."""
    return sessions_reply(call.services.security.sessions.list_(user_of(call.actor), actor=call.actor))


@blueprint.delete("/sessions/<session:session_id>")
@endpoint(OWN, status=HTTPStatus.NO_CONTENT, errors=(HTTPStatus.NOT_FOUND,))
def end_own_session(call: Call, session_id: str) -> Reply:
    """End one of one's own sessions."""
    call.services.security.sessions.end(user_of(call.actor), session_id, actor=call.actor)
    return Reply()


@blueprint.delete("/sessions")
@endpoint(OWN, status=HTTPStatus.NO_CONTENT)
def end_other_sessions(call: Call) -> Reply:
    """End all of one's own sessions but this one."""
    session_of(call.actor)
    call.services.security.sessions.end_all(user_of(call.actor), actor=call.actor)
    return Reply()


@blueprint.get("/factor")
@endpoint(OWN, answers=FactorOut)
def get_factor(call: Call) -> Reply:
    """How one's own second factor stands."""
    found = call.services.security.factors.get(actor=call.actor)
    return Reply(
        {
            "enabled": found.enabled_at is not None,
            "enabled_at": found.enabled_at,
            "recovery_codes_left": found.recovery_codes_left,
        },
    )


@blueprint.post("/factor")
@endpoint(OWN, answers=PendingFactorOut, errors=(HTTPStatus.CONFLICT,), proof=True)
def set_up_factor(call: Call) -> Reply:
    """Begin with a second factor. It counts once a code of the new secret is confirmed."""
    made = call.services.security.factors.set_up(actor=call.actor)
    return Reply(
        {"secret": made.secret.reveal(), "uri": made.uri.reveal(), "qr_svg": made.qr_svg.reveal()},
    )


@blueprint.post("/factor/confirm")
@endpoint(OWN, answers=RecoveryCodesOut, errors=(HTTPStatus.CONFLICT,), proof=True)
def confirm_factor(call: Call, body: FactorConfirmIn) -> Reply:
    """Have the second factor count from now on. The recovery codes are answered this once."""
    return _codes(call.services.security.factors.confirm(body.code, actor=call.actor))


@blueprint.post("/factor/recovery-codes")
@endpoint(OWN, answers=RecoveryCodesOut, errors=(HTTPStatus.CONFLICT,), proof=True)
def renew_recovery_codes(call: Call) -> Reply:
    """Get recovery codes in place of those before. They are answered this once."""
    return _codes(call.services.security.factors.renew_recovery_codes(actor=call.actor))


@blueprint.delete("/factor")
@endpoint(OWN, status=HTTPStatus.NO_CONTENT, proof=True)
def remove_factor(call: Call) -> Reply:
    """Sign in without a second factor from now on."""
    call.services.security.factors.remove(user_of(call.actor), actor=call.actor)
    return Reply()


def sessions_reply(sessions: Sequence[SessionView]) -> Reply:
    """Sessions as they are answered."""
    return Reply({"items": [session_json(each) for each in sessions], "next": None})


def session_json(session: SessionView) -> dict[str, Any]:
    """A session as it is answered."""
    return {name: getattr(session, name) for name in OpenSessionOut.model_fields}


def _codes(codes: Sequence[Secret]) -> Reply:
    return Reply({"recovery_codes": [code.reveal() for code in codes]})
