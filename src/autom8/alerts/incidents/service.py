"""Incidents for people: listed, read with their stories, acknowledged, assigned, noted and resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from autom8.alerts.incidents.casebook import Case, Casebook
from autom8.alerts.incidents.escalating import FOR_EVER, unacknowledged
from autom8.alerts.incidents.story import say
from autom8.alerts.looking import keeping
from autom8.alerts.looking.stepping import end_by_hand
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, Invalid
from autom8.kernel.events import IncidentChanged, LookDue
from autom8.kernel.naming import checked_text
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import EntryKind, IncidentState, LookKind, Severity
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

NOTE_CHARS_MAX: Final = 4_000
GONE: Final = "a contact that was erased"


class IncidentOver(Conflict):
    """The incident was resolved; nobody can act on it any more."""

    code = "incident_over"

    def __init__(self, incident_id: int) -> None:
        super().__init__(f"Incident {incident_id} was resolved.")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentService:
    """What callers may do with incidents."""

    begin: BeginWork
    read: BeginWork
    casebook: Casebook

    def list_(self, page: Page, *, actor: Actor) -> Paged[dict[str, Any]]:
        """Incidents, the latest first; filters `state`, `kind`, `object_id`, `severity`, `rule`, `q`."""
        with self.read(actor) as work:
            found = work.incidents.page(page)
            return Paged(_incidents_json(work, found.items), found.next)

    def get(self, incident_id: int, *, actor: Actor) -> dict[str, Any]:
        """One incident, or IncidentNotFound."""
        with self.read(actor) as work:
            return _incident_json(work, incident_id)

    def story(self, incident_id: int, page: Page, *, actor: Actor) -> Paged[dict[str, Any]]:
        """The lines of an incident's story, with the names of the contacts and channels that they name."""
        with self.read(actor) as work:
            work.incidents.get(incident_id)
            found = work.incidents.entries(incident_id, page)
            return Paged(_entries_json(work, found.items), found.next)

    def counts(self, *, actor: Actor) -> Mapping[str, int]:
        """How many open incidents there are by severity."""
        with self.read(actor) as work:
            counts = work.incidents.counts()
            return {str(each): counts.get(each, 0) for each in Severity}

    def acknowledge(
        self, incident_id: int, *, until: datetime | None, note: str = "", actor: Actor
    ) -> dict[str, Any]:
        """Say that somebody takes care of it: nobody else is told until then, or until it is resolved.

        Raises:
            IncidentNotFound: no incident has this id.
            IncidentOver: it was resolved.
            Invalid: `until` has passed.
        """
        with self.begin(actor) as work:
            row = _open(work, incident_id)
            if until is not None and until <= work.now():
                raise Invalid("until: has passed", fields={"until": "has passed"})
            self.acknowledge_within(work, incident_id, by=_by(actor), until=until)
            if note:
                say(work, row.id, EntryKind.NOTE, {"text": _note(note)}, by=_by(actor))
            details = {"until": until.isoformat() if until else None}
            return self._done(work, incident_id, "acknowledged", details)

    def acknowledge_within(
        self,
        work: Work,
        incident_id: int,
        *,
        by: str = "",
        contact_id: int | None = None,
        until: datetime | None = None,
    ) -> None:
        """As `acknowledge`, in a work that is there, by a user or a contact.

        A contact is kept by id alone: its name goes with it.
        """
        now = work.now()
        values = {
            "state": IncidentState.ACKNOWLEDGED,
            "acknowledged_at": now,
            "acknowledged_by": by,
            "acknowledged_contact_id": contact_id,
            "acknowledged_until": until or FOR_EVER,
            "updated_at": now,
        }
        row = _open(work, incident_id)
        work.incidents.change(incident_id, values)
        details = {"until": until.isoformat() if until is not None else None, "contact": contact_id}
        say(work, incident_id, EntryKind.ACKNOWLEDGED, details, by=by)
        if row.look_at is not None or until is not None:
            work.incidents.set_look(incident_id, now)

    def unacknowledge(self, incident_id: int, *, actor: Actor) -> dict[str, Any]:
        """Take an acknowledgement back: the escalation goes on where it stood, or begins anew.

        Raises:
            IncidentNotFound, IncidentOver: as `acknowledge`.
        """
        with self.begin(actor) as work:
            row = _open(work, incident_id)
            if row.acknowledged_at is None:
                return _incident_json(work, incident_id)
            now = work.now()
            work.incidents.change(incident_id, unacknowledged(row, now))
            work.incidents.set_look(incident_id, now)
            say(work, incident_id, EntryKind.ACKNOWLEDGEMENT_ENDED, by=_by(actor))
            return self._done(work, incident_id, "unacknowledged", {})

    def assign(self, incident_id: int, contact_id: int | None, *, actor: Actor) -> dict[str, Any]:
        """Say whose it is, or None for nobody's.

        Raises:
            IncidentNotFound, IncidentOver: as `acknowledge`.
            ContactNotFound: no contact has this id.
        """
        with self.begin(actor) as work:
            _open(work, incident_id)
            if contact_id is not None:
                work.contacts.get(contact_id)
            work.incidents.change(incident_id, {"assigned_to": contact_id, "updated_at": work.now()})
            say(work, incident_id, EntryKind.ASSIGNED, {"contact": contact_id}, by=_by(actor))
            return self._done(work, incident_id, "assigned", {"contact_id": contact_id})

    def add_note(self, incident_id: int, text: str, *, actor: Actor) -> dict[str, Any]:
        """Add a line to its story, also once it is resolved.

        Raises:
            IncidentNotFound: no incident has this id.
            Invalid: the text can't be kept.
        """
        with self.begin(actor) as work:
            work.incidents.lock(incident_id)
            say(work, incident_id, EntryKind.NOTE, {"text": _note(text)}, by=_by(actor))
            return self._done(work, incident_id, "noted", {})

    def resolve(self, incident_id: int, *, note: str = "", actor: Actor) -> dict[str, Any]:
        """End it by hand. It comes again once it was fine, or fails anew, or stays wrong for long.

        Raises:
            IncidentNotFound, IncidentOver: as `acknowledge`.
        """
        with self.begin(actor) as work:
            seen = work.incidents.get(incident_id)
            # In the order in which looks hold them: what is looked at, its alert, the incident.
            work.looks.bring_forward(LookKind(seen.kind), [seen.object_id], work.now())
            alert = work.alerts.lock(seen.alert_id)
            row = _open(work, incident_id)
            if note:
                say(work, incident_id, EntryKind.NOTE, {"text": _note(note)}, by=_by(actor))
            kept = keeping.read(alert, work.now())
            stepped = end_by_hand(kept, at=work.now())
            kept = self.casebook.note(work, stepped.kept, stepped.happened, case_of(row), by=_by(actor))
            work.alerts.change(alert.id, keeping.columns(kept))
            return self._done(work, incident_id, "resolved", {})

    @staticmethod
    def _done(work: Work, incident_id: int, verb: str, details: Mapping[str, Any]) -> dict[str, Any]:
        work.record(
            IncidentChanged(
                action=f"incident.{verb}",
                object_type="incident",
                object_id=str(incident_id),
                details=dict(details),
                incident_id=incident_id,
            )
        )
        work.record(LookDue())
        made = _incident_json(work, incident_id)
        work.commit()
        return made


