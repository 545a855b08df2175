"""A text in the markup that a service speaks: nothing in it is a command, links are whole, and it fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

CUT: Final = "..."  # not the character: with it an SMS has room for half as much
_URL: Final = re.compile(r"(https?://[\w.~:/?#@&=+%,;*!$'-]+)", re.ASCII)
_MARKS_IN_URL: Final = {ord(char): f"%{ord(char):02X}" for char in "_*~!"}


def as_markdown(text: str, escape: Callable[[str], str]) -> str:
    """A text with its markup escaped, but for URLs: there are services that would show the backslashes, and
    follow them. What is markup in a URL is written as RFC 3986 allows, which leads to the same place.
    """
    pieces = _URL.split(text)
    return "".join(
        piece.translate(_MARKS_IN_URL) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )


def fitting(text: str, chars_max: int, made: Callable[[str], str]) -> str:
    """`made` of a text, or of as much of it as is not longer than `chars_max` then."""
    whole = made(text)
    if len(whole) <= chars_max:
        return whole
    fits, too_long = 0, min(len(text), chars_max)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if len(made(_cut(text, middle))) <= chars_max:
            fits = middle
        else:
            too_long = middle
    return made(_cut(text, fits))


def _cut(text: str, chars: int) -> str:
    return text[:chars].rstrip() + CUT
