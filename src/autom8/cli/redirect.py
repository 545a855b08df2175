"""Plain HTTP, sent on to HTTPS: a listener of its own that answers 308 and nothing else.

It reads the head of one request, bounded in bytes and time, and closes. Where it sends to is never taken
from the request alone: the host must be ours.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from autom8.kernel.errors import Misconfigured

HEAD_BYTES_MAX: Final = 16_384
HEAD_S_MAX: Final = 5.0
LINGER_S: Final = 1.0  # for a body that nobody reads: closing on it would take the answer back
CONNECTIONS_MAX: Final = 256
_REQUEST_LINE: Final = re.compile(rb"[A-Z]{1,20} (/[\x21-\x7e]{0,8191}) HTTP/1\.[01]")
_HOST: Final = re.compile(
    rb"\r\nhost:[ \t]*([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?[ \t]*\r\n", re.IGNORECASE
)
_HOST_HEADER: Final = re.compile(rb"\r\nhost[ \t]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where to send on to: `public_url` where it is given, else the host that was asked for, if ours."""

    public_url: str
    port: int
    is_ours: Callable[[str], bool]

    def origin_for(self, host: str) -> str | None:
        """Scheme, host and port; None when `host` is not ours."""
        if self.public_url:
            return self.public_url
        if not self.is_ours(host):
            return None
        return f"https://{host}" if self.port == 443 else f"https://{host}:{self.port}"


class HttpRedirect(threading.Thread):
    """Listens from its making on; answers from its start until it is stopped."""

    def __init__(self, host: str, port: int, destination: Destination) -> None:
        """Raises:
        Misconfigured: the address can't be listened on.
        """
        super().__init__(name="autom8-redirect", daemon=True)
        self._destination = destination
        self._open = 0
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
            self._socket = socket.create_server((host, port), family=family)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Misconfigured(
                f"Can't listen on {host}:{port}: {reason}; choose another AUTOM8_HTTP_REDIRECT_PORT."
            ) from error
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()

    def run(self) -> None:
        """Answer."""
        with suppress(RuntimeError):  # the loop was stopped before it ran
            self._loop.run_until_complete(self._serve())
        self._loop.close()

    def stop(self) -> None:
        """Listen no more."""
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._converse, sock=self._socket, limit=HEAD_BYTES_MAX)
        async with server:
            await self._stopped.wait()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= CONNECTIONS_MAX:
                async with asyncio.timeout(HEAD_S_MAX):
                    head = await reader.readuntil(b"\r\n\r\n")
                writer.write(answer_to(head, self._destination))
                writer.write_eof()
                async with asyncio.timeout(LINGER_S):
                    while await reader.read(HEAD_BYTES_MAX):
                        pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        except asyncio.LimitOverrunError:
            writer.write(_answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        finally:
            self._open -= 1
            writer.close()


def answer_to(head: bytes, destination: Destination) -> bytes:
    """The answer to a request with this head, which ends with an empty line."""
    line, _, _ = head.partition(b"\r\n")
    asked, host = _REQUEST_LINE.fullmatch(line), _HOST.search(head)
    if asked is None or host is None or len(_HOST_HEADER.findall(head)) != 1:
        return _answer(HTTPStatus.BAD_REQUEST)
    origin = destination.origin_for(host[1].decode("ascii").lower())
    if origin is None:
        return _answer(HTTPStatus.MISDIRECTED_REQUEST)
    return _answer(HTTPStatus.PERMANENT_REDIRECT, f"Location: {origin}{asked[1].decode('ascii')}\r\n")


def _answer(status: HTTPStatus, headers: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii")
