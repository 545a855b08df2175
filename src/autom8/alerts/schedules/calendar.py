"""Shifts as an iCalendar feed (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

MEDIA_TYPE: Final = "text/calendar"
LINE_OCTETS_MAX: Final = 75  # RFC 5545, section 3.1
_ESCAPED: Final = {"\\": "\\\\", "\n": "\\n", ",": "\\,", ";": "\\;"}
_TO_ESCAPE: Final = re.compile(r"[\\\n,;]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One shift. `key` is its own, and the same as long as its contact and its beginning are."""

    key: str
    start: datetime
    end: datetime
    summary: str


def calendar_of(name: str, events: Iterable[Event], *, at: datetime) -> bytes:
    """A calendar of this name, as it is at an instant."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Autom8//On call//EN",
        f"X-WR-CALNAME:{_text(name)}",
        *(line for each in events for line in _event(each, at)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.key}"
    yield f"DTSTAMP:{_instant(at)}"
    yield f"DTSTART:{_instant(event.start)}"
    yield f"DTEND:{_instant(event.end)}"
    yield f"SUMMARY:{_text(event.summary)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    line = "".join(char for char in value if char == "\n" or ord(char) >= 32)
    return _TO_ESCAPE.sub(lambda match: _ESCAPED[match[0]], line)


def _folded(line: str) -> bytes:
    """A line in pieces of bounded octets, none of which cuts a character."""
    pieces = [b""]
    for char in line:
        encoded = char.encode()
        if len(pieces[-1]) + len(encoded) > LINE_OCTETS_MAX - (len(pieces) > 1):
            pieces.append(b"")
        pieces[-1] += encoded
    return b"\r\n ".join(pieces) + b"\r\n"
