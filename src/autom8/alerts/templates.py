"""Texts of messages with fields in them: `{{ incident.title }}`, and nothing else. No logic, on purpose.

Pure. What a field holds may come from anybody: it is never read as a template again, and is made safe for the
place in which it stands. Which fields there are is said by who owns the template.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from autom8.kernel.errors import Invalid

TEMPLATE_CHARS_MAX: Final = 10_000
FIELD_CHARS_MAX: Final = 4_000  # of one field's value in a text
LINE_CHARS_MAX: Final = 200  # of a whole line, such as a subject
CUT: Final = " […]"
_FIELD: Final = re.compile(r"\{\{[ \t]*([a-z][a-z0-9_.]{0,60})[ \t]*\}\}", re.ASCII)
# What would end a line, or turn the direction in which it is read.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"  # without them words of some scripts, and some emoji, fall apart


class Place(StrEnum):
    """Where a rendered text stands."""

    TEXT = "text"
    HTML = "html"
    LINE = "line"  # a subject or a header: one line


@dataclass(frozen=True, slots=True)
class Template:
    """A text and its fields: at even places what stands there, at odd ones the name of a field."""

    parts: tuple[str, ...]

    @classmethod
    def read(cls, text: str, fields: Collection[str]) -> Template:
        """The template of a text; `fields` are those that it may name.

        Raises:
            Invalid: it is too long, names a field that there is not, or has braces that are no field;
                `fields` names `template`.
        """
        if len(text) > TEMPLATE_CHARS_MAX:
            raise _refused(f"has more than {TEMPLATE_CHARS_MAX} characters")
        for found in _FIELD.finditer(text):
            if found[1] not in fields:
                raise _refused(f"names {found[1]} {_where(text, found.start())}; there is no such field")
        parts = tuple(_FIELD.split(text))
        for braces in ("{{", "}}"):
            if any(braces in literal for literal in parts[::2]):
                left = _FIELD.sub(lambda found: " " * len(found[0]), text)
                raise _refused(f"has {braces} without a field {_where(text, left.index(braces))}")
        return cls(parts)

    def render(self, values: Mapping[str, str], place: Place) -> str:
        """The text with its fields filled in, for a place. A field without a value is empty. Never raises."""
        filled = [
            _safe(values.get(part, ""), place) if index % 2 else part for index, part in enumerate(self.parts)
        ]
        text = "".join(filled)
        return shortened(one_line(text), LINE_CHARS_MAX) if place is Place.LINE else text


def _safe(value: str, place: Place) -> str:
    if not value.isprintable():  # few are not, and to look at each character takes long
        value = "".join(each for each in value if each in "\n\t" or _seen(each))
    text = shortened(value, FIELD_CHARS_MAX)
    return html.escape(text) if place is Place.HTML else text


def one_line(text: str) -> str:
    """A text without line breaks and other characters that are not seen; blanks run together."""
    if not text.isprintable():
        text = "".join(each if _seen(each) else " " for each in text)
    return " ".join(text.split())


def shortened(text: str, chars_max: int) -> str:
    """A text of at most so many characters, with a mark where it was cut."""
    return text if len(text) <= chars_max else text[: chars_max - len(CUT)] + CUT


def _seen(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _UNSEEN


def _where(text: str, position: int) -> str:
    before = text[:position]
    return f"in line {before.count(chr(10)) + 1}, column {position - before.rfind(chr(10))}"


def _refused(why: str) -> Invalid:
    return Invalid(f"template: {why}", fields={"template": why})
