"""`/auth`: first set-up, signing in and out, and who one is."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from flask import Blueprint, current_app, g, request
from pydantic import Field

from autom8.api.endpoint import PUBLIC, SIGNED_IN, Call, Reply, endpoint
from autom8.api.fields import Line, Text
from autom8.api.shapes import Body, Out
from autom8.api.users import Password, UserOut, user_json
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Method
from autom8.middleware import cookies
from autom8.middleware.addresses import Proxies
from autom8.middleware.gate import PROXIES
from autom8.security.views import TokenGrant

blueprint = Blueprint("auth", __name__, url_prefix="/auth")

REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class SetupIn(Body):
    """The token of the setup link, and who shall be the first administrator."""

    token: Annotated[Text, Field(max_length=200)]
    name: Line
    password: Password


class LoginIn(Body):
    """A name and a password; with `cookie` the answer is a session for the page.

    `code` is of the authenticator, or a recovery code; who has a second factor and sends none is told
    `second_factor_needed`.
    """

    name: Annotated[Text, Field(max_length=1_000)]
    password: Password
    code: Annotated[Text, Field(max_length=100)] | None = None
    cookie: bool = False


class RefreshIn(Body):
    """The newest refresh token of a session."""

    refresh_token: Annotated[Text, Field(max_length=1_000)]


class SetupOut(Out):
    """Whether a setup link waits to be used."""

    open: bool


class LoginOut(Out):
    """Tokens for a program, or the CSRF token for the page, whose session is a cookie."""

    user: UserOut
    token_type: Literal["Bearer"] | None = None
    access_token: str | None = None
    expires_in: Annotated[int, Field(description="Seconds.")] | None = None
    refresh_token: str | None = None
    csrf_token: str | None = None


class SessionOut(Out):
    """Who one is. `user` is null for the local operator, `csrf_token` for everybody but the page.

    `method`, `proved_at` and `proof_good_until` are of the session, and null where there is none.
    """

    user: UserOut | None
    actor: Literal["user", "key", "local"]
    scopes: list[str]
    csrf_token: str | None
    method: Method | None
    proved_at: datetime | None
    proof_good_until: Annotated[
        datetime | None, Field(description="Until then keys, users and second factors may be changed.")
    ]


@blueprint.get("/setup")
@endpoint(PUBLIC, answers=SetupOut)
def get_setup(call: Call) -> Reply:
    """Whether a setup link waits to be used."""
    return Reply({"open": call.services.security.setup.is_open()})


@blueprint.post("/setup")
@endpoint(PUBLIC, answers=UserOut, status=HTTPStatus.CREATED, errors=(*REFUSALS, HTTPStatus.CONFLICT))
def set_up(call: Call, body: SetupIn) -> Reply:
    """Make the first administrator, with the token of the setup link, on the machine itself."""
    user = call.services.security.setup.complete(body.token, body.name, body.password, actor=call.actor)
    return Reply(user_json(user), location=f"/api/v1/users/{user.id}")


@blueprint.post("/login")
@endpoint(PUBLIC, answers=LoginOut, errors=REFUSALS)
def login(call: Call, body: LoginIn) -> Reply:
    """Sign in. Failures slow down what follows: 429 says how long to wait."""
    sign_ins, agent = call.services.security.sign_ins, request.headers.get("User-Agent", "")
    if not body.cookie:
        granted = sign_ins.sign_in(body.name, body.password, actor=call.actor, agent=agent, code=body.code)
        return _tokens(granted)
    grant = sign_ins.sign_in_page(body.name, body.password, actor=call.actor, agent=agent, code=body.code)
    cookie = cookies.set_cookie(grant.cookie, expires_at=grant.expires_at, secure=_secure())
    return Reply(
        {"user": user_json(grant.user), "csrf_token": grant.csrf_token.reveal()},
        headers={"Set-Cookie": cookie},
    )


@blueprint.post("/refresh")
@endpoint(PUBLIC, answers=LoginOut, errors=REFUSALS)
def refresh(call: Call, body: RefreshIn) -> Reply:
    """New tokens for the newest refresh token; an older one ends the session."""
    return _tokens(call.services.security.sign_ins.refresh(body.refresh_token, actor=call.actor))


@blueprint.post("/logout")
@endpoint(SIGNED_IN, status=HTTPStatus.NO_CONTENT)
def logout(call: Call) -> Reply:
    """End the session of the token or cookie that this is asked with."""
    call.services.security.sign_ins.sign_out(call.actor)
    return Reply(headers={"Set-Cookie": cookies.forget_cookie(secure=_secure())})


@blueprint.get("/session")
@endpoint(SIGNED_IN, answers=SessionOut)
def get_session(call: Call) -> Reply:
    """Who one is, and what one may do."""
    actor, token = call.actor, g.get("csrf_token")
    user = None if actor.id is None else call.services.security.users.get(actor.id, actor=actor)
    session = call.services.security.sessions.current(actor)
    return Reply(
        {
            "user": user and user_json(user),
            "actor": actor.kind.value,
            "scopes": sorted(actor.scopes),
            "csrf_token": token.reveal() if isinstance(token, Secret) else None,
            "method": session and session.method,
            "proved_at": session and session.proved_at,
            "proof_good_until": session and session.proof_good_until,
        },
    )


def _tokens(grant: TokenGrant) -> Reply:
    return Reply(
        {
            "user": user_json(grant.user),
            "token_type": "Bearer",
            "access_token": grant.access_token.reveal(),
            "expires_in": int(grant.expires_in.total_seconds()),
            "refresh_token": grant.refresh_token.reveal(),
        },
    )


def _secure() -> bool:
    proxies: Proxies = current_app.extensions[PROXIES]
    return proxies.is_secure(request.environ)
