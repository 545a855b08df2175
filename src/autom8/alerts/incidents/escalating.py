"""Escalation of incidents: whose step is due, who stands behind it, and what holds it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from autom8.alerts import escalation
from autom8.alerts.escalation import Due, Escalation, Policy, Step
from autom8.alerts.flapping import Notice
from autom8.alerts.incidents.story import say
from autom8.alerts.outbox.notifying import Cause, tell, ways_of
from autom8.kernel.events import NoticesMade
from autom8.kernel.vocabulary import EntryKind, IncidentState, Severity
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

FOR_EVER: Final = datetime(9000, 1, 1, tzinfo=UTC)  # an acknowledgement without an end
NO_POLICY: Final = Policy(steps=(Step(targets=()),), repeats=None)  # nobody is told until there is one
HELD_LOOK: Final = timedelta(minutes=1)  # at what is held back by another incident, besides what that rings


_ESCALATION: Final = ("policy_id", "steps_taken", "step_due_at", "reached_nobody")  # columns


class Reached(Protocol):
    """Who stands behind targets now."""

    @property
    def contact_ids(self) -> tuple[int, ...]:
        """Contacts."""
        ...

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """Channels, for their own rooms."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """By what an incident is held back: a silence or a dependency, and until when that is known to last."""

    by: dict[str, Any]
    until: datetime | None


PolicyOf = Callable[[Work, int | None], tuple[int, Policy] | None]
ReachedBy = Callable[[Work, Sequence[str], datetime], Reached]
Holding = Callable[[Work, AnyRow, datetime], HeldBack | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalator:
    """Takes the steps of escalations, inside the caller's transaction."""

    policy_of: PolicyOf
    reached: ReachedBy
    holding: Holding

    def begin(self, work: Work, incident_id: int, notice: Notice, *, at: datetime) -> None:
        """Begin to escalate an incident that is open; its first step may be taken at once.

        Where there is no policy it is asked for again, as is who stands behind a step.
        """
        policy_id, policy = self._policy(work, work.incidents.lock(incident_id))
        values = {
            "policy_id": policy_id,
            "steps_taken": 0,
            "step_due_at": escalation.begin(policy, at=at).due_at,
            "reached_nobody": False,
        }
        work.incidents.change(incident_id, values)
        self.look(work, work.incidents.get(incident_id), at=at, notice=notice)

    def go_on(self, work: Work, incident_id: int, before: AnyRow, *, at: datetime) -> None:
        """Take up the escalation of the incident before, where what comes and goes is back untold.

        So it goes through its steps as if it had not gone meanwhile, unless somebody took care of it.
        """
        if not before.flapping or before.acknowledged_at is not None or before.resolved_by is not None:
            return
        work.incidents.change(incident_id, {name: getattr(before, name) for name in _ESCALATION})
        self.look(work, work.incidents.get(incident_id), at=at)

    def look(self, work: Work, incident: AnyRow, *, at: datetime, notice: Notice = Notice.FIRING) -> None:
        """Take what steps of an open incident are due, and say when to look at it again. Its row is held.

        `notice` is what is told of one that does not flap.
        """
        notice = Notice.FLAPPING if incident.flapping else notice
        incident = _end_acknowledgement(work, incident, at)
        held = self.holding(work, incident, at)
        _note_holding(work, incident, held, at)
        next_at = self._advance(work, incident, at, notice) if held is None else None
        if held is not None:
            next_at = min(held.until or at + HELD_LOOK, at + HELD_LOOK)
        if incident.acknowledged_until is not None and incident.acknowledged_until < FOR_EVER:
            next_at = min(next_at or FOR_EVER, incident.acknowledged_until)
        work.incidents.set_look(incident.id, next_at)

    def _advance(self, work: Work, incident: AnyRow, at: datetime, notice: Notice) -> datetime | None:
        """Take the step that is due; when the next one is. Who reached nobody yet asks at each look."""
        stands = Escalation(
            taken=incident.steps_taken,
            due_at=incident.step_due_at,
            acknowledged_until=incident.acknowledged_until,
        )
        if incident.reached_nobody:
            stands = escalation.hasten(stands, at=at)
        if stands.due_at is None:
            return None
        policy_id, policy = self._policy(work, incident)
        stands = escalation.within(stands, policy, at=at)
        due_at = escalation.next_look(stands)
        if due_at is None or at < due_at:
            work.incidents.change(incident.id, {"step_due_at": stands.due_at})
            return due_at
        if policy is NO_POLICY and stands.taken:  # it stands still until there is one again
            return at + policy.repeated_after
        stands = escalation.take(
            stands, policy, lambda due: self._take(work, incident, due, at, notice), at=at
        )
        if notice is Notice.FLAPPING and stands.taken and incident.severity != Severity.CRITICAL:
            stands = replace(stands, due_at=None)  # told once; a page goes on until somebody acts
        values = {
            "policy_id": policy_id,
            "steps_taken": stands.taken,
            "step_due_at": stands.due_at,
            "reached_nobody": not stands.taken,
        }
        work.incidents.change(incident.id, values)
        return escalation.next_look(stands)

    def _take(self, work: Work, incident: AnyRow, due: Due, at: datetime, notice: Notice) -> bool:
        """Tell those behind a step; False when there is nobody, which the story says the first time."""
        behind = self.reached(work, due.targets, at)
        ways = ways_of(work, behind.contact_ids, behind.channel_ids, incident)
        details = {"step": due.step + 1, "round": due.round + 1}
        if not ways:
            if not incident.reached_nobody:
                unmanned = {**details, "targets": list(due.targets)}
                why = {"why": "no_policy"} if incident.policy_id is None else unmanned
                say(work, incident.id, EntryKind.NOBODY, why, at=at)
            return False
        tell(work, ways, Cause.of(incident, notice, transition=incident.transitions, at=at, step=due.number))
        contacts = [contact for contact, _ in ways if contact]
        rooms = [channel for contact, channel in ways if not contact]
        told = {**details, "contacts": contacts, "channels": rooms}
        say(work, incident.id, EntryKind.ESCALATED, told, at=at)
        return True

    def _policy(self, work: Work, incident: AnyRow) -> tuple[int | None, Policy]:
        return self.policy_of(work, incident.policy_id) or (incident.policy_id, NO_POLICY)


