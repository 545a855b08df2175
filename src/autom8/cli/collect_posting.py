"""Posts batches to the server's API: one connection, kept only while one batch follows another."""

from __future__ import annotations

import contextlib
import email.utils
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from autom8 import __version__
from autom8.cli.dialling import NOT_REACHED, connection_to, why
from autom8.kernel.errors import Misconfigured
from autom8.kernel.secrets import Secret
from autom8.metrics.collecting.ports import NotAnswered, Reply

TIMEOUT_S: Final = 10.0  # for the connection, and for each wait on it
KEPT_S: Final = 5.0  # a server closes what idles longer, and a batch sent then would have to be sent again
_ANSWER_BYTES_MAX: Final = 64 * 1024


class Poster:
    """Posts to `/api/v1/metrics` of one server. TLS is verified by the machine's authorities.

    `authorization` gives the header of that name for each batch, so that a new key is used as soon as it is
    in its place.
    """

    def __init__(
        self, server: str, authorization: Callable[[], Secret], *, elapsed_s: Callable[[], float]
    ) -> None:
        """Raises: Invalid, when `server` is no http or https address."""
        self._connection, prefix = connection_to(server, TIMEOUT_S, None)
        self._path = f"{prefix}/metrics"
        self._authorization = authorization
        self._elapsed_s = elapsed_s
        self._used_s = 0.0

    def __call__(self, key: str, body: bytes) -> Reply:
        """Post one batch; once more when a kept connection turns out to be closed.

        Raises:
            NotAnswered: no whole answer came, or the API key can't be read.
        """
        try:
            headers = self._headers(key)
        except Misconfigured as error:
            raise NotAnswered(str(error)) from error
        if self._elapsed_s() - self._used_s > KEPT_S:
            self._connection.close()
        if self._connection.sock is not None:
            with contextlib.suppress(*NOT_REACHED):
                return self._exchange(body, headers)
            self._connection.close()
        try:
            return self._exchange(body, headers)
        except (*NOT_REACHED, UnicodeError) as error:  # a name that can't be looked up is a UnicodeError
            self._connection.close()
            raise NotAnswered(why(error)) from error

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _headers(self, key: str) -> dict[str, str]:
        return {
            "Authorization": self._authorization().reveal(),
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": key,
            "User-Agent": f"autom8-collect/{__version__}",
        }

    def _exchange(self, body: bytes, headers: dict[str, str]) -> Reply:
        if self._connection.sock is None:
            self._connection.connect()
        with contextlib.suppress(ConnectionError):  # refused before all was sent: the answer says why
            self._connection.request("POST", self._path, body=body, headers=headers)
        response = self._connection.getresponse()
        content = response.read(_ANSWER_BYTES_MAX)
        if not response.isclosed():  # it says more than anybody wants to know
            self._connection.close()
        self._used_s = self._elapsed_s()
        return Reply(
            status=response.status,
            code=_code(content) if response.status >= 400 else "",
            retry_after_s=_seconds(response.headers.get("Retry-After", "")),
        )


def _code(content: bytes) -> str:
    """The code of a problem+json; empty for anything else."""
    with contextlib.suppress(ValueError):
        problem = json.loads(content)
        if isinstance(problem, dict) and isinstance(code := problem.get("code"), str):
            return code
    return ""


def _seconds(retry_after: str) -> float | None:
    """Retry-After as seconds from now; it may be a number or a date (RFC 9110, 10.2.3)."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    with contextlib.suppress(ValueError, TypeError):  # no date, or one without an offset
        return (email.utils.parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    return None
