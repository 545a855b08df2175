"""What stands before every view and every kept answer: identity, rate limit, scope, body size.

Its hooks leave the caller in `flask.g` (`g.actor`, `g.csrf_token`). Decides nothing about resources.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import Flask, Response, current_app, g, request

from autom8.kernel.actor import ANONYMOUS, Actor
from autom8.kernel.errors import Autom8Error, Forbidden, RateLimited, Unauthenticated
from autom8.kernel.vocabulary import ActorKind
from autom8.middleware import cookies
from autom8.middleware.access import PUBLIC, SIGNED_IN, Access, access_of
from autom8.middleware.addresses import address_of, site_of
from autom8.middleware.bodies import limit_bodies, refuse_announced
from autom8.middleware.observing import ACTOR, REQUEST_ID, ROUTE
from autom8.middleware.rate_limit import Allowance, RateLimiter
from autom8.security.service import SecurityService

API_PREFIXES: Final = ("/api/", "/auth/")
LOCAL_FACTOR: Final = 10  # scripts of this machine's operator
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOBODY: Final = Access(scope=PUBLIC)  # of a route that is not there


class CrossOrigin(Forbidden):
    """A browser was made to send this by another site's page."""

    code = "cross_origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Admits requests to the API; the page's static files pass by."""

    security: SecurityService
    limiter: RateLimiter
    body_bytes_max: int
    behind_proxy: bool

    def guard(self, app: Flask) -> None:
        """Put the gate before every view of `app`."""
        limit_bodies(app, self.body_bytes_max)
        app.before_request(self.admit)
        app.after_request(self.tell_allowance)

    def admit(self) -> None:
        """Let this request pass, or raise what it lacks."""
        environ = request.environ
        if request.url_rule is not None:
            environ[ROUTE] = request.url_rule.rule
        if not request.path.startswith(API_PREFIXES):
            return
        address = address_of(environ, behind_proxy=self.behind_proxy)
        g.actor = stranger = replace(ANONYMOUS, address=address, request_id=environ[REQUEST_ID])
        access = self._access()
        refusal: Autom8Error | None = None
        try:
            g.actor = self._identify(stranger, access)
        except (Unauthenticated, Forbidden) as error:
            refusal = error  # guessing counts, so the limit comes first
        environ[ACTOR] = g.actor.name or g.actor.kind.value
        self._count(g.actor, access)
        if refusal is not None:
            raise refusal
        if access.scope not in {PUBLIC, SIGNED_IN} and not g.actor.may(access.scope):
            raise Forbidden(f"This needs the scope {access.scope}, which you don't have.")
        refuse_announced(request)

    def tell_allowance(self, response: Response) -> Response:
        """Say on every answer how many more requests may follow."""
        allowance: Allowance | None = g.get("allowance")
        if allowance is not None:
            add = response.headers.add  # nobody else sets these, so nothing needs to be replaced
            add("RateLimit-Limit", str(allowance.limit))
            add("RateLimit-Remaining", str(allowance.remaining))
            add("RateLimit-Reset", str(allowance.reset_s))
        return response

    def _access(self) -> Access:
        if request.endpoint is None:
            return _NOBODY  # no such route, or not by this method: that is the answer
        access = access_of(current_app.view_functions[request.endpoint])
        if access is None:
            raise Forbidden("This route does not say who may use it, so nobody may.")
        return access

    def _identify(self, stranger: Actor, access: Access) -> Actor:
        if access is _NOBODY:
            return stranger
        if access.scope == PUBLIC:
            if request.method not in _SAFE_METHODS and cookies.from_elsewhere(request.environ):
                raise CrossOrigin("A page of another site may not ask this.")
            return stranger
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer":
                raise Unauthenticated("Say who you are by a bearer token.")
            return self.security.authenticator.bearer(
                token.strip(),
                address=stranger.address,
                request_id=stranger.request_id,
                fresh=access.fresh,
            )
        return self._identify_page(stranger, access)

    def _identify_page(self, stranger: Actor, access: Access) -> Actor:
        secure = cookies.is_secure(request.environ, behind_proxy=self.behind_proxy)
        value = request.cookies.get(cookies.cookie_name(secure=secure))
        if not value:
            raise Unauthenticated("Sign in, or send a bearer token.")
        authenticator = self.security.authenticator
        caller = authenticator.cookie(
            value, address=stranger.address, request_id=stranger.request_id, fresh=access.fresh
        )
        if request.method not in _SAFE_METHODS:
            if cookies.from_elsewhere(request.environ):
                raise CrossOrigin("A page of another site may not ask this.")
            authenticator.check_csrf(caller, request.headers.get("X-CSRF-Token"))
        g.csrf_token = caller.csrf_token
        return caller.actor

    def _count(self, actor: Actor, access: Access) -> None:
        local = actor.kind is ActorKind.LOCAL
        identity = actor.id or (actor.kind if local else site_of(actor.address))
        allowance = self.limiter.take(identity, factor=LOCAL_FACTOR if local else 1)
        g.allowance = allowance
        if allowance.exceeded and access.limited:
            raise RateLimited("Too many requests in a minute.", retry_after_s=allowance.reset_s)
