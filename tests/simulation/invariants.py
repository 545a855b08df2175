"""What must hold in every simulated world, whatever broke in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import Concurrency, Delivery, RunState
from autom8.models import Run, RunAttempt, Task
from autom8.scheduler.definition import from_json
from autom8.scheduler.slots import slots_after
from tests.simulation.commands import Start
from tests.simulation.world import World


def faults_of(world: World, starts: Iterable[Start]) -> list[str]:
    """Every promise that this world broke, in words; empty when all were kept."""
    with Session(world.database.read_engine) as session:
        tasks = session.scalars(select(Task)).all()
        runs = session.scalars(select(Run)).all()
        attempts = session.scalars(select(RunAttempt)).all()
    by_task: Mapping[int, list[Run]] = defaultdict(list)
    for run in runs:
        by_task[run.task_id].append(run)
    found = [fault for task in tasks for fault in _ledger_faults(task, by_task[task.id])]
    found += _start_faults(runs, attempts, list(starts))
    found += [f"run {run.id} is stuck: {run.state}" for run in runs if not RunState(run.state).final]
    return found


def _ledger_faults(task: Task, runs: Iterable[Run]) -> Iterable[str]:
    """Each expected instant stands in the ledger exactly once."""
    rule = from_json(task.definition).rule
    expected = list(
        takewhile(lambda slot: slot <= task.scheduled_through, slots_after(rule, task.created_at))
    )
    present: Counter[datetime] = Counter()
    for run in runs:
        if run.slot_at is None:
            continue
        last = run.slot_through or run.slot_at
        covered = [slot for slot in expected if run.slot_at <= slot <= last]
        if len(covered) != run.slot_count:
            yield f"task {task.id}: {run.slot_at} counts {run.slot_count} slots, and covers {len(covered)}"
        present.update(covered)
        if run.slot_at not in expected:
            yield f"task {task.id}: {run.slot_at} is no slot"
    for slot in expected:
        if present[slot] != 1:
            yield f"task {task.id}: slot {slot} stands in the ledger {present[slot]} times"


def _start_faults(runs: Iterable[Run], attempts: Iterable[RunAttempt], starts: list[Start]) -> Iterable[str]:
    """Nothing begins twice, unrecorded or for nothing, and what began has ended."""
    by_id = {run.id: run for run in runs}
    for (run_id, attempt), times in Counter((start.run_id, start.attempt) for start in starts).items():
        if times > 1:
            yield f"run {run_id}: attempt {attempt} began {times} times"
    begun = Counter(start.run_id for start in starts)
    for run_id, times in begun.items():
        run = by_id[run_id]
        allowed = run.attempts_max if run.delivery == Delivery.AT_MOST_ONCE else 21
        if times > allowed:
            yield f"run {run_id} ({run.delivery}) began {times} times of {allowed}"
    for start in starts:
        if not start.recorded:
            yield f"run {start.run_id}: attempt {start.attempt} began before it was recorded"
    yield from _state_faults(by_id.values(), begun)
    for each in attempts:
        if each.ended_at is None:
            yield f"run {each.run_id}: attempt {each.attempt} never ended"


def _state_faults(runs: Iterable[Run], begun: Mapping[int, int]) -> Iterable[str]:
    """What a run is called fits what its commands did."""
    for run in runs:
        if run.state in {RunState.SUCCEEDED, RunState.TIMED_OUT} and not begun[run.id]:
            yield f"run {run.id} is {run.state} and never began"
        if run.state in {RunState.SKIPPED, RunState.MISSED} and begun[run.id]:
            yield f"run {run.id} is {run.state} and began"


def overlaps(world: World) -> list[str]:
    """Tasks that hold more leases at this instant than their policy allows."""
    with Session(world.database.read_engine) as session:
        live = session.execute(
            select(Run.task_id, Task.concurrency, Task.concurrency_max)
            .join(Task, Task.id == Run.task_id)
            .where(Run.state.in_((RunState.CLAIMED, RunState.RUNNING))),
        ).all()
    held = Counter((task_id, policy, most) for task_id, policy, most in live)
    return [
        f"task {task_id} ({policy}) holds {count} leases"
        for (task_id, policy, most), count in held.items()
        if (policy != Concurrency.ALLOW and count > 1)
        or (policy == Concurrency.ALLOW and most and count > most)
    ]
