"""The look thread's work: takes what is due, has its source look at it, and writes what follows.

One transaction takes a batch. What can't be looked at is put off alone, and said, so that one broken row
silences no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from autom8.alerts.expectations import Judgement
from autom8.alerts.incidents.casebook import Case, Casebook
from autom8.alerts.looking import keeping
from autom8.alerts.looking.keeping import Kept
from autom8.alerts.looking.sight import Rules, Sight, Source
from autom8.alerts.looking.stepping import Happening, take_steps
from autom8.alerts.own.signs import note_put_off
from autom8.alerts.rules.rule import Rule, default
from autom8.kernel.errors import Unavailable
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import AlertKind, LookKind
from autom8.repositories.looks import Thing
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

log = logging.getLogger(__name__)

BATCH: Final = 50
AMISS_AFTER: Final = timedelta(minutes=1)  # what can't be looked at is tried again
RulesOf: TypeAlias = Callable[[Work], Rules]
ChangesAt: TypeAlias = Callable[[Work, datetime], datetime | None]
HELD_AGAIN: Final = timedelta(milliseconds=200)  # an incident that somebody else held


def _never(_work: Work, _at: datetime) -> None:
    """Nothing changes by the calendar alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Looks at what is due. `rules_of` reads all settings once for a batch.

    `changes_at` says when by the calendar alone another incident may be held back, or let go.
    """

    begin: BeginWork
    sources: Mapping[LookKind, Source]
    rules_of: RulesOf
    casebook: Casebook
    telemetry: Telemetry
    changes_at: ChangesAt = _never

    def look(self) -> bool:
        """Look at one batch of what is due; False when nothing was."""
        try:
            return self._batch(BATCH) or self._timers()
        except Unavailable:
            raise
        except Exception:
            log.exception("look_failed")
            return self._one_by_one()

    def _batch(self, limit: int) -> bool:
        with self.begin() as work:
            at = work.now()
            things = work.looks.take_due(at, limit=limit)
            if not things:
                return False
            rules = self.rules_of(work)
            for kind in dict.fromkeys(kind for kind, _ in things):
                self._look_at(work, kind, [each for of, each in things if of is kind], rules)
            work.commit()
        self.telemetry.count("alerts.looks", len(things))
        return True

    def _one_by_one(self) -> bool:
        """Look at one thing alone; one that can't be looked at is put off."""
        with self.begin() as work:
            things = work.looks.take_due(work.now(), limit=1)
        if not things:
            return self._timers()
        try:
            return self._batch(1)
        except Unavailable:
            raise
        except Exception:
            log.exception("look_put_off", extra={"fields": {"thing": str(things[0])}})
            self.telemetry.count("alerts.looks_failed", 1)
            self._put_off(things[0])
            return True

    def _put_off(self, thing: Thing) -> None:
        with self.begin() as work:
            if work.looks.take(*thing):
                work.looks.set_next([(thing, work.now() + AMISS_AFTER)])
                note_put_off(work, thing)
            work.commit()

    def _timers(self) -> bool:
        """Look at incidents a timer of which is over."""
        with self.begin() as work:
            at = work.now()
            due = work.incidents.take_due(at, limit=BATCH)
            for incident in due:
                self.casebook.escalator.look(work, incident, at=at)
            if due:
                work.commit()
        return bool(due)

    def _look_at(self, work: Work, kind: LookKind, object_ids: Sequence[int], rules: Rules) -> None:
        at = work.now()
        if kind is LookKind.INCIDENT:
            self._look_at_incidents(work, at)
            return
        sights = self.sources[kind](work, object_ids, rules, at)
        rows = work.alerts.hold(kind, object_ids)
        nexts: list[tuple[Thing, datetime | None]] = []
        for object_id in object_ids:
            sight = sights.get(object_id)
            of_object = {rule: row for (each, rule), row in rows.items() if each == object_id}
            look_at = self._settle(work, (AlertKind(kind), object_id), sight, of_object)
            if sight is None:
                work.looks.forget(kind, object_id)
            else:
                nexts.append(((kind, object_id), look_at))
        work.looks.set_next(nexts)

    def _look_at_incidents(self, work: Work, at: datetime) -> None:
        """Look at all that are open: what holds them back may be another now."""
        held_elsewhere = False
        for incident_id in work.incidents.open_ids():
            incident = work.incidents.take(incident_id)
            if incident is None:
                held_elsewhere = True
                continue
            self.casebook.escalator.look(work, incident, at=at)
        next_at = at + HELD_AGAIN if held_elsewhere else self.changes_at(work, at)
        work.looks.set_next([((LookKind.INCIDENT, 0), next_at)])

    def _settle(
        self,
        work: Work,
        thing: tuple[AlertKind, int],
        sight: Sight | None,
        rows: Mapping[str, AnyRow],
    ) -> datetime | None:
        """Take the steps of all alerts of one object; when to look at it again."""
        at = work.now()
        rules = sight.rules if sight is not None else {}
        look_at: datetime | None = None
        for name in sorted({*rows, *rules}):
            rule = rules.get(name)
            before = keeping.read(rows.get(name), at)
            if before.id is None and (rule is None or not rule.enabled):
                continue
            judgement = sight.judgements.get(name, Judgement()) if sight is not None else Judgement()
            stepped = take_steps(before, rule, judgement, at=at)
            case = _case(thing, sight, rule or default(thing[0], name), judgement)
            self._write(work, before, stepped.kept, case, stepped.happened)
            look_at = min((each for each in (look_at, stepped.look_at) if each is not None), default=None)
        return look_at

    def _write(self, work: Work, before: Kept, kept: Kept, case: Case, happened: Sequence[Happening]) -> None:
        if not keeping.worth_a_row(kept) and not happened:
            return
        if not happened and not keeping.changed(before, kept):
            return
        alert_id = kept.id
        if alert_id is None:
            who = {"kind": case.kind, "object_id": case.object_id, "rule": case.rule}
            alert_id = work.alerts.add({**who, **keeping.columns(kept)})
            if not happened:
                return
        kept = self.casebook.note(work, replace(kept, id=alert_id), happened, case)
        work.alerts.change(alert_id, keeping.columns(kept))


def _case(thing: tuple[AlertKind, int], sight: Sight | None, rule: Rule, judgement: Judgement) -> Case:
    """What an incident is about; of an object that is gone nothing is opened, and little is known."""
    seen = sight or Sight(name=" ".join(map(str, thing)), labels={}, rules={}, judgements={})
    severity = seen.severity or rule.severity
    annotations = dict(seen.annotations.get(rule.name, {}))
    title = annotations.pop("title", "") or f"{seen.name}: {rule.name.replace('_', ' ')}"
    if rule.runbook:
        annotations["runbook"] = rule.runbook
    return Case(
        kind=thing[0],
        object_id=thing[1],
        rule=rule.name,
        title=title,
        severity=severity,
        labels={"alertname": rule.name, "severity": str(severity)} | dict(seen.labels) | dict(rule.labels),
        annotations=annotations,
        policy_id=rule.policy_id,
        run_id=judgement.run_id,
    )
