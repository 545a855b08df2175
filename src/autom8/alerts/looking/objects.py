"""Looks at objects that are due: has their source look at them, and writes what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from autom8.alerts.expectations import Judgement
from autom8.alerts.incidents.casebook import Case, Casebook
from autom8.alerts.looking import keeping
from autom8.alerts.looking.keeping import Kept
from autom8.alerts.looking.sight import Rules, Sight, Source
from autom8.alerts.looking.stepping import Happening, take_steps
from autom8.alerts.rules.rule import Rule, default
from autom8.kernel.vocabulary import AlertKind, LookKind
from autom8.repositories.looks import Thing
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

RulesOf: TypeAlias = Callable[[Work], Rules]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """The duty of looking at objects. `rules_of` reads all settings once for a batch."""

    sources: Mapping[LookKind, Source]
    rules_of: RulesOf
    casebook: Casebook

    def take(self, work: Work, *, limit: int) -> Sequence[Thing]:
        """As `Duty`."""
        return work.looks.take_due(work.now(), limit=limit)

    def hold(self, work: Work, each: Thing) -> bool:
        """As `Duty`."""
        return work.looks.take(*each)

    def look(self, work: Work, these: Sequence[Thing]) -> None:
        """As `Duty`."""
        rules = self.rules_of(work)
        for kind in dict.fromkeys(kind for kind, _ in these):
            self._look_at(work, kind, [each for of, each in these if of is kind], rules)

    def name(self, each: Thing) -> str:
        """As `Duty`."""
        return " ".join(map(str, each))

    def put_off(self, work: Work, each: Thing, until: datetime) -> None:
        """As `Duty`."""
        work.looks.set_next([(each, until)])

    def _look_at(self, work: Work, kind: LookKind, object_ids: Sequence[int], rules: Rules) -> None:
        sights = self.sources[kind](work, object_ids, rules, work.now())
        rows = work.alerts.hold(kind, object_ids)
        nexts: list[tuple[Thing, datetime | None]] = []
        for object_id in object_ids:
            sight = sights.get(object_id)
            of_object = {rule: row for (each, rule), row in rows.items() if each == object_id}
            look_at = self._settle(work, (AlertKind(kind), object_id), sight, of_object)
            if sight is None and look_at is None:
                work.looks.forget(kind, object_id)
            else:
                nexts.append(((kind, object_id), look_at))
        work.looks.set_next(nexts)

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
