"""What a person says about a contact, as one value: what is stored, imported and sent is made of it.

Owns the JSON form of quiet hours and of a draft. It must not know the database, encryption or HTTP;
what a value may be is checked by `validation`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ContactChannel, Weekday

DAY_MIN: Final = 24 * 60
EVERY_DAY: Final = tuple(Weekday)
_CLOCK: Final = re.compile(r"([0-9]{2}):([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When a contact is not to be told: minutes after midnight in their zone, on the weekdays it begins.

    A start after the end goes past midnight; an end of 1440 is the midnight that ends the day.
    """

    start_min: int
    end_min: int
    days: tuple[Weekday, ...] = EVERY_DAY  # in the week's order

    @classmethod
    def read(cls, start: str, end: str, days: Collection[str] = EVERY_DAY) -> QuietHours:
        """The quiet hours of texts such as "22:00", "07:00", ["mon", "tue"].

        Raises:
            Invalid: they can't be meant; `fields` names `quiet.from`, `quiet.until` or `quiet.days`.
        """
        wrong: dict[str, str] = {}
        start_min, end_min = _minutes(start), _minutes(end)
        if start_min is None or start_min == DAY_MIN:
            wrong["quiet.from"] = "must be a time from 00:00 to 23:59"
        if end_min is None:
            wrong["quiet.until"] = "must be a time from 00:00 to 24:00"
        elif start_min == end_min:
            wrong["quiet.until"] = "must differ from the start; a whole day is 00:00 to 24:00"
        if not days or not set(days) <= set(_DAYS):
            wrong["quiet.days"] = f"must name at least one of {', '.join(_DAYS)}"
        if wrong:
            raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
        assert start_min is not None
        assert end_min is not None
        chosen = tuple(day for day in Weekday if day in days)
        return cls(start_min=start_min, end_min=end_min, days=chosen)

    @property
    def start(self) -> str:
        """When it begins, as "22:00"."""
        return _clock(self.start_min)

    @property
    def end(self) -> str:
        """When it ends, as "07:00"."""
        return _clock(self.end_min)

    @property
    def day_bits(self) -> int:
        """The weekdays as a bit each, Monday the lowest."""
        return sum(1 << index for index, day in enumerate(Weekday) if day in self.days)

    @classmethod
    def of_bits(cls, start_min: int, end_min: int, day_bits: int) -> QuietHours:
        """The quiet hours as they are stored."""
        days = tuple(day for index, day in enumerate(Weekday) if day_bits >> index & 1)
        return cls(start_min=start_min, end_min=end_min, days=days)

    def to_json(self) -> dict[str, Any]:
        """As the API has it."""
        return {"from": self.start, "until": self.end, "days": [day.value for day in self.days]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """All that a person says about a contact. `validation.checked` before it is stored.

    Checked, `email` is in Unicode's form, `phone` in E.164, and `groups` are names. What is personal
    stays out of its repr, so that no log line and no traceback shows it.
    """

    name: str
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    notes: str | None = field(default=None, repr=False)
    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    zone: str | None = None
    language: str | None = None
    quiet: QuietHours | None = None
    channels: tuple[ContactChannel, ...] = ()  # the preferred first


FIELDS: Final = tuple(each.name for each in fields(ContactDraft))


def values_from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """The values of well-typed JSON data by the names of a draft's fields; only those that are given.

    Raises:
        Invalid: a value has no meaning at all, such as an unknown channel.
    """
    wrong: dict[str, str] = {}
    values = dict(data)
    for name in ("tags", "groups"):
        if name in values:
            values[name] = tuple(values[name] or ())
    if "channels" in values:
        try:
            values["channels"] = tuple(ContactChannel(each) for each in values["channels"] or ())
        except ValueError:
            wrong["channels"] = f"must be of {', '.join(ContactChannel)}"
    if values.get("quiet") is not None:
        quiet = values["quiet"]
        try:
            days = EVERY_DAY if quiet.get("days") is None else quiet["days"]
            values["quiet"] = QuietHours.read(quiet["from"], quiet["until"], days)
        except Invalid as invalid:
            wrong.update(invalid.fields)
    if wrong:
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
    return values


def _minutes(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes = int(found[1]), int(found[2])
    total = hours * 60 + minutes
    return total if minutes < 60 and total <= DAY_MIN else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


_DAYS: Final = tuple(day.value for day in Weekday)
