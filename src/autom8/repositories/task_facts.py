"""What the ledger tells a look at tasks: each with its newest runs, and those that go on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, func, or_, select, union_all, update
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import CROWDED_OUT, OPEN_STATES, RunState
from autom8.models import Run, Task, TaskStatus, table_of
from autom8.repositories.query import AnyRow

NEWEST: Final = 100  # runs of a task, as many as a threshold may count
_RUN: Final = table_of(Run)
_WANTED: Final = ("of_task", "in_state", "after")
_WANTED_MAX: Final = 100  # of one statement: SQLite takes no more than 500 parts
_COLUMNS: Final = (
    _RUN.c.id,
    _RUN.c.task_id,
    _RUN.c.state,
    _RUN.c.reason,
    _RUN.c.slot_count,
    _RUN.c.slot_at,
    _RUN.c.started_at,
    _RUN.c.ended_at,
    _RUN.c.exit_code,
    _RUN.c.attempt,
)
_RUNS: Final[Select[*tuple[Any, ...]]] = select(*_COLUMNS)
_TASKS: Final[Select[*tuple[Any, ...]]] = select(
    Task.id,
    Task.name,
    Task.definition,
    Task.enabled,
    Task.enabled_at,
    Task.created_at,
    Task.removed_at,
    Task.next_run,
    TaskStatus.succeeded_at,
).outerjoin(TaskStatus, TaskStatus.task_id == Task.id)


@lru_cache(maxsize=128)
def _newest_of(tasks: int) -> CompoundSelect[*tuple[Any, ...]]:
    """The newest runs of so many tasks, `:task_0` and on, by one walk of an index for each."""
    newest = [
        _RUNS.where(_RUN.c.task_id == bindparam(f"task_{index}"))
        .order_by(_RUN.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
        .subquery()
        for index in range(tasks)
    ]
    return union_all(*(select(each) for each in newest))


class Wanted(NamedTuple):
    """Runs of a task that ended in a state after an instant; skipped ones only for another run's sake."""

    task_id: int
    state: RunState
    after: datetime


@lru_cache(maxsize=128)
def _newest_ended(wanted: int) -> CompoundSelect[*tuple[Any, ...]]:
    """The newest of each of so many wanted, `:of_task_0` and on, by one walk each."""
    newest = [
        _RUNS.where(
            _RUN.c.task_id == bindparam(f"of_task_{index}"),
            _RUN.c.state == bindparam(f"in_state_{index}"),
            _RUN.c.ended_at > bindparam(f"after_{index}"),
            or_(_RUN.c.state != RunState.SKIPPED, _RUN.c.reason.in_(sorted(CROWDED_OUT))),
        )
        .order_by(_RUN.c.ended_at.desc())
        .limit(bindparam("limit", type_=Integer))
        .subquery()
        for index in range(wanted)
    ]
    return union_all(*(select(each) for each in newest))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRows:
    """Tasks, and runs of each by its id, each run once."""

    tasks: Sequence[AnyRow]
    runs: Mapping[int, Sequence[AnyRow]]


class TaskFactsRepository:
    """All SQL that looks at tasks ask. Removed tasks are told too, as such."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, task_ids: Collection[int], *, ended: Collection[int]) -> TaskRows:
        """These tasks with their NEWEST runs, all that have not ended, and the runs `ended`."""
        if not task_ids:
            return TaskRows(tasks=[], runs={})
        connection = self._session.connection()
        ids = sorted(task_ids)
        bound: dict[str, Any] = {f"task_{index}": task_id for index, task_id in enumerate(ids)}
        rows = list(connection.execute(_newest_of(len(ids)), {**bound, "limit": NEWEST}))
        open_ones = _RUNS.where(_RUN.c.task_id.in_(ids), _RUN.c.state.in_(sorted(OPEN_STATES)))
        rows += connection.execute(open_ones)
        if ended:
            rows += connection.execute(_RUNS.where(_RUN.c.id.in_(ended)))
        runs: dict[int, dict[int, AnyRow]] = {}
        for row in rows:
            runs.setdefault(row.task_id, {})[row.id] = row
        tasks = connection.execute(_TASKS.where(Task.id.in_(ids)).order_by(Task.id)).all()
        return TaskRows(tasks=tasks, runs={task: list(found.values()) for task, found in runs.items()})

    def ended(self, wanted: Sequence[Wanted]) -> Sequence[AnyRow]:
        """The NEWEST runs of each of what is wanted: what is older than the newest runs of a task."""
        rows: list[AnyRow] = []
        for start in range(0, len(wanted), _WANTED_MAX):
            some = wanted[start : start + _WANTED_MAX]
            bound: dict[str, Any] = {"limit": NEWEST}
            for index, each in enumerate(some):
                bound |= {f"{name}_{index}": value for name, value in zip(_WANTED, each, strict=True)}
            rows += self._session.connection().execute(_newest_ended(len(some)), bound)
        return rows

    def draw_back(self, at: datetime) -> None:
        """No task was made, resumed or did well later than `at`. For a clock that stepped back."""
        connection = self._session.connection()
        began = func.coalesce(Task.enabled_at, Task.created_at)
        connection.execute(update(table_of(Task)).where(began > at).values(enabled_at=at))
        done = table_of(TaskStatus)
        connection.execute(update(done).where(done.c.succeeded_at > at).values(succeeded_at=at))
