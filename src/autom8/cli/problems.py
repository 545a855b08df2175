"""From problem+json to typed errors: the client's side of the API's table."""

from __future__ import annotations

from typing import Final

from autom8.cli.errors import ProofNeeded, SecondFactorNeeded, ServerFault
from autom8.kernel import errors

RETRY_AFTER_S: Final = 5  # when a 429 does not say

_ERROR_BY_STATUS: Final[dict[int, type[errors.Autom8Error]]] = {
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    412: errors.Stale,
    413: errors.TooLarge,
    428: errors.PreconditionMissing,
    502: errors.Unavailable,
    503: errors.Unavailable,
    504: errors.Unavailable,
}
# What is not only told but acted on.
_ERROR_BY_CODE: Final[dict[str, type[errors.Autom8Error]]] = {
    each.code: each for each in (ProofNeeded, SecondFactorNeeded)
}


def problem(status: int, body: object, *, retry_after: str | None = None) -> errors.Autom8Error:
    """The typed error for an answer of problem+json."""
    said = body if isinstance(body, dict) else {}
    detail = str(said.get("detail") or said.get("title") or f"the server answered {status}")
    if status == 429:
        seconds = int(retry_after) if retry_after and retry_after.isdecimal() else RETRY_AFTER_S
        return errors.RateLimited(f"{detail} (try again in {seconds} s)", retry_after_s=seconds)
    if said.get("code") in _ERROR_BY_CODE:
        return _ERROR_BY_CODE[str(said["code"])](detail)
    if status in _ERROR_BY_STATUS:
        return _ERROR_BY_STATUS[status](detail)
    if status < 500:
        return errors.Invalid(detail, fields=said.get("fields"))
    return ServerFault(f"{detail} (request {said.get('request_id')})")
