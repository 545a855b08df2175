"""Overrides of a schedule: what somebody may ask for, and what is to be said of it beside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.on_call import Override, Schedule, shifts
from autom8.alerts.reading import fields_of, instant, refuse, text, whole
from autom8.alerts.schedules.people import is_id
from autom8.alerts.schedules.standing import COST_MAX, cost
from autom8.kernel.errors import Conflict
from autom8.kernel.naming import checked_name
from autom8.repositories.query import AnyRow

OVERRIDES_MAX: Final = 100  # of a schedule, that are not over
OVERRIDE_MAX: Final = timedelta(days=100)
AHEAD_MAX: Final = timedelta(days=800)
COMMENT_CHARS_MAX: Final = 1_000


class TooManyOverrides(Conflict):
    """The schedule has as many overrides as one may have."""

    code = "too_many_overrides"

    def __init__(self) -> None:
        super().__init__(
            f"A schedule has at most {OVERRIDES_MAX} overrides that are not over; remove some first."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An override that can be meant, and why it is there."""

    override: Override
    comment: str

    @property
    def contacts(self) -> set[int]:
        """Whom it names."""
        return {each for each in (self.override.added, self.override.removed) if each is not None}


def wanted_of(data: Mapping[str, Any], now: datetime) -> Wanted:
    """An override from JSON: `{start, end, added, removed, comment}`; without a start from now on.

    Raises:
        Invalid: it can't be meant, is over, or is longer than overrides may be.
    """
    readers = {"start": instant, "end": instant, "added": _contact, "removed": _contact, "comment": _comment}
    values = fields_of({name: value for name, value in data.items() if value is not None}, readers)
    if "end" not in values:
        refuse({"end": "is needed"})
    override = Override(
        start=values.get("start", now),
        end=values["end"],
        added=values.get("added"),
        removed=values.get("removed"),
    ).check()
    wrong: dict[str, str] = {}
    if override.end <= now:
        wrong["end"] = "must be after now"
    elif override.end - override.start > OVERRIDE_MAX:
        wrong["end"] = f"must be at most {OVERRIDE_MAX.days} days after the start"
    if override.start > now + AHEAD_MAX:
        wrong["start"] = f"must be within {AHEAD_MAX.days} days"
    if wrong:
        refuse(wrong)
    return Wanted(override=override, comment=values.get("comment", ""))


def refuse_strangers(wanted: Wanted, there: Collection[int]) -> None:
    """See that whom an override names is there.

    Raises:
        Invalid: somebody is not.
    """
    named = {"added": wanted.override.added, "removed": wanted.override.removed}
    wrong = {name: f"there is no contact {id_}" for name, id_ in named.items() if id_ and id_ not in there}
    if wrong:
        refuse(wrong)


def note_on(schedule: Schedule, override: Override) -> str | None:
    """What whoever asks for an override may not have thought of; None when there is nothing of that kind.

    `schedule` is without it. Nothing that is said here is refused: plans change, and overrides come first.
    """
    turns = replace(schedule, overrides=())
    if cost(schedule, override.start, override.end) > COST_MAX:
        return None
    by_turn = {each.contact_id for each in shifts(turns, since=override.start, until=override.end)}
    before = {each.contact_id for each in shifts(schedule, since=override.start, until=override.end)}
    beside = [each for each in schedule.overrides if each.start < override.end and each.end > override.start]
    added, removed = override.added, override.removed
    said: list[str] = []
    if removed is not None and removed not in by_turn:
        nothing = "this changes nothing" if added is None else "nobody stands in"
        said.append(f"contact {removed} is not on call by a rotation in this time, so {nothing}")
    if removed is not None and any(each.added == removed for each in beside):
        said.append(f"another override adds contact {removed}, and what one adds no other takes away")
    if added is not None and added in before:
        said.append(f"contact {added} is on call in this time already, or in a part of it")
    if added is not None and any(each.removed == added for each in beside):
        said.append(f"another override takes contact {added} off call, which this one outweighs")
    return "; ".join(said) or None


def override_json(row: AnyRow, names: Mapping[int, str]) -> dict[str, Any]:
    """An override as answers show it."""
    return {
        "id": row.id,
        "start": row.starts_at,
        "end": row.ends_at,
        "added": _person(row.added, names),
        "removed": _person(row.removed, names),
        "comment": row.comment,
        "created_by": row.created_by,
        "created_at": row.created_at,
    }


def _person(contact_id: int | None, names: Mapping[int, str]) -> dict[str, Any] | None:
    return None if contact_id is None else {"id": contact_id, "name": names.get(contact_id, "")}


def _contact(value: object) -> int:
    contact = whole(value)
    if not is_id(contact):
        raise ValueError("must be the id of a contact")
    return contact


def _comment(value: object) -> str:
    return checked_name(text(value), chars_max=COMMENT_CHARS_MAX) if text(value).strip() else ""
