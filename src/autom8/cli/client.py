"""The HTTP client of the CLI: JSON there and back, problem+json to typed errors.

Knows the conventions of the API (lists, cursors, ETags, problems), none of its resources.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, Self
from urllib.parse import urlencode

from autom8 import __version__
from autom8.cli.dialling import NOT_REACHED, connection_to, why
from autom8.cli.errors import NotAutom8, NothingListens, NotReachable, ProofNeeded
from autom8.cli.problems import RETRY_AFTER_S, problem
from autom8.cli.wording import Json
from autom8.kernel import errors

TIMEOUT_S: Final = 30.0
GET_WAITS_S: Final = (0.2, 0.5)  # before the second and the third try
DIAL_WAITS_S: Final = (0.1, 0.3, 0.6)  # a server that is just starting listens within these
PAGE_MAX: Final = 200
FILE_TIMEOUT_S: Final = 600.0  # without a word of progress: a whole file is written in one transaction
PIECE_BYTES: Final = 65_536
SAME_TIME: Final = timedelta(
    seconds=2
)  # an answer tells the second it was made in, and takes a while to come
LINES: Final = "application/x-ndjson"


class Credentials(Protocol):
    """What is shown to the server."""

    def bearer(self) -> str | None:
        """The token to send now, or None to ask as a stranger."""
        ...

    def renew(self) -> bool:
        """The server did not take it: get a new one if that can be done, and say whether it was."""
        ...

    def prove(self, client: Client) -> bool:
        """The server wants a proof of who is here: give it if that can be done, and say whether it was."""
        ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that is what it is, or none."""

    token: str | None = None

    def bearer(self) -> str | None:
        """The token."""
        return self.token

    def renew(self) -> bool:
        """It can't be renewed."""
        return False

    def prove(self, client: Client) -> bool:  # noqa: ARG002 - as all credentials are asked
        """Nobody is known to stand behind it."""
        return False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: JSON (None for an empty body), and the version of a resource."""

    status: int
    body: Any
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The first items of a list, and whether there are more."""

    items: list[Json]
    more: bool


