"""Firing: the one short transaction that turns due slots into runs.

Any number of schedulers run it at once. It locks due tasks, writes a row for each of their slots under
the ledger's unique key, and moves each task's cursor, all in one transaction: a crash at any statement
can neither lose nor double a slot. Holds no SQL and no timer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.kernel.events import RunsQueued, RunsSettled
from autom8.kernel.vocabulary import Reason, RunState, Trigger
from autom8.models import Task
from autom8.repositories.ledger import Added
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.scheduler.catch_up import Entry, Plan, plan_due, plan_paused
from autom8.scheduler.definition import TaskDefinition, from_json
from autom8.scheduler.ports import Machine
from autom8.scheduler.schedules import Interval

BATCH_TASKS: Final = 500
# Made in one transaction: PostgreSQL ends one that computes for seconds, and SQLite's other writers wait.
SLOTS_MAX: Final = 10_000
PAUSED_EVERY: Final = timedelta(minutes=1)  # how far the ledger of a paused task may lag
DEFINITIONS_KEPT: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What one firing did: `due` tasks were found, and the next slot of any task comes in `wait`.

    `wait` is measured on the clock that fired, so a caller may wait on its monotonic clock; None when no
    task has a slot.
    """

    due: int
    queued: int
    wait: timedelta | None


@dataclass(slots=True)
class Firing:
    """Fires slots for one scheduler; used by one thread at a time, except `complete`."""

    begin: BeginWork
    machine: Machine
    _definitions: OrderedDict[tuple[int, int], TaskDefinition] = field(default_factory=OrderedDict)

    def fire(self) -> Fired:
        """Fire every slot that is due now; slots of tasks that another scheduler holds are left to it."""
        with self.begin() as work:
            now = work.now()
            due = work.ledger.lock_due(now, limit=BATCH_TASKS)
            if not due:
                return Fired(due=0, queued=0, wait=_wait(work, now))
            definitions = self._definitions_of(work, due)
            plans = _plans_of(due, definitions, now)
            rows = [
                _run_row(task, definitions[task.id, task.revision], entry, now)
                for task, plan in plans
                for entry in plan.entries
            ]
            added = work.ledger.add_runs(rows)
            work.ledger.advance([_mark(task.id, plan) for task, plan in plans])
            wait = _wait(work, now)
            _announce(work, added)
            work.commit()
            return Fired(due=len(plans), queued=len(added.queued), wait=wait)

    def fire_boot(self) -> int:
        """Make this boot's slot of each task that runs at boot, once; returns how many were queued.

        To be repeated now and then, for the tasks that somebody else held or a database that was away.
        """
        boot = self.machine.boot()
        with self.begin() as work:
            now = work.now()
            queued = 0
            for task in work.ledger.lock_unbooted(boot.id):
                definition = from_json(task.definition)
                late = now - boot.at > definition.lateness_max
                state, reason = (RunState.MISSED, Reason.TOO_LATE) if late else (RunState.QUEUED, None)
                if not task.enabled:
                    state, reason = RunState.SKIPPED, Reason.PAUSED
                if not work.ledger.note_boot(task.id, boot.id):
                    continue
                slot_at = work.ledger.free_slot(task.id, boot.at)
                entry = Entry(slot_at=slot_at, state=state, reason=reason)
                row = _run_row(task, definition, entry, now) | {"trigger": Trigger.BOOT}
                added = work.ledger.add_runs([row])
                _announce(work, added)
                queued += len(added.queued)
            work.commit()
            return queued

    def complete(self, work: Work, task: Task) -> None:
        """Complete the ledger of a locked task to now under what it is, before it becomes something else."""
        definition = from_json(task.definition)
        while True:
            plan = self._complete_once(work, task, definition)
            if plan.next_run is None or plan.next_run > work.now():
                return

    def complete_paused(self) -> int:
        """Bring the ledgers of paused tasks up to now, to show what a pause holds back; returns how many."""
        completed: set[int] = set()
        while some := self._complete_some():
            completed |= some
        return len(completed)

    def _complete_some(self) -> set[int]:
        """As many paused tasks as one short transaction can take."""
        completed: set[int] = set()
        cost = 0
        with self.begin() as work:
            for task in work.ledger.lock_paused(before=work.now() - PAUSED_EVERY, limit=BATCH_TASKS):
                definition = from_json(task.definition)
                cost += _cost(definition, self._complete_once(work, task, definition))
                completed.add(task.id)
                if cost >= SLOTS_MAX:
                    break
            work.commit()
            return completed

    def _complete_once(self, work: Work, task: Task, definition: TaskDefinition) -> Plan:
        if task.enabled:
            plan = plan_due_of(definition, task, work.now())
        else:
            plan = plan_paused(definition.rule, through=task.scheduled_through, now=work.now())
        _announce(work, self._write(work, task, definition, plan))
        task.scheduled_through = plan.through
        return plan

    def _write(self, work: Work, task: Task, definition: TaskDefinition, plan: Plan) -> Added:
        entries = list(plan.entries)
        if entries and entries[0].state is RunState.SKIPPED:
            entries = entries[1:] if _extend_pause(work, task, entries[0]) else entries
        return work.ledger.add_runs([_run_row(task, definition, entry, work.now()) for entry in entries])

    def _definitions_of(self, work: Work, due: Iterable[Any]) -> Mapping[tuple[int, int], TaskDefinition]:
        """Definitions of these tasks; parsed once a revision, since a revision never changes."""
        kept = self._definitions
        wanted = [(task.id, task.revision) for task in due]
        for key, data in work.ledger.definitions([key for key in wanted if key not in kept]).items():
            kept[key] = from_json(data)
        found = {key: kept[key] for key in wanted}
        while len(kept) > DEFINITIONS_KEPT:
            kept.popitem(last=False)
        return found


