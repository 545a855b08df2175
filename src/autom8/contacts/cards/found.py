"""What one row of a file says, before it is checked. Knows neither CSV nor vCard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import field as dataclass_field
from typing import Final

ROW_CHARS_MAX: Final = 256 * 1024  # of a CSV row or of one property of a card; notes have 10,000
Texts = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One row or card: where it begins, what it says by field, and what of it could not be read.

    `faults` make the row bad. `passed_over` says why it is no contact, and nothing is wrong with that.
    `warnings` tell what is in the row and finds no place in a contact.
    """

    line: int
    values: Texts = field(default_factory=dict, repr=False)
    faults: Mapping[str, str] = field(default_factory=dict)
    passed_over: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the file, or a property of its cards, and the field it fills; None when it fills none."""

    name: str
    field: str | None
    number: int | None = None  # of a CSV's column, from 1
    sample: str = dataclass_field(default="", repr=False)  # what the first row has there, cut short


def left_out(field_name: str, count: int) -> str:
    """That a contact has one value and the row has more."""
    return f"{field_name}: {count} further {'value was' if count == 1 else 'values were'} left out"
