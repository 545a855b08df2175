"""A real receiver of webhooks as a process of its own: each request that it took is a line of a file.

Run as a program it serves HTTP/1.1 with kept connections; imported it starts one. It fails as told, and what
it took is on disk before it says so.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services import sinks

BACKLOG = 1_024
LINE_BYTES_MAX = 1 << 20
_ANSWER = b"HTTP/1.1 %s\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%s"


@dataclass(frozen=True, slots=True)
class Receiver(sinks.Sink):
    """A running receiver. To `refuse` is 400, to `fail` 503."""

    @property
    def url(self) -> str:
        """Where it is asked; any path is taken."""
        return f"http://127.0.0.1:{self.port}/hook"

    def requests(self) -> list[dict[str, Any]]:
        """What it took, in its order: `at`, `mode`, `method`, `path`, `headers` in lower case, `body`."""
        return self.taken()


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """A receiver on a random loopback port, until the end."""
    with sinks.running("tests.services.receiver", folder) as (port, pid):
        yield Receiver(port, folder, pid)


async def _serve(taking: sinks.Taking, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while (request := await _request(reader)) is not None:
            answer = await _answer(taking, request)
            if answer is None:
                writer.transport.abort()
                return
            writer.write(answer)
            await writer.drain()
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        writer.transport.abort()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next request of a connection; None when there is none."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return {"method": method, "path": path, "headers": headers, "body": body.decode("utf-8", "replace")}


async def _answer(taking: sinks.Taking, request: dict[str, Any]) -> bytes | None:
    """What is said, or None when the connection is dropped instead."""
    name, seconds = taking.mode()
    if name == "refuse":
        return _said(b"400 Bad Request")
    if name == "fail":
        return _said(b"503 Service Unavailable")
    if name in {"slow", "mute"}:
        await asyncio.sleep(seconds)
        if name == "mute":
            return None
    await taking.keep({"mode": name, **request})
    return None if name == "die" else _said(b"200 OK")


def _said(status: bytes) -> bytes:
    return _ANSWER % (status, len(status), status)


def main(folder: Path) -> None:
    """Serve until killed."""

    async def serve() -> None:
        taking = sinks.Taking(folder)
        server = await asyncio.start_server(
            lambda reader, writer: _serve(taking, reader, writer),
            "127.0.0.1",
            0,
            backlog=BACKLOG,
            limit=LINE_BYTES_MAX,
        )
        taking.announce(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
