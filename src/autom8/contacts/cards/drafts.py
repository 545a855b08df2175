"""From what a row says to a contact's draft, and from a draft's values to their texts. Rules only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from autom8.contacts.cards.found import Found
from autom8.contacts.draft import EVERY_DAY, ContactDraft, QuietHours
from autom8.contacts.validation import checked
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ContactChannel, Weekday

_QUIET: Final = re.compile(
    r"(\d{1,2}:\d{2})\s*(?:-|\u2013)\s*(\d{1,2}:\d{2})(?:[\s,;]+(.*))?", re.ASCII | re.DOTALL
)
_DAYS: Final = [day.value for day in Weekday]
_OWN: Final = ("name", "email", "phone", "notes")
_REPEATED: Final = ("tags", "groups", "zone", "language", "quiet", "channels")
_BETWEEN: Final = re.compile(r"[\s,;]+")


def draft_of(found: Found, region: str) -> ContactDraft:
    """The contact that a row tells of, in its normal form.

    Raises:
        Invalid: `fields` names all that is wrong, and repeats nothing personal.
    """
    values = found.values
    rest, wrong = _shared(*(values.get(name) or None for name in _REPEATED))
    wrong = {**found.faults, **wrong}
    own = {name: value for name in _OWN if isinstance(value := values.get(name), str) and value}
    if not found.faults and not own.get("name", "").strip():
        wrong["name"] = "is needed"
        own.pop("name", None)
    draft = ContactDraft(**{"name": "", **own, **rest})
    try:
        draft = checked(draft, region, only=own)
    except Invalid as invalid:
        wrong = {**invalid.fields, **wrong}
    if wrong:
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
    return draft


@lru_cache(maxsize=4_096)
def _shared(*said: str | tuple[str, ...] | None) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """What many rows have alike, in its normal form, and what is wrong with it: looked at once, kept once."""
    values: dict[str, Any] = {name: value for name, value in zip(_REPEATED, said, strict=True) if value}
    wrong: dict[str, str] = {}
    try:
        values["quiet"] = read_quiet(values.get("quiet", ""))
    except Invalid as invalid:
        wrong.update(invalid.fields)
        values["quiet"] = None
    try:
        values["channels"] = tuple(ContactChannel(each.lower()) for each in values.get("channels", ()))
    except ValueError:
        wrong["channels"] = f"must be of {', '.join(ContactChannel)}"
        values["channels"] = ()
    for name in ("zone", "language"):
        if name in values:
            values[name] = values[name].strip()
    try:
        draft = checked(ContactDraft(name="", **values), only=[name for name in values if values[name]])
    except Invalid as invalid:
        return {}, {**invalid.fields, **wrong}
    return {name: getattr(draft, name) for name in _REPEATED}, wrong


def read_quiet(text: str) -> QuietHours | None:
    """Quiet hours such as `22:00-07:00` or `22:00-07:00 mon-fri,sun`; None for a blank.

    Raises:
        Invalid: they can't be meant.
    """
    if not text.strip():
        return None
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        words = "must be like 22:00-07:00, or 22:00-07:00 mon,tue"
        raise Invalid(f"quiet {words}", fields={"quiet": words})
    start, end = (clock.zfill(5) for clock in found.group(1, 2))
    days = [day for word in _BETWEEN.split((found[3] or "").lower()) if word for day in _days(word)]
    return QuietHours.read(start, end, days or EVERY_DAY)


def quiet_text(quiet: QuietHours) -> str:
    """The text that `read_quiet` reads as these."""
    hours = f"{quiet.start}-{quiet.end}"
    return hours if quiet.days == EVERY_DAY else f"{hours} {','.join(day.value for day in quiet.days)}"


def _days(word: str) -> Iterator[str]:
    first, dash, last = word.partition("-")
    if not dash or first not in _DAYS or last not in _DAYS:
        yield word
        return
    begin, length = _DAYS.index(first), (_DAYS.index(last) - _DAYS.index(first)) % 7 + 1
    yield from ((_DAYS * 2)[begin : begin + length])