def case_of(row: AnyRow) -> Case:
    """The case of an incident that is there."""
    return Case(
        kind=row.kind,
        object_id=row.object_id,
        rule=row.rule,
        title=row.title,
        severity=Severity(row.severity),
        labels=row.labels,
        annotations=row.annotations,
        policy_id=row.policy_id,
        run_id=row.run_id,
    )


def _incident_json(work: Work, incident_id: int) -> dict[str, Any]:
    return _incidents_json(work, [work.incidents.get(incident_id)])[0]


def _incidents_json(work: Work, rows: Sequence[AnyRow]) -> list[dict[str, Any]]:
    """What callers see of incidents."""
    contacts = {row.acknowledged_contact_id for row in rows} - {None}
    names = {each.id: each.name for each in work.contacts.get_many(contacts)} if contacts else {}
    return [_json_of(row, names) for row in rows]


def _json_of(row: AnyRow, contact_names: Mapping[int, str]) -> dict[str, Any]:
    names = (
        "id",
        "state",
        "kind",
        "object_id",
        "rule",
        "severity",
        "title",
        "labels",
        "annotations",
        "run_id",
        "flapping",
        "held_back",
        "opened_at",
        "resolved_at",
        "resolved_by",
        "acknowledged_at",
        "assigned_to",
        "policy_id",
        "version",
        "updated_at",
    )
    until = row.acknowledged_until
    by, contact_id = row.acknowledged_by, row.acknowledged_contact_id
    made: dict[str, Any] = {name: getattr(row, name) for name in names}
    return made | {
        "acknowledged_by": by if contact_id is None else contact_names.get(contact_id, GONE),
        "acknowledged_until": until if until is not None and until < FOR_EVER else None,
    }


def _by(actor: Actor) -> str:
    return actor.name or actor.kind


def _open(work: Work, incident_id: int) -> AnyRow:
    row = work.incidents.lock(incident_id)
    if row.resolved_at is not None:
        raise IncidentOver(incident_id)
    return row


def _note(text: str) -> str:
    try:
        return checked_text(text, chars_max=NOTE_CHARS_MAX)
    except ValueError as error:
        raise Invalid(f"note: {error}", fields={"note": str(error)}) from error


def _entries_json(work: Work, rows: Any) -> list[dict[str, Any]]:
    contacts = {id_ for row in rows for id_ in _ids(row.details, "contact", "contacts")}
    channels = {id_ for row in rows for id_ in _ids(row.details, "channel", "channels")}
    names = {
        "contact_names": {str(each.id): each.name for each in work.contacts.get_many(contacts)},
        "channel_names": {str(id_): each.name for id_, each in work.channels.find_many(channels).items()},
    }
    return [
        {
            "id": row.id,
            "at": row.at,
            "kind": row.kind,
            "actor": row.actor or _by_contact(row, names["contact_names"]),
            "details": row.details | _named(row.details, names),
        }
        for row in rows
    ]


def _by_contact(row: AnyRow, names: Mapping[str, str]) -> str:
    """Who acknowledged by a link of their own; nothing for what Autom8 did itself."""
    if row.kind != EntryKind.ACKNOWLEDGED or "contact" not in row.details:
        return ""
    return names.get(str(row.details["contact"]), GONE)


def _ids(details: Mapping[str, Any], one: str, many: str) -> list[int]:
    return [*([details[one]] if one in details else []), *details.get(many, [])]


def _named(details: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for what in ("contact", "channel"):
        ids = [str(each) for each in _ids(details, what, what + "s")]
        if ids:
            made[f"{what}_names"] = [names[f"{what}_names"].get(each, f"{what} {each}") for each in ids]
    return made
