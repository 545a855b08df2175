"""Runs as people see them: lists, one with its attempts, requests to run or cancel, and retention."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from autom8.kernel.errors import NotFound
from autom8.kernel.paging import LIMIT_MAX
from autom8.kernel.vocabulary import LIVE_STATES, OPEN_STATES, RunState
from autom8.models import Run, RunAttempt, RunOutput, TaskRevision, Worker, table_of
from autom8.repositories.query import AnyRow, Listing, Page, Paged

_ENDED: Final = Run.state.not_in(tuple(sorted(OPEN_STATES)))
_RUN: Final = table_of(Run)
_ATTEMPT: Final = table_of(RunAttempt)
_OF_THE_RUN: Final = and_(
    TaskRevision.task_id == _RUN.c.task_id, TaskRevision.revision == _RUN.c.task_revision
)
_VIEW: Final[Select[*tuple[Any, ...]]] = select(*_RUN.c, Worker.name.label("worker")).outerjoin(
    Worker, Worker.id == Run.worker_id
)
_LISTING: Final = Listing(
    key=_RUN.c.id,
    orders={"id": _RUN.c.id},
    default="-id",
    filters={
        "task_id": lambda value: Run.task_id == value,
        "task": lambda value: Run.task_name == value,
        "state": Run.state.in_,
        "trigger": lambda value: Run.trigger == value,
        "since": lambda value: func.coalesce(Run.slot_at, Run.queued_at) >= value,
        "until": lambda value: func.coalesce(Run.slot_at, Run.queued_at) < value,
    },
)


@lru_cache(maxsize=LIMIT_MAX)  # made afresh for each list, it took two thirds of the list's time
def _newest_of(tasks: int) -> CompoundSelect[*tuple[Any, ...]]:
    """The newest runs of so many tasks, `:task_0` and on, at most `:limit` of each."""
    newest = [
        select(
            Run.id,
            Run.task_id,
            Run.state,
            Run.reason,
            Run.slot_at,
            Run.slot_count,
            Run.started_at,
            Run.ended_at,
        )
        .where(Run.task_id == bindparam(f"task_{index}"))
        .order_by(Run.id.desc())
        .limit(bindparam("limit", type_=Integer))
        .subquery()
        for index in range(tasks)
    ]
    return union_all(*(select(each) for each in newest))


@lru_cache(maxsize=LIMIT_MAX)
def _good_of(tasks: int) -> CompoundSelect[*tuple[Any, ...]]:
    """The newest good runs of so many tasks, `:task_0` and on, at most `:limit` of each."""
    good = [
        select(_RUN.c.task_id, _RUN.c.started_at, _RUN.c.ended_at)
        .where(_RUN.c.task_id == bindparam(f"task_{index}"), _RUN.c.state == RunState.SUCCEEDED)
        .order_by(_RUN.c.id.desc())
        .limit(bindparam("limit", type_=Integer))
        .subquery()
        for index in range(tasks)
    ]
    return union_all(*(select(each) for each in good))


class RunNotFound(NotFound):
    """No run has this id."""

    code = "run_not_found"

    def __init__(self, run_id: int) -> None:
        super().__init__(f"There is no run {run_id}.")


class RunRepository:
    """All SQL about runs that is not firing or leasing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Runs as rows that also have their worker's name."""
        rows = self._session.connection().execute(_LISTING.select(_VIEW, page)).all()
        return _LISTING.paged(rows, page, lambda row, name: row.id if name == "key" else getattr(row, name))

    def get(self, run_id: int) -> AnyRow:
        """One run as a row with its worker's name, or RunNotFound."""
        row = self._session.connection().execute(_VIEW.where(Run.id == run_id)).first()
        if row is None:
            raise RunNotFound(run_id)
        return row

    def with_definitions(self, run_ids: Collection[int]) -> Sequence[AnyRow]:
        """Those of these runs that are there, each with the `definition` that it was made with, or None."""
        if not run_ids:
            return []
        statement: Select[*tuple[Any, ...]] = (
            select(*_RUN.c, TaskRevision.definition)
            .outerjoin(TaskRevision, _OF_THE_RUN)
            .where(_RUN.c.id.in_(run_ids))
            .order_by(_RUN.c.id)
        )
        return self._session.connection().execute(statement).all()

    def good_durations(self, task_ids: Collection[int], *, limit: int) -> Mapping[int, Sequence[timedelta]]:
        """How long the latest good runs of each of these tasks took, by one index walk a task."""
        found: dict[int, list[timedelta]] = {}
        if not task_ids:
            return found
        bound = {f"task_{index}": task_id for index, task_id in enumerate(sorted(task_ids))}
        statement = _good_of(len(bound))
        for row in self._session.connection().execute(statement, {**bound, "limit": limit}):
            if row.started_at and row.ended_at:
                found.setdefault(row.task_id, []).append(row.ended_at - row.started_at)
        return found

    def lock(self, run_id: int) -> Run:
        """One run to be changed, or RunNotFound."""
        run = self._session.scalars(select(Run).where(Run.id == run_id).with_for_update()).first()
        if run is None:
            raise RunNotFound(run_id)
        return run

    def attempts(self, run_id: int) -> Sequence[AnyRow]:
        """The attempts of a run, first to last, with their worker's name."""
        statement: Select[*tuple[Any, ...]] = (
            select(*_ATTEMPT.c, Worker.name.label("worker"))
            .outerjoin(Worker, Worker.id == RunAttempt.worker_id)
            .where(RunAttempt.run_id == run_id)
            .order_by(RunAttempt.attempt)
        )
        return self._session.connection().execute(statement).all()

    def recent(self, task_ids: Collection[int], *, limit: int) -> Sequence[AnyRow]:
        """The newest `limit` runs of each of these tasks, newest first, by one index walk a task."""
        if not task_ids:
            return []
        bound = {f"task_{index}": task_id for index, task_id in enumerate(task_ids)}
        return self._session.connection().execute(_newest_of(len(bound)), {**bound, "limit": limit}).all()

    def add(self, values: Mapping[str, Any]) -> int:
        """Insert one run; returns its id."""
        inserted = self._session.connection().execute(insert(_RUN).returning(_RUN.c.id), dict(values))
        return int(inserted.scalar_one())

    def lock_live(self, task_id: int) -> list[int]:
        """The runs of a task that workers hold, locked."""
        statement = select(Run.id).where(Run.task_id == task_id, Run.state.in_(tuple(sorted(LIVE_STATES))))
        return list(self._session.scalars(statement.order_by(Run.id).with_for_update(key_share=True)))

    def remove_ended_before(self, instant: datetime, *, limit: int) -> int:
        """Remove ended runs with attempts and output, oldest first; returns how many."""
        oldest = select(Run.id).where(_ENDED, Run.ended_at < instant).order_by(Run.ended_at).limit(limit)
        return self._remove(oldest)

    def crowded(self, keep: int) -> Sequence[int]:
        """The tasks that have more than `keep` ended runs; walks the whole history."""
        statement = select(Run.task_id).where(_ENDED).group_by(Run.task_id).having(func.count() > keep)
        return self._session.scalars(statement).all()

    def remove_beyond(self, task_id: int, *, keep: int, limit: int) -> int:
        """Remove the oldest ended runs of a task but its newest `keep` (1 or more); returns how many."""
        ended = select(Run.id).where(Run.task_id == task_id, _ENDED)
        border = self._session.scalar(ended.order_by(Run.id.desc()).offset(keep - 1).limit(1))
        return self._remove(ended.where(Run.id < border).order_by(Run.id).limit(limit))

    def output_bytes(self) -> int:
        """How many bytes of output all runs keep; walks the whole history."""
        return int(self._session.scalar(select(func.coalesce(func.sum(Run.output_kept_bytes), 0))) or 0)

    def drop_oldest_output(self, bytes_over: int) -> int:
        """Remove the output of the oldest ended runs until `bytes_over` bytes are gone; the runs stay."""
        statement = (
            select(Run.id, Run.output_kept_bytes)
            .where(_ENDED, Run.output_kept_bytes > 0)
            .order_by(Run.id)
            .limit(1_000)
        )
        gone, ids = 0, []
        for run_id, size in self._session.execute(statement):
            if gone >= bytes_over:
                break
            ids.append(run_id)
            gone += size
        self._session.execute(delete(RunOutput).where(RunOutput.run_id.in_(ids)))
        self._session.execute(update(Run).where(Run.id.in_(ids)).values(output_kept_bytes=0))
        return gone

    def _remove(self, chosen: Any) -> int:
        ids = self._session.scalars(chosen).all()
        if ids:
            self._session.execute(delete(RunOutput).where(RunOutput.run_id.in_(ids)))
            self._session.execute(delete(RunAttempt).where(RunAttempt.run_id.in_(ids)))
            self._session.execute(delete(Run).where(Run.id.in_(ids)))
        return len(ids)
