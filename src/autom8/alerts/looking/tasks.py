"""What a look sees of tasks: facts of the ledger, judged by each rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from autom8.alerts.expectations import DEFAULTS, Expectation, Judgement, RunFact, TaskFacts, judge
from autom8.alerts.looking.sight import Rules, Sight
from autom8.alerts.rules.rule import Rule
from autom8.kernel.vocabulary import AlertKind, Reason, RunState
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work


def look_at_tasks(work: Work, task_ids: Collection[int], rules: Rules, at: datetime) -> Mapping[int, Sight]:
    """Look at tasks, and take note that their ends were judged. A task that was removed expects nothing."""
    ends = work.looks.ends_of(task_ids)
    facts = work.task_facts.of(task_ids, ended=[run for runs in ends.values() for run in runs])
    sights: dict[int, Sight] = {}
    for task_id, run_ids in ends.items():
        work.looks.remove_ends(task_id, run_ids)
    for task in facts.tasks:
        if task.removed_at is not None:
            continue
        tags = tuple(task.definition.get("tags", ()))
        of_task = rules(AlertKind.TASK, task.id, tags)
        known = _facts_of(task, facts.runs.get(task.id, ()), set(ends.get(task.id, ())))
        labels = {"source": "task", "task": task.name} | ({"tags": ",".join(sorted(tags))} if tags else {})
        sights[task.id] = Sight(
            name=task.name,
            labels=labels,
            rules=of_task,
            judgements={
                name: _judge(name, rule, known, at) for name, rule in of_task.items() if rule.enabled
            },
        )
    return sights


def _judge(name: str, rule: Rule, facts: TaskFacts, at: datetime) -> Judgement:
    expectation = Expectation(name)
    threshold = rule.threshold or DEFAULTS.get(expectation)
    return Judgement() if threshold is None else judge(expectation, threshold, facts, at=at)


def _facts_of(task: AnyRow, runs: Iterable[AnyRow], unseen: Collection[int]) -> TaskFacts:
    known = [(row.ended_at, _fact(row)) for row in runs]
    ended: Sequence[RunFact] = [fact for at, fact in known if at is not None]
    return TaskFacts(
        before=[fact for fact in ended if fact.id not in unseen],
        ended=[fact for fact in ended if fact.id in unseen],
        running=[fact for at, fact in known if at is None],
        next_run=task.next_run,
        active_since=(task.enabled_at or task.created_at) if task.enabled else None,
        succeeded_at=task.succeeded_at,
    )


def _fact(row: AnyRow) -> RunFact:
    return RunFact(
        id=row.id,
        state=RunState(row.state),
        reason=Reason(row.reason) if row.reason else None,
        slots=row.slot_count,
        slot_at=row.slot_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        exit_code=row.exit_code,
        again=row.attempt > 0,
    )
