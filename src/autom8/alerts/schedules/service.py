"""On-call schedules: added, changed and removed, overridden, and asked who is on call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.alerts.on_call import SPAN_MAX, Schedule, Shift
from autom8.alerts.reading import fields_of, name, named, prose, refuse, require, text
from autom8.alerts.schedules.calendar import Event, calendar_of
from autom8.alerts.schedules.overriding import (
    OVERRIDES_MAX,
    TooManyOverrides,
    note_on,
    override_json,
    refuse_strangers,
    wanted_of,
)
from autom8.alerts.schedules.people import named_in, names_of, people
from autom8.alerts.schedules.shapes import amiss_in, override_of, rotation_json, rotations_of, schedule_of
from autom8.alerts.schedules.standing import COST_MAX, Stretch, calendar, cost, standing
from autom8.alerts.shelf import Shelf, View
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict
from autom8.kernel.events import LookDue, OnCallChanged
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import LookKind
from autom8.kernel.zones import zone_named
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

_DAY: Final = timedelta(days=1)
FEED_DAYS: Final = ((30 * _DAY, 180 * _DAY), (7 * _DAY, 30 * _DAY), (_DAY, 7 * _DAY), (0 * _DAY, _DAY))
_FEED: Final = uuid.uuid5(uuid.NAMESPACE_OID, "autom8 on call")  # of the keys of a feed's events


class ScheduleInUse(Conflict):
    """Escalation policies name the schedule."""

    code = "schedule_in_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallService:
    """What callers may do with on-call schedules. Contacts are shown with their names, and nothing else."""

    begin: BeginWork
    read: BeginWork
    installation_key: str
    schedules: Shelf = field(init=False)

    def __post_init__(self) -> None:
        """Make the shelf on which the schedules stand."""
        shelf = Shelf(
            begin=self.begin,
            read=self.read,
            noun="on-call schedule",
            of=lambda work: work.schedules,
            columns=_columns,
            view=_view,
            told=lambda verb, id_, details: changed(f"schedule.{verb}", id_, details),
            hold=_hold_named,
            after=lambda work, _: look_again(work),
            before_removal=_refuse_in_use,
        )
        object.__setattr__(self, "schedules", shelf)

    def now(self, schedule_id: int, *, actor: Actor) -> View:
        """Who is on call now and who is next, each since when and until when.

        `since` and `until` are None where they lie more than 400 days away, or nearer in a schedule that
        changes very often.
        """
        with self.read(actor) as work:
            row = work.schedules.get(schedule_id)
            return _standings(work, [row], work.now())[0]

    def now_of_all(self, page: Page, *, actor: Actor) -> Paged[View]:
        """The same of a page of schedules, by name."""
        with self.read(actor) as work:
            found = work.schedules.page(page)
            return Paged(_standings(work, found.items, work.now()), found.next)

    def shifts(self, schedule_id: int, *, since: datetime, until: datetime, actor: Actor) -> list[View]:
        """Who is on call when, by start and then by contact; cut to the time that is asked for.

        Raises:
            ScheduleNotFound: no schedule has this id.
            Invalid: the time is too long, or lies where no calendar reaches.
        """
        with self.read(actor) as work:
            row = work.schedules.get(schedule_id)
            found, names = _shifts(work, row, since, until)
            return [_shift_json(each, names) for each in found]

    def feed(self, schedule_id: int, *, actor: Actor) -> bytes:
        """The shifts of the last 30 and the next 180 days as iCalendar; of fewer where they change often."""
        with self.read(actor) as work:
            row, at = work.schedules.get(schedule_id), work.now()
            before, after = _feed_days(_schedule(work, row, at - FEED_DAYS[0][0]), at)
            found, names = _shifts(work, row, at - before, at + after)
        kept = f"{self.installation_key}:{schedule_id}"
        events = [
            Event(
                key=str(uuid.uuid5(_FEED, f"{kept}:{each.contact_id}:{each.start.isoformat()}")),
                start=each.start,
                end=each.end,
                summary=f"{names[each.contact_id]} ({row.name})",
            )
            for each in found
        ]
        return calendar_of(row.name, events, at=at)

    def overrides(self, schedule_id: int, *, actor: Actor) -> list[View]:
        """The overrides that are not over, by start."""
        with self.read(actor) as work:
            work.schedules.get(schedule_id)
            rows = work.schedules.overrides([schedule_id], since=work.now()).get(schedule_id, [])
            names = names_of(work, _named_by(rows))
            return [override_json(row, names) for row in rows]

    def override(self, override_id: int, *, actor: Actor) -> View:
        """One override, with the `note` that it has beside the others; or OverrideNotFound."""
        with self.read(actor) as work:
            found = work.schedules.override(override_id)
            row, override = work.schedules.get(found.schedule_id), override_of(found)
            others = work.schedules.overrides([row.id], since=override.start).get(row.id, ())
            note = note_on(schedule_of(row, [each for each in others if each.id != override_id]), override)
            return {**override_json(found, names_of(work, _named_by([found]))), "note": note}

    def add_override(self, schedule_id: int, data: Mapping[str, Any], *, actor: Actor) -> View:
        """Put somebody on call, or off, for a time; `note` says what may not have been thought of.

        Raises:
            ScheduleNotFound: no schedule has this id.
            Invalid: it can't be meant, is over, too long, or names nobody who is there.
            TooManyOverrides: the schedule has as many as one may have.
        """
        with self.begin(actor) as work:
            now = work.now()
            wanted = wanted_of(data, now)
            names = _hold(work, wanted.contacts)
            row = work.schedules.lock(schedule_id)
            refuse_strangers(wanted, names)
            if work.schedules.count_overrides(schedule_id, since=now) >= OVERRIDES_MAX:
                raise TooManyOverrides
            note = note_on(_schedule(work, row, wanted.override.start), wanted.override)
            columns = {
                "schedule_id": schedule_id,
                "starts_at": wanted.override.start,
                "ends_at": wanted.override.end,
                "added": wanted.override.added,
                "removed": wanted.override.removed,
                "comment": wanted.comment,
                "created_by": actor.name or actor.kind.value,
                "created_at": now,
            }
            override_id = work.schedules.add_override(columns)
            _announce(work, "override.added", schedule_id, {"override": override_id, **_told(columns)})
            made = work.schedules.override(override_id, of=schedule_id)
            work.commit()
        return {**override_json(made, names), "note": note}

    def remove_override(self, schedule_id: int, override_id: int, *, actor: Actor) -> None:
        """Remove an override, also one that is on: who is on call by rotation is so again at once.

        Raises:
            ScheduleNotFound: no schedule has this id.
            OverrideNotFound: the schedule has no such override.
        """
        with self.begin(actor) as work:
            work.schedules.lock(schedule_id)
            row = work.schedules.override(override_id, of=schedule_id)
            work.schedules.remove_override(schedule_id, override_id)
            details = {"override": override_id, **_told(row._asdict())}
            _announce(work, "override.removed", schedule_id, details)
            work.commit()


def look_again(work: Work) -> None:
    """Have open incidents be looked at now: others may stand behind their next steps."""
    work.looks.bring_all_forward(LookKind.INCIDENT, work.now())
    work.record(LookDue())


def _columns(work: Work, data: Mapping[str, Any], row: AnyRow | None) -> dict[str, Any]:
    readers: dict[str, Callable[[Any], Any]] = {
        "name": name,
        "description": prose,
        "zone": lambda each: zone_named(text(each)).key,
        "rotations": _rotations,
    }
    values = fields_of(data, readers)
    require(values, ("name", "zone"), row)
    if row is None:
        values = {"description": "", "rotations": [], **values}
    there = names_of(work, named_in(values.get("rotations")))
    wrong = {
        f"rotations.{index}.participants": f"there is no contact {id_}"
        for index, each in enumerate(values.get("rotations", ()))
        for id_ in each["participants"]
        if id_ not in there
    }
    if wrong:
        refuse(wrong)
    return named(values)


def _rotations(value: object) -> list[dict[str, Any]]:
    rotations_of(value)
    assert isinstance(value, list)
    return [rotation_json(each) for each in value]


def _hold(work: Work, contact_ids: Collection[int]) -> dict[int, str]:
    """Keep contacts from being erased meanwhile; before the schedule, as an erasure holds them."""
    return {row.id: row.name for row in work.contacts.hold(contact_ids)} if contact_ids else {}


def _hold_named(work: Work, data: Mapping[str, Any]) -> None:
    _hold(work, named_in(data.get("rotations")))


def _refuse_in_use(work: Work, row: AnyRow) -> None:
    target = f"schedule:{row.id}"
    users = [each.name for each in work.policies.all() if target in str(each.steps) and _names(each, target)]
    if users:
        raise ScheduleInUse(f"The escalation policies {', '.join(map(repr, users))} name this schedule.")


def _names(policy: AnyRow, target: str) -> bool:
    steps = policy.steps if isinstance(policy.steps, list) else []
    return any(target in each.get("targets", ()) for each in steps if isinstance(each, Mapping))


def _view(work: Work, row: AnyRow) -> View:
    names = names_of(work, named_in(row.rotations))
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "zone": row.zone,
        "rotations": row.rotations,
        "people": people(names),
        "amiss": amiss_in(row.rotations),
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _schedule(work: Work, row: AnyRow, since: datetime) -> Schedule:
    return schedule_of(row, work.schedules.overrides([row.id], since=since).get(row.id, ()))


def _feed_days(schedule: Schedule, at: datetime) -> tuple[timedelta, timedelta]:
    for before, after in FEED_DAYS[:-1]:
        if cost(schedule, at - before, at + after) <= COST_MAX:
            return before, after
    return FEED_DAYS[-1]


def _shifts(
    work: Work, row: AnyRow, since: datetime, until: datetime
) -> tuple[list[Shift], Mapping[int, str]]:
    found = calendar(_schedule(work, row, since), since=since, until=until)
    names = names_of(work, {each.contact_id for each in found})
    return [each for each in found if each.contact_id in names], names


def _standings(work: Work, rows: Sequence[AnyRow], at: datetime) -> list[View]:
    overrides = work.schedules.overrides([row.id for row in rows], since=at - SPAN_MAX / 2)
    found = [(row, standing(schedule_of(row, overrides.get(row.id, ())), at)) for row in rows]
    named = {each.contact_id for _, there in found for each in (*there.on_call, *there.next)}
    names = names_of(work, named)
    return [
        {
            "schedule": {"id": row.id, "name": row.name, "zone": row.zone},
            "at": at,
            "on_call": _stretches(there.on_call, names),
            "next": _stretches(there.next, names),
            "amiss": amiss_in(row.rotations),
        }
        for row, there in found
    ]


def _stretches(stretches: Iterable[Stretch], names: Mapping[int, str]) -> list[View]:
    return [
        {
            "contact": {"id": each.contact_id, "name": names[each.contact_id]},
            "since": each.since,
            "until": each.until,
        }
        for each in stretches
        if each.contact_id in names
    ]


def _shift_json(shift: Shift, names: Mapping[int, str]) -> View:
    contact = {"id": shift.contact_id, "name": names[shift.contact_id]}
    return {"contact": contact, "since": shift.start, "until": shift.end}


def _named_by(overrides: Iterable[AnyRow]) -> set[int]:
    return {each for row in overrides for each in (row.added, row.removed) if each is not None}


def _told(override: Mapping[str, Any]) -> dict[str, Any]:
    edges = {"start": override["starts_at"].isoformat(), "end": override["ends_at"].isoformat()}
    return {**edges, "added": override["added"], "removed": override["removed"]}


def _announce(work: Work, action: str, schedule_id: int, details: Mapping[str, Any]) -> None:
    work.record(changed(action, schedule_id, details))
    look_again(work)


def changed(action: str, schedule_id: int, details: Mapping[str, Any]) -> OnCallChanged:
    """The event of a change of a schedule or of its overrides."""
    return OnCallChanged(
        action=action,
        object_type="schedule",
        object_id=str(schedule_id),
        details=details,
        schedule_id=schedule_id,
    )