def plan_due_of(definition: TaskDefinition, task: Any, now: datetime) -> Plan:
    """The fate of each slot that an active task owes."""
    return plan_due(definition.rule, definition.policy, through=task.scheduled_through, now=now)


def _plans_of(
    due: Iterable[Any], definitions: Mapping[tuple[int, int], TaskDefinition], now: datetime
) -> list[tuple[Any, Plan]]:
    """Plans for as many of these tasks as one short transaction can take; the others stay due."""
    plans: list[tuple[Any, Plan]] = []
    cost = 0
    for task in due:
        definition = definitions[task.id, task.revision]
        plan = plan_due_of(definition, task, now)
        plans.append((task, plan))
        cost += _cost(definition, plan)
        if cost >= SLOTS_MAX:
            break
    return plans


def _cost(definition: TaskDefinition, plan: Plan) -> int:
    """How many slots were made for a plan; those of an interval are counted without being made."""
    if isinstance(definition.rule.schedule, Interval):
        return len(plan.entries)
    return sum(entry.slot_count for entry in plan.entries)


def _announce(work: Work, added: Added) -> None:
    if added.queued:
        work.record(RunsQueued(run_ids=added.queued))
    if added.missed:
        work.record(RunsSettled(ends=added.missed))


def _wait(work: Work, now: datetime) -> timedelta | None:
    earliest = work.ledger.earliest()
    return None if earliest is None else max(timedelta(), earliest - now)


def _mark(task_id: int, plan: Plan) -> Mapping[str, Any]:
    return {"task_id": task_id, "through": plan.through, "next": plan.next_run}


def _extend_pause(work: Work, task: Task, entry: Entry) -> bool:
    """Lengthen the pause's range row instead of adding one for each time that its ledger is completed."""
    last = work.ledger.last_slot(task.id)
    if last is None or last.state != RunState.SKIPPED or last.reason != Reason.PAUSED:
        return False
    if last.task_revision != task.revision:
        return False  # another pause
    last.slot_through = entry.slot_through or entry.slot_at
    last.slot_count += entry.slot_count
    last.ended_at = work.now()
    return True


def _run_row(task: Any, definition: TaskDefinition, entry: Entry, now: datetime) -> dict[str, Any]:
    """The ledger's row for one entry; `task` is a row or a Task."""
    return {
        **new_run(definition, task_id=task.id, revision=task.revision, now=now),
        "trigger": Trigger.SCHEDULE,
        "slot_at": entry.slot_at,
        "slot_through": entry.slot_through,
        "slot_count": entry.slot_count,
        "state": entry.state,
        "reason": entry.reason,
        "ended_at": now if entry.state.final else None,
    }


def new_run(definition: TaskDefinition, *, task_id: int, revision: int, now: datetime) -> dict[str, Any]:
    """The row of a run that is queued now, has no slot, and was asked for by nobody yet."""
    return {
        "kind": definition.kind,
        "task_id": task_id,
        "task_name": definition.name,
        "task_revision": revision,
        "target": "",
        "queue": definition.queue,
        "priority": definition.priority,
        "trigger": Trigger.MANUAL,
        "parent_run_id": None,
        "requested_by": None,
        "parameters": None,
        "slot_at": None,
        "slot_through": None,
        "slot_count": 1,
        "state": RunState.QUEUED,
        "reason": None,
        "delivery": definition.delivery,
        "attempt": 0,
        "attempts_max": definition.retries_max + 1,
        "queued_at": now,
        "ended_at": None,
        "output_bytes": 0,
        "output_kept_bytes": 0,
    }
