"""The outermost layer: gives each request an id, times it, logs one line, adds the headers of all answers.

What is out of bounds is refused here, before the application is asked.

It sees what the layers within leave in the WSGI environment (`ACTOR`, `ROUTE`, `ALLOWANCE`), never a body or
a query string: both may hold secrets.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from autom8.kernel.errors import TooLarge
from autom8.kernel.ids import new_request_id
from autom8.kernel.logs import bound
from autom8.kernel.telemetry import Telemetry
from autom8.middleware.bounds import STATUS_BY_ERROR, Bounds
from autom8.middleware.cors import Cors
from autom8.middleware.headers import Headers, add_missing, security_headers
from autom8.middleware.problems import MEDIA_TYPE, problem_json
from autom8.middleware.rate_limit import Allowance

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("autom8.request")

REQUEST_ID: Final = "autom8.request_id"
ACTOR: Final = "autom8.actor"  # who asked, as a name
ROUTE: Final = "autom8.route"  # the route's template; the path itself where there is none
ALLOWANCE: Final = "autom8.allowance"  # what the rate limit leaves to who asked
PATH_CHARS_MAX: Final = 200
# Below these a path is itself the right to do something: no log has it.
CAPABILITIES: Final = ("/a/", "/ping/")
_SANE_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Observed:
    """A WSGI application around another one."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        telemetry: Telemetry,
        production: bool,
        bounds: Bounds | None = None,
        cors: Cors | None = None,
    ) -> None:
        self._app = app
        self._telemetry = telemetry
        self._headers = security_headers(production=production)
        self._bounds = bounds or Bounds()
        self._cors = cors or Cors()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        started = time.perf_counter()
        request_id = _request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        environ[REQUEST_ID] = request_id
        status = 500

        def answering(line: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal status
            status = int(line[:3])
            add_missing(headers, self._headers)
            headers.extend(_told(environ.get(ALLOWANCE)))
            headers.append(("X-Request-Id", request_id))
            headers.extend(self._cors.headers_for(environ))
            return start_response(line, headers, exc_info) if exc_info else start_response(line, headers)

        with bound(request_id=request_id):
            try:
                refusal = self._bounds.refusal_of(environ)
                return (
                    self._app(environ, answering)
                    if refusal is None
                    else _refuse(refusal, request_id, answering)
                )
            finally:
                self._note(environ, status, time.perf_counter() - started)

    def _note(self, environ: WSGIEnvironment, status: int, seconds: float) -> None:
        self._telemetry.observe("http.requests", seconds)
        self._telemetry.count(f"http.answers.{status // 100}xx")
        fields = {
            "method": environ["REQUEST_METHOD"],
            "path": environ.get(ROUTE) or _loggable(environ.get("PATH_INFO", "")),
            "status_code": status,
            "duration_ms": round(seconds * 1_000, 3),
            "actor": environ.get(ACTOR),
        }
        log.log(logging.ERROR if status == 500 else logging.INFO, "request", extra={"fields": fields})


def _loggable(path: str) -> str:
    """A path that no route was found for, as a log may hold it."""
    found = next((each for each in CAPABILITIES if path.startswith(each)), None)
    return path[:PATH_CHARS_MAX] if found is None else f"{found}…"


def _told(allowance: Allowance | None) -> Headers:
    """How many more requests may follow; plain tuples, since every request comes by here."""
    if allowance is None:
        return []
    return [
        ("RateLimit-Limit", str(allowance.limit)),
        ("RateLimit-Remaining", str(allowance.remaining)),
        ("RateLimit-Reset", str(allowance.reset_s)),
    ]


def _refuse(error: TooLarge, request_id: str, start_response: StartResponse) -> Iterable[bytes]:
    status = STATUS_BY_ERROR[type(error)]
    body = problem_json(status, code=error.code, detail=str(error), request_id=request_id)
    headers = [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]


def _request_id(offered: str) -> str:
    """The id that a proxy or a client offers, if it can't do harm in a log; else a new one."""
    return offered if _SANE_ID.fullmatch(offered) else new_request_id()
