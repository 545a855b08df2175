"""Reads JSON data field by field, and says of each that is wrong what is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn

from autom8.kernel.errors import Invalid
from autom8.kernel.naming import checked_name, checked_text, name_key
from autom8.repositories.query import AnyRow

Read = Callable[[Any], Any]


def fields_of(data: Mapping[str, Any], readers: Mapping[str, Read]) -> dict[str, Any]:
    """The fields of data as their readers make them.

    Raises:
        Invalid: a field is unknown, or its reader raises; `fields` names each.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in data.items():
        reader = readers.get(name)
        if reader is None:
            wrong[name] = "is unknown"
            continue
        try:
            values[name] = reader(value)
        except Invalid as error:
            inner = error.fields or {"": str(error)}
            for each, said in inner.items():
                wrong[name if each in {"", name} else f"{name}.{each}"] = said
        except (TypeError, ValueError, OverflowError) as error:
            wrong[name] = str(error)
    if wrong:
        refuse(wrong)
    return values


def refuse(wrong: Mapping[str, str]) -> NoReturn:
    """Raise what says of each field what is wrong with it."""
    raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=dict(wrong))


def require(values: Mapping[str, Any], names: tuple[str, ...], row: AnyRow | None) -> None:
    """See that a new row has what it needs."""
    missing = {name: "is needed" for name in names if name not in values}
    if row is None and missing:
        refuse(missing)


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Columns with the key of the name, where a name is among them."""
    return values | ({"name_key": name_key(values["name"])} if "name" in values else {})


def name(value: object) -> str:
    """A name."""
    return checked_name(text(value))


def prose(value: object) -> str:
    """A text of several lines."""
    return checked_text(text(value))


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError("must be a text")
    return value


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError("must be true or false")
    return value


def whole(value: object) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("must be a whole number")
    return value


def instant(value: object) -> datetime:
    """An instant; from JSON with its offset."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ValueError("must be an instant with its offset, such as 2027-03-28T04:30:00Z")
    return value
