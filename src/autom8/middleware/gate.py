"""What stands before every view and every kept answer: identity, rate limit, scope, proof, body size.

Its hooks leave the caller in `flask.g` (`g.actor`, `g.csrf_token`). Decides nothing about resources.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, current_app, g, request

from autom8.kernel.actor import ANONYMOUS, Actor
from autom8.kernel.errors import Autom8Error, Forbidden, RateLimited, Unauthenticated
from autom8.middleware import cookies
from autom8.middleware.access import PUBLIC, SIGNED_IN, Access, access_of
from autom8.middleware.addresses import Proxies
from autom8.middleware.bodies import expect_file, limit_bodies, refuse_announced
from autom8.middleware.cors import API_PREFIXES, Cors
from autom8.middleware.limits import Limits
from autom8.middleware.observing import ACTOR, ALLOWANCE, REQUEST_ID, ROUTE
from autom8.middleware.rate_limit import Limiter
from autom8.security.service import SecurityService

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PROXIES: Final = "autom8_proxies"  # the extension that tells how a request came
_GATE: Final = "autom8_gate"
_VISITOR: Final = Access(scope=PUBLIC)
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOBODY: Final = Access(scope=PUBLIC)  # of a route that is not there


class CrossOrigin(Forbidden):
    """A browser was made to send this by another site's page."""

    code = "cross_origin"


class HttpsRequired(Forbidden):
    """This came over plain HTTP, which production refuses."""

    code = "https_required"


