"""Lists in one cell: parted by semicolons, and by what else exporters part them with.

Google writes ` ::: `, Outlook `;`, people write commas. A backslash keeps a separator that belongs to an
item, so that what we write is read back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_GOOGLES: Final = re.compile(r"(?<!\\):::")
_MARK: Final[dict[str, re.Pattern[str]]] = {
    mark: re.compile(rf"\\.|{mark}", re.DOTALL) for mark in (";", ",")
}
_MARKED: Final = re.compile(r"[;,\\:*]")
_APART: Final = re.compile(r"[,;]")
_KEPT: Final = re.compile(r"\\([\\;,:*])")
_TO_KEEP: Final = re.compile(r"[\\;,]|:(?=::)|\A\*")


@lru_cache(maxsize=4_096)  # rows have the same few lists again and again
def parted(text: str) -> tuple[str, ...]:
    """The items of a cell, without blanks around them and without empty ones.

    Google's own groups (`* myContacts`) are left out: every contact is in them.
    """
    if not _MARKED.search(text):
        return (item,) if (item := text.strip()) else ()
    pieces = _GOOGLES.split(text)
    if len(pieces) == 1:
        pieces = _split(text, ";")
    if len(pieces) == 1:
        pieces = _split(text, ",")
    stripped = (piece.strip() for piece in pieces)
    return tuple(_plain(piece) for piece in stripped if piece and not piece.startswith("* "))


def tags_of(items: Iterable[str], warnings: list[str]) -> tuple[str, ...]:
    """Items as tags, which hold neither comma nor semicolon: such an item is parted, and that is told."""
    items = tuple(items)
    if not any(map(_APART.search, items)):
        return items
    tags = [tag.strip() for item in items for tag in _APART.split(item) if tag.strip()]
    warnings.append("tags: one with a comma was parted into several")
    return tuple(tags)


def joined(items: Iterable[str]) -> str:
    """One cell that `parted` parts into the same items."""
    return ";".join(_TO_KEEP.sub(r"\\\g<0>", item) for item in items)


def _plain(piece: str) -> str:
    return _KEPT.sub(r"\1", piece) if "\\" in piece else piece


def _split(text: str, mark: str) -> list[str]:
    pieces, start = [], 0
    for found in _MARK[mark].finditer(text):
        if found[0] == mark:
            pieces.append(text[start : found.start()])
            start = found.end()
    pieces.append(text[start:])
    return pieces
