"""Names and tags of things as they are kept, and what two names share that are the same to a reader."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

NAME_CHARS_MAX: Final = 200
TEXT_CHARS_MAX: Final = 4_000
TAG_CHARS_MAX: Final = 50
TAGS_MAX: Final = 50
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_HIDDEN_IN_TAGS: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
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


def tag_key(tag: str) -> str:
    """A tag as it is kept: composed, without case, single blanks."""
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag).casefold()).split())


def checked_tag(text: str) -> str:
    """A tag as it is kept: small letters, single blanks.

    Raises:
        ValueError: it can't be one.
    """
    tag = tag_key(text)
    if not tag:
        raise ValueError("a tag must not be empty")
    if len(tag) > TAG_CHARS_MAX:
        raise ValueError(f"a tag must have at most {TAG_CHARS_MAX} characters")
    # What is printable holds none of them, and that is known quickly.
    if not tag.isprintable() and any(unicodedata.category(each) in _HIDDEN_IN_TAGS for each in tag):
        raise ValueError("must not contain control or invisible characters")
    if "," in tag or ";" in tag:
        raise ValueError("a tag must not contain a comma or a semicolon: lists of tags are parted by them")
    return tag


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: each once, in the order of the alphabet.

    Raises:
        ValueError: one can't be a tag, or there are too many.
    """
    kept = sorted({checked_tag(tag) for tag in tags})
    if len(kept) > TAGS_MAX:
        raise ValueError(f"must be at most {TAGS_MAX} tags")
    return tuple(kept)