class ProofNeeded(Forbidden):
    """This needs somebody who has proved a short while ago who they are."""

    code = "proof_needed"

    def __init__(self) -> None:
        super().__init__("Prove once more who you are; then this is done.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Admits requests to the API; the page's static files pass by."""

    security: SecurityService
    limiter: Limiter
    limits: Limits
    body_bytes_max: int
    file_bytes_max: int
    proxies: Proxies
    cors: Cors
    https_only: bool  # production

    def guard(self, app: Flask) -> None:
        """Put the gate before every view of `app`."""
        limit_bodies(app, self.body_bytes_max, file_bytes_max=self.file_bytes_max)
        app.extensions[PROXIES] = self.proxies
        app.extensions[_GATE] = self
        app.before_request(self.cors.answer_preflight)
        app.before_request(self.admit)
        app.after_request(self.withhold_cookies)

    def admit(self) -> None:
        """Let this request pass, or raise what it lacks."""
        environ, rule = request.environ, request.url_rule
        if rule is not None:
            environ[ROUTE] = rule.rule
        if not request.path.startswith(API_PREFIXES):
            return
        address = self.proxies.address_of(environ)
        g.actor = stranger = replace(ANONYMOUS, address=address, request_id=environ[REQUEST_ID])
        access = self._access()
        refusal: Autom8Error | None = None
        try:
            g.actor = self._identify(stranger, access)
        except (Unauthenticated, Forbidden) as error:
            refusal = error  # guessing counts, so the limit comes first
        environ[ACTOR] = g.actor.name or g.actor.kind.value
        self._count(g.actor, access, environ)
        self._refuse_plain_http(access)
        if refusal is not None:
            raise refusal
        if access.scope not in {PUBLIC, SIGNED_IN} and not g.actor.may(access.scope):
            raise Forbidden(f"This needs the scope {access.scope}, which you don't have.")
        if access.file:
            expect_file(request)
        if access.proof and not self.security.authenticator.is_proved(g.actor):
            raise ProofNeeded
        refuse_announced(request)

    def admit_visitor(self) -> Actor:
        """The stranger who asks for a page that is not the API's; counted, and held to HTTPS, as there.

        Raises:
            RateLimited: too many requests came from their address.
            HttpsRequired: in production, this came over plain HTTP.
        """
        environ = request.environ
        address = self.proxies.address_of(environ)
        visitor = replace(ANONYMOUS, address=address, request_id=environ[REQUEST_ID])
        environ[ACTOR] = visitor.kind.value
        self._count(visitor, _VISITOR, environ)
        self._refuse_plain_http(_VISITOR)
        refuse_announced(request)
        return visitor

    def admit_program(self, bucket: str, per_minute: int) -> Actor:
        """A program whose right to ask is in the address; counted by that, and held to HTTPS.

        Raises:
            RateLimited: too many such requests came.
            HttpsRequired: in production, this came over plain HTTP.
        """
        environ = request.environ
        visitor = replace(ANONYMOUS, address=self.proxies.address_of(environ), request_id=environ[REQUEST_ID])
        environ[ACTOR] = visitor.kind.value
        allowance = environ[ALLOWANCE] = self.limiter.take(bucket, per_minute)
        if allowance.exceeded:
            raise RateLimited("Too many requests in a minute.", retry_after_s=allowance.reset_s)
        self._refuse_plain_http(_VISITOR)
        refuse_announced(request)
        return visitor

    def withhold_cookies(self, response: Response) -> Response:
        """Set no cookie on the answer to a page of another origin."""
        if g.get("cross_origin"):
            response.headers.remove("Set-Cookie")
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
        if "HTTP_ORIGIN" in request.environ:
            g.cross_origin = self.cors.admits(request.environ, host=self._host)
        if access.scope == PUBLIC:
            if request.method not in _SAFE_METHODS and not g.get("cross_origin"):
                self._refuse_from_elsewhere()
            return stranger
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            if scheme.lower() == "basic":  # programs that know nothing else show an API key as the password
                token = _password_of(token)
            elif scheme.lower() != "bearer":
                raise Unauthenticated("Say who you are by a bearer token.")
            return self.security.authenticator.bearer(
                token.strip(),
                address=stranger.address,
                request_id=stranger.request_id,
                fresh=access.fresh,
            )
        return self._identify_page(stranger, access)

    def _identify_page(self, stranger: Actor, access: Access) -> Actor:
        secure = self.proxies.is_secure(request.environ)
        value = request.cookies.get(cookies.cookie_name(secure=secure))
        if not value:
            raise Unauthenticated("Sign in, or send a bearer token.")
        self._refuse_from_elsewhere()  # reading too: a cookie speaks for our own page alone
        authenticator = self.security.authenticator
        caller = authenticator.cookie(
            value, address=stranger.address, request_id=stranger.request_id, fresh=access.fresh
        )
        if request.method not in _SAFE_METHODS:
            authenticator.check_csrf(caller, request.headers.get("X-CSRF-Token"))
        g.csrf_token = caller.csrf_token
        return caller.actor

    @property
    def _host(self) -> str:
        return self.proxies.host_of(request.environ)

    def _refuse_from_elsewhere(self) -> None:
        if cookies.from_elsewhere(request.environ, host=self._host):
            raise CrossOrigin("A page of another site may not ask this.")

    def _refuse_plain_http(self, access: Access) -> None:
        """In production nothing is told over a line that others can read, but that the server is well."""
        if self.https_only and access.limited and not self.proxies.is_secure(request.environ):
            raise HttpsRequired("Ask this by https; through a proxy, AUTOM8_TRUSTED_PROXIES must name it.")

    def _count(self, actor: Actor, access: Access, environ: WSGIEnvironment) -> None:
        bucket, limit = self.limits.bucket_for(actor, environ["REQUEST_METHOD"], environ.get(ROUTE))
        if not access.limited:
            bucket += " unlimited"  # who probes the health uses up nothing of what people of that address ask
        allowance = environ[ALLOWANCE] = self.limiter.take(bucket, limit)
        if allowance.exceeded and access.limited:
            raise RateLimited("Too many requests in a minute.", retry_after_s=allowance.reset_s)


def _password_of(given: str) -> str:
    """The password of what a client sends as Basic authentication; the user's name means nothing."""
    try:
        return base64.b64decode(given.strip(), validate=True).decode("ascii").partition(":")[2]
    except ValueError:
        raise Unauthenticated("This is no Basic authentication.") from None


def admit_visitor(app: Flask) -> Actor:
    """As `Gate.admit_visitor`, by the gate of `app`."""
    gate: Gate = app.extensions[_GATE]
    return gate.admit_visitor()


def admit_program(app: Flask, bucket: str, per_minute: int) -> Actor:
    """As `Gate.admit_program`, by the gate of `app`."""
    gate: Gate = app.extensions[_GATE]
    return gate.admit_program(bucket, per_minute)
