"""`/auth/oidc`: signing in by a provider. A browser is sent there, and comes back to be given its session.

These are GETs that change something, since a provider can only send a browser by GET: what they change is
the caller's own way in, bound to the browser by a cookie, and each answer of a provider counts once.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Annotated, Final

from flask import Blueprint, Response, current_app, request
from pydantic import ConfigDict, Field

from autom8.api.endpoint import PUBLIC, Call, Reply, endpoint
from autom8.api.shapes import Out, Query
from autom8.kernel.errors import Autom8Error, RateLimited, Unauthenticated, Unavailable
from autom8.middleware import cookies
from autom8.middleware.addresses import Proxies
from autom8.middleware.gate import PROXIES
from autom8.security.oidc import OidcSignIn, Returned
from autom8.security.oidc_provider import OidcOff

blueprint = Blueprint("oidc", __name__, url_prefix="/auth/oidc")

# The browser is on another site's page until its next step, and withholds SameSite=Strict cookies from
# wherever that page sends it. This page is ours, so the step from it brings the cookie along.
_ARRIVED: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Signed in</title><meta http-equiv="refresh" content="0;url={path}"></head>
<body><p>You are signed in. <a href="{path}">Go on</a></p></body>
</html>
"""


class ProviderOut(Out):
    """Whether people may sign in by a provider, and what it is called."""

    enabled: bool
    label: str


class StartQuery(Query):
    """Where to go afterwards, and whether the provider shall ask anew who it is."""

    next: Annotated[str, Field(max_length=4_000, description="A path of this server.")] = "/"
    fresh: Annotated[bool, Field(description="Have the provider ask again.")] = False


class CallbackQuery(Query):
    """What a provider sends back; it may add parameters of its own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    state: str | None = None
    code: str | None = None
    iss: str | None = None
    error: str | None = None


class PageOut(Out):
    """A page for a browser."""

    media_types = ("text/html",)


@blueprint.get("")
@endpoint(PUBLIC, answers=ProviderOut)
def get_provider(call: Call) -> Reply:
    """Whether people may sign in by a provider."""
    oidc = call.services.oidc
    return Reply({"enabled": oidc is not None, "label": "" if oidc is None else oidc.label})


@blueprint.get("/start")
@endpoint(PUBLIC, status=HTTPStatus.FOUND, errors=(HTTPStatus.NOT_FOUND,))
def start(call: Call, query: StartQuery) -> Response:
    """Send a browser to the provider."""
    oidc, secure = _provider(call), _secure()
    binder = request.cookies.get(cookies.binder_name(secure=secure)) if secure else None
    try:
        departure = oidc.depart(query.next, actor=call.actor, binder=binder, fresh=query.fresh)
    except (RateLimited, Unavailable) as error:
        return _refused(error)
    response = _onward(departure.url)
    response.headers["Set-Cookie"] = cookies.set_binder(
        departure.binder, expires_at=departure.expires_at, secure=secure
    )
    return response


@blueprint.get("/callback")
@endpoint(PUBLIC, answers=PageOut, errors=(HTTPStatus.FOUND, HTTPStatus.NOT_FOUND))
def callback(call: Call, query: CallbackQuery) -> Response:
    """Take a browser back: a page with its session, or on to the login, which says why not."""
    oidc, secure = _provider(call), _secure()
    returned = Returned(
        state=query.state,
        code=query.code,
        error=query.error,
        issuer=query.iss,
        binder=request.cookies.get(cookies.binder_name(secure=secure)),
    )
    try:
        arrival = oidc.arrive(returned, actor=call.actor, agent=request.headers.get("User-Agent", ""))
    except (Unauthenticated, RateLimited, Unavailable) as error:
        return _refused(error)
    response = Response(_ARRIVED.format(path=escape(arrival.next_path)), mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers.add(
        "Set-Cookie", cookies.set_cookie(arrival.cookie, expires_at=arrival.expires_at, secure=secure)
    )
    response.headers.add("Set-Cookie", cookies.forget_binder(secure=secure))
    return response


def _provider(call: Call) -> OidcSignIn:
    if call.services.oidc is None:
        raise OidcOff
    return call.services.oidc


def _refused(error: Autom8Error) -> Response:
    """Back to the login, with a code that the page has words for; nothing of the provider's own."""
    return _onward(f"/login?problem={error.code}")


def _onward(url: str) -> Response:
    headers = {"Location": url, "Cache-Control": "no-store"}
    return Response(status=HTTPStatus.FOUND, headers=headers)


def _secure() -> bool:
    proxies: Proxies = current_app.extensions[PROXIES]
    return proxies.is_secure(request.environ)