def unacknowledged(incident: AnyRow, at: datetime) -> dict[str, Any]:
    """What changes in an incident's row when its acknowledgement ends: the escalation goes on where it stood.

    Where no step is left it begins anew, as another raise: what is wrong and nobody's is told to somebody.
    """
    values = {
        "state": IncidentState.OPEN,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "acknowledged_contact_id": None,
        "acknowledged_until": None,
        "updated_at": at,
    }
    if incident.step_due_at is not None or incident.flapping:
        return values
    return values | {"steps_taken": 0, "step_due_at": at, "transitions": incident.transitions + 1}


def _end_acknowledgement(work: Work, incident: AnyRow, at: datetime) -> AnyRow:
    until = incident.acknowledged_until
    if until is None or at < until:
        return incident
    work.incidents.change(incident.id, unacknowledged(incident, at))
    say(work, incident.id, EntryKind.ACKNOWLEDGEMENT_ENDED, at=at)
    return work.incidents.lock(incident.id)


def _note_holding(work: Work, incident: AnyRow, held: HeldBack | None, at: datetime) -> None:
    if (held is not None) == incident.held_back:
        return
    work.incidents.change(incident.id, {"held_back": held is not None, "updated_at": at})
    if held is not None:
        say(work, incident.id, EntryKind.HELD_BACK, held.by, at=at)
        return
    say(work, incident.id, EntryKind.LET_GO, at=at)
    work.notices.bring_waiting_forward([incident.id], at)
    work.record(NoticesMade())
