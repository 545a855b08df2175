"""The slot ledger: which tasks are due, the rows for their slots, and how far each ledger is complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import RunState, ScheduleKind
from autom8.models import Run, Task, TaskBoot, TaskRevision, Worker, table_of
from autom8.repositories.query import AnyRow

_RUN: Final = table_of(Run)
_TASK: Final = table_of(Task)
_BOOT: Final = table_of(TaskBoot)

_DUE: Final[Select[*tuple[Any, ...]]] = (
    select(
        Task.id,
        Task.name,
        Task.kind,
        Task.revision,
        Task.enabled,
        Task.scheduled_through,
        Task.next_run,
    )
    .where(Task.next_run <= bindparam("now"))
    .order_by(Task.next_run)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)
_PAUSED: Final = (
    select(Task)
    .where(~Task.enabled, Task.removed_at.is_(None), Task.scheduled_through < bindparam("before"))
    .order_by(Task.scheduled_through, Task.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)
_ADVANCE: Final = (
    update(_TASK)
    .where(_TASK.c.id == bindparam("task_id"))
    .values(scheduled_through=bindparam("through"), next_run=bindparam("next"))
)
_EARLIEST: Final = select(func.min(Task.next_run)).where(Task.next_run.is_not(None))
_WRITTEN: Final = (_RUN.c.id, _RUN.c.task_id, _RUN.c.state)
_INSERT: Final = {
    "sqlite": sqlite.insert(_RUN).on_conflict_do_nothing().returning(*_WRITTEN),
    "postgresql": postgresql.insert(_RUN).on_conflict_do_nothing().returning(*_WRITTEN),
}
_DEFINITIONS: Final[Select[*tuple[Any, ...]]] = select(
    TaskRevision.task_id, TaskRevision.revision, TaskRevision.definition
).where(tuple_(TaskRevision.task_id, TaskRevision.revision).in_(bindparam("keys", expanding=True)))
_NOTE_BOOT: Final = {
    "sqlite": sqlite.insert(_BOOT).on_conflict_do_nothing().returning(_BOOT.c.task_id),
    "postgresql": postgresql.insert(_BOOT).on_conflict_do_nothing().returning(_BOOT.c.task_id),
}
_LAST_SLOT: Final = (
    select(Run)
    .where(Run.task_id == bindparam("task_id"), Run.slot_at.is_not(None))
    .order_by(Run.slot_at.desc())
    .limit(1)
    .with_for_update()
)


class Added(NamedTuple):
    """What rows were written: the ids of runs that are queued now, and (task, run) of those missed."""

    queued: list[int]
    missed: list[tuple[int, int]]


class LedgerRepository:
    """All SQL that fires slots. Every method works inside the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock_due(self, now: datetime, *, limit: int) -> Sequence[AnyRow]:
        """Tasks whose next slot has come, earliest first, locked; those held elsewhere are left out."""
        return self._session.connection().execute(_DUE, {"now": now, "limit": limit}).all()

    def lock_paused(self, *, before: datetime, limit: int) -> Sequence[Task]:
        """Paused tasks whose ledger is complete only to some instant before `before`, locked."""
        return self._session.scalars(_PAUSED, {"before": before, "limit": limit}).all()

    def definitions(self, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Mapping[str, Any]]:
        """Definitions by (task id, revision)."""
        keys = list(wanted)
        if not keys:
            return {}
        rows = self._session.connection().execute(_DEFINITIONS, {"keys": keys})
        return {(task_id, revision): definition for task_id, revision, definition in rows}

    def add_runs(self, rows: Sequence[Mapping[str, Any]]) -> Added:
        """Insert runs, each slot at most once."""
        if not rows:
            return Added([], [])
        connection = self._session.connection()
        inserted = connection.execute(_INSERT[connection.dialect.name], list(rows)).all()
        return Added(
            queued=[row.id for row in inserted if row.state == RunState.QUEUED],
            missed=[(row.task_id, row.id) for row in inserted if row.state == RunState.MISSED],
        )

    def advance(self, marks: Sequence[Mapping[str, Any]]) -> None:
        """Move cursors: `task_id`, `through` (complete to here), `next` (the next slot or None)."""
        if marks:
            self._session.connection().execute(_ADVANCE, list(marks))

    def earliest(self) -> datetime | None:
        """The instant of the next slot of any task."""
        return self._session.connection().execute(_EARLIEST).scalar()

    def last_slot(self, task_id: int) -> Run | None:
        """The newest row of a task's ledger, locked."""
        return self._session.scalars(_LAST_SLOT, {"task_id": task_id}).first()

    def lock_unbooted(self, boot_id: str) -> Sequence[Task]:
        """Tasks that run at boot and have no slot for this boot yet, locked."""
        booted = select(TaskBoot.task_id).where(TaskBoot.boot_id == boot_id)
        statement = (
            select(Task)
            .where(Task.schedule_kind == ScheduleKind.BOOT, Task.removed_at.is_(None), Task.id.not_in(booted))
            .order_by(Task.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
        return self._session.scalars(statement).all()

    def note_boot(self, task_id: int, boot_id: str) -> bool:
        """Say that this boot's slot is made, or needs none; False when it was said before.

        `lock_unbooted` alone is no guard: it may have looked just before another scheduler committed, and
        locked just after.
        """
        connection = self._session.connection()
        insert = _NOTE_BOOT[connection.dialect.name]
        noted = connection.execute(insert, {"task_id": task_id, "boot_id": boot_id})
        return noted.first() is not None  # the driver of PostgreSQL does not count inserted rows

    def forgo_boots(self, task_id: int, own_boot_id: str) -> None:
        """Have a task wait for the next boot of each machine: of this one, and of all where a worker is."""
        workers = self._session.scalars(select(Worker.boot_id).distinct())
        for boot_id in sorted({own_boot_id, *workers}):
            self.note_boot(task_id, boot_id)

    def free_slot(self, task_id: int, at: datetime) -> datetime:
        """The first microsecond from `at` on that is no slot of a locked task: two may boot in one second."""
        near = (Run.slot_at >= at, Run.slot_at < at + timedelta(seconds=1))
        taken = set(self._session.scalars(select(Run.slot_at).where(Run.task_id == task_id, *near)))
        while at in taken:
            at += timedelta(microseconds=1)
        return at