class Client:
    """Talks to one server, over one connection at a time. Not for several threads.

    Each method raises the error family that fits the server's answer, with its words in it, and
    `NotReachable` when there is none. Only GET is asked again, and only the dialling is tried again for all.
    """

    def __init__(
        self,
        url: str,
        *,
        credentials: Credentials | None = None,
        timeout_s: float = TIMEOUT_S,
        unreachable: NothingListens | None = None,
        certificate: str | None = None,
    ) -> None:
        """`unreachable` replaces the error that says that nothing listens at `url`.

        Of a `certificate` the fingerprint is known: it is believed by that, whoever signed it for whom.
        """
        self.url = url.rstrip("/")
        self._credentials = credentials or Bearer()
        self._unreachable = unreachable
        self._connection, self._prefix = connection_to(url, timeout_s, certificate)
        self._behind: timedelta | None = None

    def get(self, path: str, **query: object) -> Answer:
        """GET `path` (below /api/v1); a query value of None is left out. Tried up to three times."""
        target = path + _query(query)
        for wait_s in GET_WAITS_S:
            try:
                return self._ask("GET", target)
            except errors.RateLimited as error:
                if error.retry_after_s > RETRY_AFTER_S:
                    raise
                time.sleep(error.retry_after_s)
            except NothingListens:
                raise
            except errors.Unavailable:
                time.sleep(wait_s)
        return self._ask("GET", target)

    def items(self, path: str, *, limit: int, page_max: int = PAGE_MAX, **query: object) -> Listing:
        """The first `limit` items of a list, over as many pages as it takes."""
        return self._listed(
            lambda size, cursor: self.get(path, **query, limit=size, cursor=cursor), limit, page_max
        )

    def _listed(
        self, ask: Callable[[int, str | None], Answer], limit: int, page_max: int = PAGE_MAX
    ) -> Listing:
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page = ask(min(page_max, limit - len(items)), cursor).body
            items += page["items"]
            cursor = page["next"]
            if cursor is None or len(items) >= limit:
                return Listing(items[:limit], more=cursor is not None)

    def found(self, path: str, asked: Mapping[str, object], *, limit: int) -> Listing:
        """The first `limit` items of what is asked for by POST, because it must not stand in an address."""
        return self._listed(lambda size, at: self.post(path, {**asked, "limit": size, "cursor": at}), limit)

    def post(self, path: str, body: Mapping[str, object] | None = None, *, etag: str | None = None) -> Answer:
        """POST JSON; with `etag`, about the version that it names."""
        return self._change("POST", path, body, etag)

    def patch(self, path: str, body: Mapping[str, object], *, etag: str | None) -> Answer:
        """PATCH the version that `etag` names, or be told that it has changed."""
        return self._change("PATCH", path, body, etag)

    def delete(self, path: str, *, etag: str | None = None) -> Answer:
        """DELETE the version that `etag` names, or be told that it has changed; some things have none."""
        return self._change("DELETE", path, None, etag)

    def now(self) -> datetime:
        """The server's time, to the second; our own where the two agree, or where it tells none."""
        if self._behind is None:
            with contextlib.suppress(errors.Unavailable):  # an answer all the same; what follows will say
                self._ask("GET", "/health")
        return datetime.now(UTC) - (self._behind or timedelta())

    def post_file(
        self, path: str, data: bytes, *, media_type: str, **query: object
    ) -> Iterator[dict[str, Any]]:
        """POST a file; the lines of JSON that the server answers while it works on it.

        Raises:
            NotReachable: the answer broke off before its last line; whether all was done is not known.
        """
        headers = {"Content-Type": media_type, "Accept": LINES}
        self.close()
        with self._streamed("POST", path + _query(query), headers, data) as response:
            line: dict[str, Any] = {}
            for raw in response:
                line = json.loads(raw)
                if (said := line.get("problem")) is not None:
                    raise problem(said["status"], said)
                yield line
            if "report" not in line and response.headers.get_content_type() == LINES:
                raise NotReachable(f"the answer of {self.url} broke off; it is not known what was done")

    def get_file(self, path: str, **query: object) -> Iterator[bytes]:
        """GET a file, piece by piece.

        Raises:
            NotReachable: it broke off, so it is not whole.
        """
        self.close()
        with self._streamed("GET", path + _query(query), {"Accept": "*/*"}, None) as response:
            while piece := response.read1(PIECE_BYTES):
                yield piece

    def __enter__(self) -> Self:
        """For `with`, which hangs up at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self.close()

    def close(self) -> None:
        """Hang up; the next request dials again."""
        self._connection.close()

    def _change(
        self, method: str, path: str, body: Mapping[str, object] | None, etag: str | None = None
    ) -> Answer:
        # A kept connection may have been closed by the server meanwhile, and a request that
        # failed on it could not be told from one that was carried out: so dial afresh.
        self.close()
        return self._ask(method, path, body, etag)

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        etag: str | None = None,
    ) -> Answer:
        try:
            return self._ask_renewing(method, path, body, etag)
        except ProofNeeded:  # so nothing was carried out, and it may be asked again
            if not self._credentials.prove(self):
                how = "do this at a terminal, or after a new `autom8 login`"
                raise ProofNeeded(f"Prove once more who you are: {how}.") from None
            self.close()
        return self._ask_renewing(method, path, body, etag)

    def _ask_renewing(
        self, method: str, path: str, body: Mapping[str, object] | None, etag: str | None
    ) -> Answer:
        try:
            return self._ask_once(method, path, body, etag)
        except errors.Unauthenticated:  # here too
            if not self._credentials.renew():
                raise
        return self._ask_once(method, path, body, etag)

    @contextlib.contextmanager
    def _streamed(
        self, method: str, target: str, headers: Mapping[str, str], data: bytes | None
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer to a request, to be read while it comes; an error is raised as by `_ask`."""
        try:
            try:
                response = self._begin(method, target, headers, data)
            except errors.Unauthenticated:
                if not self._credentials.renew():
                    raise
                response = self._begin(method, target, headers, data)
            yield response
        except NOT_REACHED as error:
            raise NotReachable(f"can't reach {self.url}: {why(error)}") from error
        finally:
            self.close()

    def _begin(
        self, method: str, target: str, headers: Mapping[str, str], data: bytes | None
    ) -> http.client.HTTPResponse:
        self._connection.timeout = FILE_TIMEOUT_S
        self._dial()
        sent = {**self._headers(), **headers}
        with contextlib.suppress(ConnectionError):  # refused before all was sent: the answer says why
            self._connection.request(method, self._prefix + target, body=data, headers=sent)
        response = self._connection.getresponse()
        if response.status >= 400:
            content = response.read()
            self.close()
            self._answer(response, content)
        return response

    def _ask_once(
        self, method: str, path: str, body: Mapping[str, object] | None, etag: str | None
    ) -> Answer:
        headers = self._headers()
        if etag is not None:
            headers["If-Match"] = etag
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        response = self._send(method, path, headers, data)
        try:
            content = response.read()
        except NOT_REACHED as error:
            self.close()
            raise NotReachable(f"can't reach {self.url}: {why(error)}") from error
        return self._answer(response, content)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": f"autom8-cli/{__version__}"}
        if token := self._credentials.bearer():
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], data: bytes | None
    ) -> http.client.HTTPResponse:
        try:
            self._dial()
            self._connection.request(method, self._prefix + path, body=data, headers=headers)
            return self._connection.getresponse()
        except NOT_REACHED as error:
            self.close()
            raise NotReachable(f"can't reach {self.url}: {why(error)}") from error

    def _dial(self) -> None:
        """Connect, unless that is done; again for a while when nothing listens, for nothing was asked yet.

        Raises:
            NothingListens: nothing did.
        """
        for wait_s in (*DIAL_WAITS_S, None):
            try:
                if self._connection.sock is None:
                    self._connection.connect()
            except ConnectionRefusedError as error:
                if wait_s is None:
                    nothing = NothingListens(f"can't reach {self.url}: nothing listens there")
                    raise (self._unreachable or nothing) from error
                time.sleep(wait_s)
            else:
                return

    def _answer(self, response: http.client.HTTPResponse, content: bytes) -> Answer:
        self._compare_clocks(response.headers.get("Date", ""))
        body = None
        if content:
            try:
                body = json.loads(content)
            except ValueError:
                raise NotAutom8(
                    f"{self.url} answered {response.status}, but not as Autom8 does;"
                    " is the address right, and what stands in between?"
                ) from None
        if response.status >= 400:
            raise problem(response.status, body, retry_after=response.headers.get("Retry-After"))
        return Answer(response.status, body, response.headers.get("ETag"))

    def _compare_clocks(self, told: str) -> None:
        with contextlib.suppress(ValueError, TypeError):  # no date, or one without an offset
            behind = datetime.now(UTC) - email.utils.parsedate_to_datetime(told)
            self._behind = timedelta() if timedelta() <= behind < SAME_TIME else behind


def _query(values: Mapping[str, object]) -> str:
    given = {name: value for name, value in values.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""
