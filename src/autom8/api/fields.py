"""The types that request bodies and queries are made of: strict, bounded, and free of what no database takes.

Each raises ValueError with words for the caller; pydantic collects them all.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

ID_MAX: Final = 2**63 - 1
SESSION_ID: Final = r"[0-9a-f]{1,64}"
CENTURY_S: Final = 3_155_760_000  # bounds what a timedelta is made of; services know better limits
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_WHOLE: Final = re.compile(r"-?[0-9]{1,19}")


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    return text


def _one_line(text: str) -> str:
    if any(unicodedata.category(char) in _HIDDEN for char in text):
        raise ValueError("must be one line without control characters")
    return text


def _whole(value: object) -> object:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("must be a whole number")
    return value


def _instant(text: object) -> datetime:
    if isinstance(text, str) and _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("must be an instant with its offset, such as 2027-03-28T04:30:00Z")


SPLIT: Final = BeforeValidator(lambda value: value.split(",") if isinstance(value, str) else value)


def one_or_several(of: type[StrEnum]) -> WithJsonSchema:
    """How a query of words of this kind is described: in one text, with commas between."""
    word = "|".join(of)
    return WithJsonSchema({"type": "string", "pattern": f"^({word})(,({word}))*$"})


Text = Annotated[str, AfterValidator(_without_nul)]
Line = Annotated[str, Field(max_length=1_000), AfterValidator(_one_line)]
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
Whole = Annotated[int, BeforeValidator(_whole)]
Truth = Annotated[bool, BeforeValidator(lambda text: {"true": True, "false": False}.get(text, text))]
Id = Annotated[int, Field(ge=1, le=ID_MAX), BeforeValidator(_whole)]
Seconds = Annotated[float, Field(ge=0, le=CENTURY_S)]
