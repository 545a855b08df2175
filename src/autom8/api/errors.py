"""The one table from error families to HTTP, and the form of every refusal: problem+json (RFC 9457).

Text of drivers and stack traces never leave the process: what is not expected answers 500 with a
request id, and the log says the rest.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from autom8.kernel import errors
from autom8.middleware.bounds import STATUS_BY_ERROR
from autom8.middleware.observing import REQUEST_ID
from autom8.middleware.problems import MEDIA_TYPE, problem_json

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 2  # when something is not there now

# The first family that fits along an error's ancestry decides.
STATUS_BY_FAMILY: Final[dict[type[errors.Autom8Error], HTTPStatus]] = {
    errors.Invalid: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.PreconditionMissing: HTTPStatus.PRECONDITION_REQUIRED,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Misconfigured: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.Autom8Error: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_FAULT: Final = HTTPStatus.INTERNAL_SERVER_ERROR
_FAULT_TEXT: Final = "Something went wrong here; the server's log says more under this request id."


class UnsupportedMediaType(errors.Invalid):
    """The body is not of the type that is taken."""

    code = "unsupported_media_type"


STATUS_BY_FAMILY[UnsupportedMediaType] = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
STATUS_BY_FAMILY.update(STATUS_BY_ERROR)


def status_of(kind: type[errors.Autom8Error]) -> HTTPStatus:
    """The status that an error of this type is answered with."""
    return next(STATUS_BY_FAMILY[each] for each in kind.__mro__ if each in STATUS_BY_FAMILY)


def register_errors(app: Flask) -> None:
    """Answer everything that goes wrong in `app` with a problem."""
    app.register_error_handler(errors.Autom8Error, _expected)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unexpected)


def problem(status: HTTPStatus, *, code: str, detail: str, fields: dict[str, str] | None = None) -> Response:
    """A refusal. `code` is part of the public contract."""
    request_id = request.environ.get(REQUEST_ID, "")
    body = problem_json(status, code=code, detail=detail, request_id=request_id, fields=fields)
    response = Response(body, status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def described(error: Exception, request_id: str) -> bytes:
    """The problem of an error that comes when the head of the answer is sent already, as JSON."""
    if not isinstance(error, errors.Autom8Error) or (status := status_of(type(error))) is _FAULT:
        log.error("request_failed", exc_info=error)
        return problem_json(_FAULT, code=errors.Autom8Error.code, detail=_FAULT_TEXT, request_id=request_id)
    fields = dict(error.fields) if isinstance(error, errors.Invalid) else None
    return problem_json(status, code=error.code, detail=str(error), request_id=request_id, fields=fields)


def _expected(error: errors.Autom8Error) -> Response:
    status = status_of(type(error))
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(error)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("unavailable", exc_info=error)
    fields = dict(error.fields) if isinstance(error, errors.Invalid) else None
    response = problem(status, code=error.code, detail=str(error), fields=fields)
    if isinstance(error, errors.RateLimited):
        response.headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, errors.Unavailable):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    elif isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="autom8"'
    return response


def _of_http(error: HTTPException) -> Response:
    """What Flask and Werkzeug refuse themselves."""
    status = HTTPStatus(error.code or 500)
    match error:
        case RequestEntityTooLarge():
            return problem(status, code=errors.TooLarge.code, detail="The request's body is too large.")
        case MethodNotAllowed():
            response = problem(
                status, code="method_not_allowed", detail=f"There is no {request.method} of this address."
            )
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return response
    code = status.phrase.lower().replace(" ", "_").replace("-", "_")
    details = {HTTPStatus.NOT_FOUND: "There is nothing at this address."}
    return problem(status, code=code, detail=details.get(status, f"{status.phrase}."))


def _unexpected(error: Exception) -> Response:
    log.error("request_failed", exc_info=error)
    return problem(_FAULT, code=errors.Autom8Error.code, detail=_FAULT_TEXT)
