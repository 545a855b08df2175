"""Contacts as CSV, vCard 3.0 and vCard 4.0, one after the other: what the readers read back as it was.

Owns the escaping of each format, and what keeps a spreadsheet from calculating a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from autom8.contacts.cards.drafts import quiet_text
from autom8.contacts.cards.lists import joined
from autom8.contacts.draft import FIELDS, ContactDraft

BROKEN_OFF: Final = b"INCOMPLETE: this export broke off"
LINE_OCTETS_MAX: Final = 75  # RFC 6350, section 3.2
_CALCULATED: Final = re.compile(r"'*[=+\-@\t\r\n]")
_ESCAPED: Final = {"\\": "\\\\", "\n": "\\n", ",": "\\,", ";": "\\;"}
_TO_ESCAPE: Final = re.compile(r"[\\\n,;]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a file is written: what stands at its head, how each contact is, and what it is called.

    `broken_off` ends a file that is not whole. No reader takes such a file: a quote, or a card, has no end.
    """

    media_type: str
    suffix: str
    head: Callable[[], bytes]
    contact: Callable[[ContactDraft, str], bytes]
    broken_off: bytes


def _csv_head() -> bytes:
    return _csv_row(FIELDS)


def _csv_contact(draft: ContactDraft, _uid: str) -> bytes:
    texts = {
        "name": draft.name,
        "email": draft.email,
        "phone": draft.phone,
        "notes": draft.notes,
        "tags": joined(draft.tags),
        "groups": joined(draft.groups),
        "zone": draft.zone,
        "language": draft.language,
        "quiet": draft.quiet and quiet_text(draft.quiet),
        "channels": joined(draft.channels),
    }
    return _csv_row([texts[name] or "" for name in FIELDS])


def _csv_row(cells: tuple[str, ...] | list[str]) -> bytes:
    row = io.StringIO()
    csv.writer(row, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return row.getvalue().encode()


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; the reader takes the apostrophe away again."""
    return f"'{cell}" if _CALCULATED.match(cell) else cell


def _card3(draft: ContactDraft, uid: str) -> bytes:
    return b"".join(map(_folded, _lines(draft, uid, version="3.0")))


def _card4(draft: ContactDraft, uid: str) -> bytes:
    return b"".join(map(_folded, _lines(draft, uid, version="4.0")))


def _lines(draft: ContactDraft, uid: str, *, version: str) -> Iterator[str]:
    old = version == "3.0"
    name = _escaped(draft.name)
    yield "BEGIN:VCARD"
    yield f"VERSION:{version}"
    yield "PRODID:-//Autom8//contacts//EN"
    yield f"UID:{uid}"
    yield f"FN:{name}"
    yield f"N:;{name};;;"  # where a family name begins is not known, and must not be guessed
    if draft.email is not None:
        yield f"EMAIL{';TYPE=INTERNET' if old else ''}:{_escaped(draft.email)}"
    if draft.phone is not None:
        yield f"TEL;TYPE=VOICE:{draft.phone}" if old else f"TEL;VALUE=uri;TYPE=voice:tel:{draft.phone}"
    if draft.notes is not None:
        yield f"NOTE:{_escaped(draft.notes)}"
    if draft.tags:
        yield f"CATEGORIES:{_list(draft.tags)}"
    if draft.zone is not None:
        yield f"TZ{';VALUE=text' if old else ''}:{_escaped(draft.zone)}"
    if draft.language is not None:
        yield f"{'X-AUTOM8-LANGUAGE' if old else 'LANG'}:{draft.language}"  # 3.0 has no LANG
    if draft.groups:
        yield f"X-AUTOM8-GROUPS:{_list(draft.groups)}"
    if draft.quiet is not None:
        yield f"X-AUTOM8-QUIET:{_escaped(quiet_text(draft.quiet))}"
    if draft.channels:
        yield f"X-AUTOM8-CHANNELS:{_list(draft.channels)}"
    yield "END:VCARD"


def _list(items: tuple[str, ...]) -> str:
    return ",".join(map(_escaped, items))


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], text)


def _folded(line: str) -> bytes:
    """A line in pieces of at most 75 octets, none of which parts a character."""
    raw = line.encode()
    if len(raw) <= LINE_OCTETS_MAX:
        return raw + b"\r\n"
    pieces, start, room = [], 0, LINE_OCTETS_MAX
    while len(raw) - start > room:
        end = start + room
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[start:end])
        start, room = end, LINE_OCTETS_MAX - 1
    pieces.append(raw[start:])
    return b"\r\n ".join(pieces) + b"\r\n"


_CARD_BROKEN_OFF: Final = b"BEGIN:VCARD\r\nNOTE:" + BROKEN_OFF
FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format(
        media_type="text/csv",
        suffix="csv",
        head=_csv_head,
        contact=_csv_contact,
        broken_off=b'"' + BROKEN_OFF,
    ),
    "vcard3": Format(
        media_type="text/vcard", suffix="vcf", head=bytes, contact=_card3, broken_off=_CARD_BROKEN_OFF
    ),
    "vcard4": Format(
        media_type="text/vcard", suffix="vcf", head=bytes, contact=_card4, broken_off=_CARD_BROKEN_OFF
    ),
}
