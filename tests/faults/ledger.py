"""Judges a finished scenario: the ledger in the database, against the rules and the commands' own log.

Reads the tables directly and expects the slots by the pure rules, so that no part which was under fire is
believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import Delivery, RunState
from autom8.models import Run, Task
from autom8.scheduler.definition import from_json
from autom8.scheduler.slots import slots_after
from tests.faults.starts import Entry, StartLog


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of all slots. `wrong` names every broken promise in words; empty when all were kept."""

    expected: int
    counted: int
    begun: int
    states: Mapping[str, int]  # slots by state, and reason where there is one
    doubles: int
    misses: int
    wrong: Sequence[str] = field(default_factory=tuple)

    def __str__(self) -> str:
        fates = ", ".join(f"{name} {count}" for name, count in sorted(self.states.items()))
        faults = "".join(f"\n- {each}" for each in self.wrong[:20])
        return (
            f"{self.expected} slots expected, {self.counted} counted, {self.begun} begun: {fates}; "
            f"{self.doubles} double starts, {self.misses} silent misses{faults}"
        )


def judge(url: str, log: StartLog, *, frozen: bool = False) -> Verdict:
    """Judge the installation in the database at `url` once nothing of it is in progress any more.

    Where commands were `frozen` for longer than a lease, one that wakes may outlast the start of its next
    attempt for a moment, and that alone is let pass: no server can reach into a machine that stands still.
    """
    tasks, runs = _read(url)
    entries = log.entries()
    begun = Counter((each.run_id, each.attempt) for each in entries if each.what == "begin")
    started = {run_id for run_id, _ in begun}
    doubles = [*_double_starts(entries, runs), *([] if frozen else _overtaken(entries))]
    misses = list(_silent(runs, started))
    slots = [(task, _expected(task)) for task in tasks]
    counted: Counter[int] = Counter()
    states: Counter[str] = Counter()
    for run in runs:
        if run.slot_at is not None:
            counted[run.task_id] += run.slot_count
            states[run.state if run.reason is None else f"{run.state} ({run.reason})"] += run.slot_count
    gaps = [fault for task, expected in slots for fault in _gaps(task, expected, runs)]
    stuck = [
        f"run {run.id} of {run.task_name} is stuck: {run.state}"
        for run in runs
        if not RunState(run.state).final
    ]
    return Verdict(
        expected=sum(len(expected) for _, expected in slots),
        counted=counted.total(),
        begun=begun.total(),
        states=states,
        doubles=len(doubles),
        misses=len(misses),
        wrong=[*gaps, *doubles, *misses, *stuck],
    )


def runs_of(url: str, *task_names: str) -> Sequence[Run]:
    """The runs of these tasks (of all, when none is named), oldest first, as they lie in the database."""
    return sorted(
        (run for run in _read(url)[1] if not task_names or run.task_name in task_names),
        key=lambda run: run.id,
    )


def open_runs(url: str) -> list[str]:
    """What has not ended, in words."""
    return [
        f"run {run.id} of {run.task_name}: {run.state}"
        for run in _read(url)[1]
        if not RunState(run.state).final
    ]


def lasted_s(run: Run) -> float:
    """Seconds from the start of a run to its end; of an ended run only."""
    assert run.started_at is not None
    assert run.ended_at is not None
    return (run.ended_at - run.started_at).total_seconds()


def sqlite_url(path: object) -> str:
    """SQLAlchemy's URL of a file."""
    return f"sqlite+pysqlite:///{path}"


def _read(url: str) -> tuple[Sequence[Task], Sequence[Run]]:
    engine = create_engine(url)
    try:
        with Session(engine) as session:
            return (
                session.scalars(select(Task).order_by(Task.id)).all(),
                session.scalars(select(Run).order_by(Run.task_id, Run.slot_at, Run.id)).all(),
            )
    finally:
        engine.dispose()


def _expected(task: Task) -> list[Any]:
    rule = from_json(task.definition).rule
    return list(takewhile(lambda slot: slot <= task.scheduled_through, slots_after(rule, task.created_at)))


def _gaps(task: Task, expected: Sequence[Any], runs: Iterable[Run]) -> Iterator[str]:
    """Each expected instant stands in the ledger once: rows, in order, use up the expected slots."""
    at = 0
    for run in (run for run in runs if run.task_id == task.id and run.slot_at is not None):
        covered = expected[at : at + run.slot_count]
        at += run.slot_count
        last = run.slot_through or run.slot_at
        if not covered or (covered[0], covered[-1]) != (run.slot_at, last) or len(covered) != run.slot_count:
            stands = f"run {run.id} stands for {run.slot_count} slots from {run.slot_at}"
            yield f"{task.name}: {stands}, expected {covered[:2]}"
            return
    if at != len(expected):
        yield f"{task.name}: {len(expected)} slots expected through {task.scheduled_through}, {at} counted"


def _double_starts(entries: Iterable[Entry], runs: Iterable[Run]) -> Iterator[str]:
    """No slot begins twice; one that may be tried again begins no attempt twice."""
    again = {run.id for run in runs if run.delivery == Delivery.AT_LEAST_ONCE or run.attempts_max > 1}
    begun = [each for each in entries if each.what == "begin"]
    slots = Counter(
        (each.task, each.slot, each.attempt if each.run_id in again else 0) for each in begun if each.slot
    )
    attempts = Counter((each.run_id, each.attempt) for each in begun)
    yield from (f"{key} began {count} times" for key, count in slots.items() if count > 1)
    yield from (f"run and attempt {key} began {count} times" for key, count in attempts.items() if count > 1)


def _overtaken(entries: Iterable[Entry]) -> Iterator[str]:
    """A command is gone before the next attempt of its run begins."""
    ordered = sorted(entries, key=lambda each: each.run_id)  # stable: the order of writing stays within a run
    for run_id, lines in groupby(ordered, key=lambda each: each.run_id):
        newest = 0
        for each in lines:
            if each.attempt < newest:
                wrote = f"attempt {each.attempt} of run {run_id} wrote {each.what!r}"
                yield f"{wrote} after attempt {newest} had begun"
            newest = max(newest, each.attempt)


def _silent(runs: Iterable[Run], started: set[int]) -> Iterator[str]:
    """What did not happen says why, and what is said to have happened did; nothing skipped was begun."""
    for run in runs:
        state = RunState(run.state)
        if state is RunState.SUCCEEDED and run.id not in started:
            yield f"run {run.id} of {run.task_name} succeeded, but its command never began"
        if state in {RunState.SKIPPED, RunState.MISSED} and run.id in started:
            yield f"run {run.id} of {run.task_name} is {run.state}, but its command began"
        if state.final and state is not RunState.SUCCEEDED and run.reason is None:
            yield f"run {run.id} of {run.task_name} is {run.state} without a reason"
