"""Request bodies: as bytes, and never more of them than the settings take."""

from __future__ import annotations

from typing import Final

from flask import Flask, Request, current_app

from autom8.kernel.errors import TooLarge

_LIMIT: Final = "AUTOM8_BODY_BYTES_MAX"


def limit_bodies(app: Flask, size_bytes_max: int) -> None:
    """Have `app` take bodies of at most this size."""
    app.config[_LIMIT] = size_bytes_max
    # Werkzeug cuts a chunked body off at its limit instead of refusing it: one byte more shows that it did.
    app.config["MAX_CONTENT_LENGTH"] = size_bytes_max + 1


def refuse_announced(request: Request) -> None:
    """Refuse, before a byte of it is read, what its Content-Length says is too large.

    Raises:
        TooLarge: it is.
    """
    if (request.content_length or 0) > current_app.config[_LIMIT]:
        raise _too_large()


def body_of(request: Request) -> bytes:
    """The whole body; asked twice it is the same.

    Raises:
        TooLarge: it has more bytes than are taken.
    """
    raw = request.get_data()
    if len(raw) > current_app.config[_LIMIT]:
        raise _too_large()
    return raw


def _too_large() -> TooLarge:
    return TooLarge(f"A request's body has at most {current_app.config[_LIMIT]} bytes.")
