"""What happens to alerts, written down as incidents, their stories and the notices of each transition.

Works inside the transaction that takes the steps: a transition and its notices are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from autom8.alerts.flapping import Notice
from autom8.alerts.incidents.escalating import Escalator
from autom8.alerts.incidents.story import say
from autom8.alerts.looking.keeping import Kept
from autom8.alerts.looking.stepping import Happening
from autom8.alerts.outbox.notifying import Cause, tell
from autom8.alerts.states import Change, Transition
from autom8.kernel.events import IncidentMoved
from autom8.kernel.vocabulary import EntryKind, IncidentState, Severity
from autom8.repositories.unit_of_work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What an incident is about, copied into it when it is opened."""

    kind: str
    object_id: int
    rule: str
    title: str
    severity: Severity
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    policy_id: int | None
    run_id: int | None


@dataclass(frozen=True, slots=True)
class Casebook:
    """Writes down what happened to alerts."""

    escalator: Escalator

    def note(
        self, work: Work, kept: Kept, happened: Sequence[Happening], case: Case, *, by: str = ""
    ) -> Kept:
        """Write what happened to an alert that has a row, in its order; what is kept of it afterwards.

        `by` names the person who ended it by hand.
        """
        for each in happened:
            if each.transition is not None:
                kept = self._transition(work, kept, each, case, by)
            if each.notice is not None:
                self._notice(work, kept, each)
            if each.transition is not None and each.transition.change is Change.RESOLVED:
                kept = replace(kept, incident_id=None)
        return kept

    def _transition(self, work: Work, kept: Kept, happening: Happening, case: Case, by: str) -> Kept:
        it = happening.transition
        assert it is not None
        if it.incident is None:
            return kept
        if it.change.raises and not it.before.open:
            return self._open(work, kept, happening, case)
        assert kept.incident_id is not None
        if it.change is Change.RESOLVED:
            _resolve(work, kept.incident_id, it.at, by)
            return kept
        say(work, kept.incident_id, _STORY[it.change], {"run_id": case.run_id}, at=it.at)
        if it.change.raises or it.change is Change.RELAPSED:
            values = {"run_id": case.run_id} if case.run_id is not None else {}
            said = {"annotations": dict(case.annotations), "updated_at": it.at, **values}
            work.incidents.change(kept.incident_id, said)
        return kept

    def _open(self, work: Work, kept: Kept, happening: Happening, case: Case) -> Kept:
        """Open an incident. Where nothing is told of it by itself, what flaps is escalated on."""
        it = happening.transition
        assert it is not None
        assert kept.id is not None
        untold = happening.notice is None
        before = work.incidents.last_of(kept.id) if untold else None
        incident_id = work.incidents.add(_opened(kept, it, case, flaps=untold))
        work.record(IncidentMoved(incident_id=incident_id, is_open=True))
        say(work, incident_id, EntryKind.OPENED, {"run_id": case.run_id}, at=it.at)
        if untold:
            say(work, incident_id, EntryKind.FLAPPING, {"told": False}, at=it.at)
        if before is not None:
            self.escalator.go_on(work, incident_id, before, at=it.at)
        return replace(kept, incident_id=incident_id)

    def _notice(self, work: Work, kept: Kept, it: Happening) -> None:
        """Tell whom it concerns: by the escalation's first step, or those who were told before."""
        notice = it.notice
        assert notice is not None
        at = it.transition.at if it.transition else work.now()
        if kept.incident_id is None:  # calm, and fine: the end of what was told as flapping
            self._tell_calm(work, kept, at)
            return
        row = work.incidents.lock(kept.incident_id)
        number = row.transitions + 1
        work.incidents.change(row.id, {"transitions": number})
        cause = Cause.of(row, notice, transition=number, at=at)
        if notice.ends:
            _tell_end(work, cause)
        elif it.transition is not None and it.transition.before.open:
            tell(work, work.notices.ways_told(row.id), cause)
        else:
            self._tell_raise(work, row.id, notice, at)

    def _tell_raise(self, work: Work, incident_id: int, notice: Notice, at: datetime) -> None:
        if notice in _FLAPPING:
            say(work, incident_id, _FLAPPING[notice], at=at)
            work.incidents.change(incident_id, {"flapping": notice is Notice.FLAPPING})
        self.escalator.begin(work, incident_id, notice, at=at)

    @staticmethod
    def _tell_calm(work: Work, kept: Kept, at: datetime) -> None:
        assert kept.id is not None
        last = work.incidents.last_of(kept.id)
        if last is None:
            return
        number = last.transitions + 1
        work.incidents.change(last.id, {"transitions": number, "flapping": False})
        say(work, last.id, EntryKind.CALM, at=at)
        cause = Cause.of(last, Notice.CALM_RESOLVED, transition=number, at=at)
        tell(work, work.notices.ways_flapping(kept.id), cause)


def _tell_end(work: Work, cause: Cause) -> None:
    """Tell the end to who was told the beginning; to who knows but that it flaps, that this is over."""
    flapping = work.notices.ways_flapping(cause.alert_id)
    tell(work, flapping, replace(cause, notice=Notice.CALM_RESOLVED))
    tell(work, [each for each in work.notices.ways_told(cause.incident_id) if each not in flapping], cause)


_FLAPPING: Mapping[Notice, EntryKind] = {
    Notice.FLAPPING: EntryKind.FLAPPING,
    Notice.CALM_FIRING: EntryKind.CALM,
}
_STORY: Mapping[Change, EntryKind] = {
    Change.FIRED: EntryKind.OPENED,
    Change.WENT_SILENT: EntryKind.NO_DATA,
    Change.RECOVERED: EntryKind.RECOVERING,
    Change.RELAPSED: EntryKind.RELAPSED,
}


def _opened(kept: Kept, it: Transition, case: Case, *, flaps: bool) -> dict[str, Any]:
    return {
        "alert_id": kept.id,
        "number": it.incident,
        "kind": case.kind,
        "object_id": case.object_id,
        "rule": case.rule,
        "state": IncidentState.OPEN,
        "severity": case.severity,
        "title": case.title,
        "labels": dict(case.labels),
        "annotations": dict(case.annotations),
        "run_id": case.run_id,
        "flapping": flaps,
        "held_back": False,
        "opened_at": it.at,
        "resolved_at": None,
        "resolved_by": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "acknowledged_contact_id": None,
        "acknowledged_until": None,
        "assigned_to": None,
        "policy_id": case.policy_id,
        "steps_taken": 0,
        "step_due_at": None,
        "reached_nobody": False,
        "look_at": None,
        "transitions": 0,
        "version": 1,
        "updated_at": it.at,
    }


def _resolve(work: Work, incident_id: int, at: datetime, by: str) -> None:
    values = {
        "state": IncidentState.RESOLVED,
        "resolved_at": at,
        "resolved_by": by or None,
        "look_at": None,
        "updated_at": at,
    }
    work.incidents.change(incident_id, values)
    say(work, incident_id, EntryKind.RESOLVED, at=at, by=by)
    work.record(IncidentMoved(incident_id=incident_id, is_open=False))
