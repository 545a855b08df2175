"""From what a row says to a contact's draft, and from a draft's values to their texts. Rules only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from autom8.contacts.cards.found import Found
from autom8.contacts.draft import EVERY_DAY, ContactDraft, QuietHours
from autom8.contacts.validation import checked
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ContactChannel, Weekday

_QUIET: Final = re.compile(
    r"(\d{1,2}:\d{2})\s*(?:-|\u2013)\s*(\d{1,2}:\d{2})(?:[\s,;]+(.*))?", re.ASCII | re.DOTALL
)
_DAYS: Final = [day.value for day in Weekday]
_BETWEEN: Final = re.compile(r"[\s,;]+")


def draft_of(found: Found, region: str) -> ContactDraft:
    """The contact that a row tells of, in its normal form.

    Raises:
        Invalid: `fields` names all that is wrong, and repeats nothing personal.
    """
    wrong = dict(found.faults)
    values = {name: value for name, value in found.values.items() if value}
    if not wrong and not values.get("name"):
        wrong["name"] = "is needed"
    quiet = channels = None
    try:
        quiet = read_quiet(str(values.pop("quiet", "")))
    except Invalid as invalid:
        wrong.update(invalid.fields)
    try:
        channels = tuple(ContactChannel(each.lower()) for each in values.pop("channels", ()))
    except ValueError:
        wrong["channels"] = f"must be of {', '.join(ContactChannel)}"
    texts = {
        name: value.strip() if isinstance(value, str) and name != "notes" else value
        for name, value in values.items()
    }
    draft = ContactDraft(**{"name": "", **texts, "quiet": quiet, "channels": channels or ()})  # type: ignore[arg-type]
    only = [name for name in (*texts, "quiet", "channels") if name not in wrong and getattr(draft, name)]
    try:
        draft = checked(draft, region, only)
    except Invalid as invalid:
        wrong = {**invalid.fields, **wrong}
    if wrong:
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
    return draft


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
