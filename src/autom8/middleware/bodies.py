"""Request bodies: as bytes, and never more of them than the settings take."""

from __future__ import annotations

import sys
from typing import Final

from flask import Flask, Request, current_app, g

from autom8.kernel.errors import TooLarge

_LIMIT: Final = "AUTOM8_BODY_BYTES_MAX"
_FILE_LIMIT: Final = "AUTOM8_FILE_BYTES_MAX"
_PART_BYTES: Final = 65_536
_READ_BYTES_MAX: Final = 32 * 1_048_576


def limit_bodies(app: Flask, size_bytes_max: int, *, file_bytes_max: int) -> None:
    """Have `app` take bodies of at most this size, and files of at most that where a route takes files."""
    app.config[_LIMIT] = size_bytes_max
    app.config[_FILE_LIMIT] = file_bytes_max
    # Werkzeug cuts a chunked body off at its limit instead of refusing it: one byte more shows that it did.
    app.config["MAX_CONTENT_LENGTH"] = size_bytes_max + 1


def expect_file(request: Request) -> None:
    """Let this request's body be as large as a file may be."""
    g.body_bytes_max = current_app.config[_FILE_LIMIT]
    request.max_content_length = g.body_bytes_max + 1


def expect_any_size(request: Request) -> None:
    """Let this request's body be of any size: only its beginning is kept, see `beginning_of`."""
    g.body_bytes_max = sys.maxsize
    request.max_content_length = sys.maxsize


def beginning_of(request: Request, size_bytes_max: int) -> tuple[bytes, int]:
    """The beginning of a body, and how many bytes it has as a whole.

    The rest is read and thrown away, for clients that take an early answer for a lost one; not all of what
    is very long: then its size is what was announced, or what was read.
    """
    kept, size = bytearray(), 0
    while size < _READ_BYTES_MAX and (part := request.stream.read(_PART_BYTES)):
        size += len(part)
        kept += part[: size_bytes_max - len(kept)]
    return bytes(kept), max(size, request.content_length or 0)


def refuse_announced(request: Request) -> None:
    """Refuse, before a byte of it is read, what its Content-Length says is too large.

    Raises:
        TooLarge: it is.
    """
    if (request.content_length or 0) > _bytes_max():
        raise _too_large()


def body_of(request: Request) -> bytes:
    """The whole body; asked twice it is the same.

    Raises:
        TooLarge: it has more bytes than are taken.
    """
    raw = request.get_data()
    if len(raw) > _bytes_max():
        raise _too_large()
    return raw


def _bytes_max() -> int:
    found: int = g.get("body_bytes_max", current_app.config[_LIMIT])
    return found


def _too_large() -> TooLarge:
    return TooLarge(f"The body of this request has at most {_bytes_max()} bytes.")
