"""Which pages of other origins may ask the API: none, unless the settings name their origins.

Allowed pages show a bearer token like any program; cookies never work across origins, so
`Access-Control-Allow-Credentials` is never sent. To all others nothing is said, and browsers refuse them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed

from autom8.middleware import cookies, idempotency

API_PREFIXES: Final = ("/api/", "/auth/")
REQUEST_HEADERS: Final = ("Authorization", "Content-Type", "If-Match", "If-None-Match", idempotency.HEADER)
RESPONSE_HEADERS: Final = (
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Request-Id",
    "X-Cache",
    idempotency.REPLAYED,
)
MAX_AGE_S: Final = 600


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins whose pages may ask, as browsers spell them: `https://app.example.org`."""

    origins: frozenset[str] = frozenset()

    def admits(self, environ: Mapping[str, Any], *, host: str) -> bool:
        """Whether a page of another, allowed origin asks."""
        return environ.get("HTTP_ORIGIN") in self.origins and cookies.from_elsewhere(environ, host=host)

    def headers_for(self, environ: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """What to add to the answer of this request, whatever it is."""
        if not self.origins or not environ.get("PATH_INFO", "").startswith(API_PREFIXES):
            return ()
        vary = ("Vary", "Origin")  # also where nothing is allowed: a cache must not give that to all
        origin = environ.get("HTTP_ORIGIN")
        if origin not in self.origins:
            return (vary,)
        exposed = ("Access-Control-Expose-Headers", ", ".join(RESPONSE_HEADERS))
        return (vary, ("Access-Control-Allow-Origin", str(origin)), exposed)

    def answer_preflight(self) -> Response | None:
        """The answer to a browser that asks before it sends; None for any other request."""
        if request.method != "OPTIONS" or request.headers.get("Origin") not in self.origins:
            return None
        here = request.routing_exception  # OPTIONS is no method of any route
        if "Access-Control-Request-Method" not in request.headers or not isinstance(here, MethodNotAllowed):
            return None
        response = Response(status=204)
        del response.headers["Content-Type"]
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(here.valid_methods or ()))
        response.headers["Access-Control-Allow-Headers"] = ", ".join(REQUEST_HEADERS)
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE_S)
        return response
