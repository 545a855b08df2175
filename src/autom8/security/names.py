"""User names: which are taken, and when two are the same."""

from __future__ import annotations

import unicodedata
from typing import Final

from autom8.kernel.errors import Invalid

LENGTH_MAX: Final = 64
_READ_MAX: Final = 256
_UNSEEN: Final = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
)  # control, format, surrogate, unassigned
_SHOWN_OF_UNKNOWN: Final = 3


def checked_name(name: str) -> str:
    """The name as it is kept: in Unicode's composed form.

    Raises:
        Invalid: it is empty, too long, all digits (those are ids), padded, or partly invisible.
    """
    text = unicodedata.normalize("NFC", name)
    if not text:
        raise _refused("must not be empty")
    if len(text) > LENGTH_MAX:
        raise _refused(f"must have at most {LENGTH_MAX} characters")
    if any(unicodedata.category(character) in _UNSEEN for character in text):
        raise _refused("must not contain control or invisible characters")
    if text != text.strip():
        raise _refused("must not begin or end with a space")
    if text.isdigit():
        raise _refused("must not be all digits")
    return text


def name_key(name: str) -> str:
    """What two names share that are the same to a reader: compatible form, case folded."""
    text = unicodedata.normalize("NFKC", storable(name[:_READ_MAX]))
    return unicodedata.normalize("NFKC", text.casefold())


def storable(text: str) -> str:
    """`text` without what a database can't hold: NUL and lone surrogates, which no name has."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def hinted(name: str) -> str:
    """The beginning of a name that nobody has, safe to keep: people type passwords into the wrong field."""
    shown = "".join(character if character.isprintable() else "?" for character in name[:_SHOWN_OF_UNKNOWN])
    return f"{shown}…"


def _refused(what: str) -> Invalid:
    return Invalid("The name is not taken.", fields={"name": what})
