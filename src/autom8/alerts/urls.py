"""What counts as the URL of a page or a receiver, wherever somebody gives one. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

URL_CHARS_MAX: Final = 2_000


def is_url(text: str) -> bool:
    """Whether a text is an http or https URL, and nothing that only looks like one."""
    if len(text) > URL_CHARS_MAX or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
