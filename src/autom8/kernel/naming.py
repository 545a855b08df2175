"""Names that people give to things: as they are kept, and what two share that are the same to a reader."""

from __future__ import annotations

import unicodedata
from typing import Final

NAME_CHARS_MAX: Final = 200
TEXT_CHARS_MAX: Final = 4_000
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"  # without them words of some scripts fall apart


def name_key(name: str) -> str:
    """What names share that differ only in case or compatible form."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def checked_name(text: str, *, chars_max: int = NAME_CHARS_MAX) -> str:
    """A name as it is kept: composed, single blanks.

    Raises:
        ValueError: it can't be one.
    """
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(each) in _HIDDEN and each not in _JOINERS for each in line):
        raise ValueError("must be one line without characters that are not seen")
    if not line.strip(_JOINERS + " "):
        raise ValueError("must not be empty")
    if len(line) > chars_max:
        raise ValueError(f"must have at most {chars_max} characters")
    return line


def checked_text(text: str, *, chars_max: int = TEXT_CHARS_MAX) -> str:
    """A text of several lines as it is kept.

    Raises:
        ValueError: it is too long, or holds what no text here can hold.
    """
    if len(text) > chars_max:
        raise ValueError(f"must have at most {chars_max} characters")
    if any(unicodedata.category(each) in {"Cc", "Cs"} and each not in "\n\t" for each in text):
        raise ValueError("must not hold control characters")
    return text.strip()
