"""What a look sees of tasks: facts of the ledger, judged by each rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from autom8.alerts.expectations import (
    DEFAULTS,
    Expectation,
    Judgement,
    RunFact,
    TaskFacts,
    Threshold,
    judge,
    lacking,
)
from autom8.alerts.looking.sight import Rules, Sight
from autom8.alerts.rules.rule import Rule
from autom8.kernel.vocabulary import AlertKind, Reason, RunState
from autom8.repositories.query import AnyRow
from autom8.repositories.task_facts import NEWEST, Wanted
from autom8.repositories.unit_of_work import Work


def look_at_tasks(work: Work, task_ids: Collection[int], rules: Rules, at: datetime) -> Mapping[int, Sight]:
    """Look at tasks, and take note that their ends were judged. A task that was removed expects nothing."""
    ends = work.looks.ends_of(task_ids)
    facts = work.task_facts.of(task_ids, ended=[run for runs in ends.values() for run in runs])
    for task_id, run_ids in ends.items():
        work.looks.remove_ends(task_id, run_ids)
    tasks = [task for task in facts.tasks if task.removed_at is None]
    of_tasks = {task.id: rules(AlertKind.TASK, task.id, _tags(task)) for task in tasks}
    known = {
        task.id: _facts_of(task, facts.runs.get(task.id, ()), set(ends.get(task.id, ()))) for task in tasks
    }
    known = _with_older(work, known, of_tasks, at)
    sights: dict[int, Sight] = {}
    for task in tasks:
        tags = sorted(_tags(task))
        labels = {"source": "task", "task": task.name} | ({"tags": ",".join(tags)} if tags else {})
        judged = {
            name: _judge(name, rule, known[task.id], at)
            for name, rule in of_tasks[task.id].items()
            if rule.enabled
        }
        sights[task.id] = Sight(name=task.name, labels=labels, rules=of_tasks[task.id], judgements=judged)
    return sights


def _tags(task: AnyRow) -> tuple[str, ...]:
    return tuple(task.definition.get("tags", ()))


def _with_older(
    work: Work,
    known: Mapping[int, TaskFacts],
    of_tasks: Mapping[int, Mapping[str, Rule]],
    at: datetime,
) -> dict[int, TaskFacts]:
    """The facts with what thresholds ask for beyond the newest runs: of quick tasks these are of minutes."""
    wanted = [
        Wanted(task_id, state, after)
        for task_id, facts in known.items()
        for state, after in lacking(facts, _thresholds(of_tasks[task_id]), newest=NEWEST, at=at)
    ]
    older: dict[int, list[RunFact]] = {}
    for row in work.task_facts.ended(wanted):
        older.setdefault(row.task_id, []).append(_fact(row))
    return {task_id: _and(facts, older.get(task_id, ())) for task_id, facts in known.items()}


def _and(facts: TaskFacts, older: Iterable[RunFact]) -> TaskFacts:
    there = {run.id for run in (*facts.before, *facts.ended)}
    return replace(facts, before=[*facts.before, *(run for run in older if run.id not in there)])


def _thresholds(rules: Mapping[str, Rule]) -> Mapping[Expectation, Threshold]:
    given = {Expectation(name): _threshold(name, rule) for name, rule in rules.items() if rule.enabled}
    return {expectation: threshold for expectation, threshold in given.items() if threshold is not None}


def _threshold(name: str, rule: Rule) -> Threshold | None:
    return rule.threshold or DEFAULTS.get(Expectation(name))


def _judge(name: str, rule: Rule, facts: TaskFacts, at: datetime) -> Judgement:
    threshold = _threshold(name, rule)
    return Judgement() if threshold is None else judge(Expectation(name), threshold, facts, at=at)


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
