"""The JSON forms of rotations, hours and overrides, and the pure values that they stand for."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.hours import Hours
from autom8.alerts.on_call import Override, Rotation, Schedule
from autom8.alerts.reading import fields_of, refuse, text, whole
from autom8.kernel.errors import Invalid
from autom8.kernel.naming import checked_name
from autom8.kernel.vocabulary import Weekday
from autom8.kernel.zones import zone_named
from autom8.repositories.query import AnyRow

log = logging.getLogger(__name__)

ROTATIONS_MAX: Final = 20
DAY_MIN: Final = 24 * 60


def rotations_of(value: object) -> list[Rotation]:
    """Rotations from JSON: `{name, participants, turn_s, start, zone, only}` each.

    Raises:
        Invalid: one can't be meant; `fields` names it by its place.
    """
    if not isinstance(value, list) or len(value) > ROTATIONS_MAX:
        raise Invalid("Too many rotations.", fields={"": f"must be a list of at most {ROTATIONS_MAX}"})
    wrong: dict[str, str] = {}
    read: list[Rotation] = []
    for index, each in enumerate(value):
        try:
            read.append(rotation_of(each))
        except Invalid as error:
            inner = error.fields or {"": str(error)}
            wrong |= {f"{index}.{name}".rstrip("."): text_ for name, text_ in inner.items()}
    if wrong:
        refuse(wrong)
    return read


def rotation_of(value: object) -> Rotation:
    """One rotation from JSON.

    Raises:
        Invalid: it can't be meant; `fields` names what is wrong.
    """
    if not isinstance(value, Mapping):
        raise Invalid("A rotation is an object.", fields={"": "must be an object"})
    readers = {
        "name": _name,
        "participants": _participants,
        "turn_s": lambda each: timedelta(seconds=whole(each)),
        "start": _wall_clock,
        "zone": lambda each: zone_named(text(each)),
        "only": lambda each: each,
    }
    values = fields_of(value, readers)
    needed = ("participants", "turn_s", "start", "zone")
    missing = {each: "is needed" for each in needed if each not in values}
    if missing:
        refuse(missing)
    only = values.get("only")
    return Rotation(
        participants=values["participants"],
        turn=values["turn_s"],
        start=values["start"],
        zone=values["zone"],
        only=None if only is None else _only(only, values["zone"]),
    ).check()


def rotation_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a rotation that was read: the JSON as it was sent, with nothing left out."""
    return {
        "name": _name(value.get("name", "")),
        "participants": list(value["participants"]),
        "turn_s": value["turn_s"],
        "start": _wall_clock(value["start"]).isoformat(),
        "zone": value["zone"],
        "only": value.get("only"),
    }


def hours_of(value: object, zone: Any = None) -> Hours:
    """Weekly hours from JSON: `{days, from, until, zone}`, such as mon..fri, 09:00, 17:00.

    Raises:
        Invalid: they can't be meant.
    """
    if not isinstance(value, Mapping):
        raise Invalid("Hours are an object.", fields={"": "must be an object"})
    readers = {
        "days": _days,
        "from": _minutes,
        "until": _minutes,
        "zone": lambda each: zone_named(text(each)),
    }
    values = fields_of(value, readers)
    zone = values.get("zone", zone)
    missing = {each: "is needed" for each in ("from", "until") if each not in values}
    if zone is None:
        missing["zone"] = "is needed"
    if missing:
        refuse(missing)
    return Hours(
        start_min=values["from"] % DAY_MIN,
        end_min=values["until"],
        weekdays=values.get("days", frozenset(range(7))),
        zone=zone,
    )


def override_of(row: AnyRow) -> Override:
    """The pure form of an override's row."""
    return Override(start=row.starts_at, end=row.ends_at, added=row.added, removed=row.removed)


def schedule_of(row: AnyRow, overrides: Iterable[AnyRow]) -> Schedule:
    """The pure form of a schedule's row. A rotation that can't be read counts as nobody, and is logged."""
    rotations: list[Rotation] = []
    for each in row.rotations if isinstance(row.rotations, list) else []:
        try:
            if not is_empty(each):
                rotations.append(rotation_of(each))
        except Invalid as error:
            log.warning("rotation_left_out", extra={"fields": {"schedule": row.id, "error": str(error)}})
    checked: list[Override] = []
    for each in overrides:
        try:
            checked.append(override_of(each).check())
        except Invalid as error:
            log.warning("override_left_out", extra={"fields": {"override": each.id, "error": str(error)}})
    return Schedule(rotations=tuple(rotations), overrides=tuple(checked))


def is_empty(rotation: object) -> bool:
    """Whether a rotation has nobody in it, since all who were have been erased."""
    return isinstance(rotation, Mapping) and rotation.get("participants") == []


def amiss_in(rotations: object) -> list[str]:
    """Why rotations that are kept put nobody on call: one line for each such rotation."""
    if not isinstance(rotations, list):
        return ["the rotations can't be read"]
    found: list[str] = []
    for index, each in enumerate(rotations, 1):
        if is_empty(each):
            found.append(f"rotation {index} has nobody in it")
            continue
        try:
            rotation_of(each)
        except Invalid as error:
            found.append(f"rotation {index} can't be read: {error}")
    return found


def _only(value: object, zone: Any) -> Hours:
    try:
        return hours_of(value, zone)
    except Invalid as error:
        refuse({f"only.{name}".rstrip("."): why for name, why in error.fields.items()})


def _name(value: object) -> str:
    return checked_name(text(value)) if value != "" else ""


def _participants(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise TypeError("must be a list of contacts")
    return tuple(whole(each) for each in value)


def _wall_clock(value: object) -> datetime:
    try:
        start = datetime.fromisoformat(text(value))
    except ValueError:
        raise ValueError("must be a time such as 2027-03-01T09:00") from None
    if start.tzinfo is not None:
        raise ValueError("must be a time of the rotation's zone, without an offset")
    return start


def _minutes(value: object) -> int:
    hours, _, minutes = text(value).partition(":")
    if not (hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        raise ValueError("must be a time of day such as 09:30")
    total = int(hours) * 60 + int(minutes)
    if len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59 or total > DAY_MIN:
        raise ValueError("must be a time of day such as 09:30")
    return total


def _days(value: object) -> frozenset[int]:
    order = list(Weekday)
    if not isinstance(value, list) or not value or not all(each in order for each in value):
        raise ValueError(f"must be of {', '.join(Weekday)}")
    return frozenset(order.index(Weekday(each)) for each in value)
