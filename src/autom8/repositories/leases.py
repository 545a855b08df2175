"""Claim, start, heartbeat and end of runs: every write of a worker names its fence (`lease_token`).

Locks are taken in one order, task before run, so that claims, firing and edits can't wait for each
other in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import LIVE_STATES, Concurrency, Reason, RunState
from autom8.models import Run, RunAttempt, Task, TaskStatus, Worker, table_of
from autom8.repositories.query import AnyRow

# States stand as literals in SQL: only then does a database see that its partial indexes hold all it needs.
_RUN: Final = table_of(Run)
_ATTEMPT: Final = table_of(RunAttempt)
_STATUS: Final = table_of(TaskStatus)
_OTHER: Final = _RUN.alias("other")


def _in_state(state: SQLColumnExpression[Any], *states: RunState) -> ColumnElement[bool]:
    return state.in_([literal(each.value, literal_execute=True) for each in states])


def _live(state: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    return _in_state(state, *sorted(LIVE_STATES))


def _queued(state: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    return state == literal(RunState.QUEUED.value, literal_execute=True)


def _retrying(run: Any) -> ColumnElement[bool]:
    return and_(_queued(run.state), run.attempt > literal(0, literal_execute=True))


_LIVE_OF_TASK: Final = (
    select(func.count()).where(_OTHER.c.task_id == Run.task_id, _live(_OTHER.c.state)).scalar_subquery()
)
_UNASKED_OF_TASK: Final = exists().where(
    _OTHER.c.task_id == Run.task_id, _live(_OTHER.c.state), _OTHER.c.cancel_requested_at.is_(None)
)
_RETRY_BEFORE_IT: Final = exists().where(
    _OTHER.c.task_id == Run.task_id,
    _retrying(_OTHER.c),
    or_(Run.attempt == 0, _OTHER.c.id < Run.id),
    _OTHER.c.id != Run.id,
)
# What would only wait is left out here, or it would fill the window and starve other tasks: of each task
# that is left in, at least one run can be claimed, skipped, or have another one cancelled for it.
_MAY_GO: Final = case(
    (Task.concurrency == Concurrency.FORBID, true()),
    (
        Task.concurrency == Concurrency.ALLOW,
        or_(Task.concurrency_max == 0, Task.concurrency_max > _LIVE_OF_TASK),
    ),
    (Task.concurrency == Concurrency.QUEUE, and_(_LIVE_OF_TASK == 0, ~_RETRY_BEFORE_IT)),
    else_=or_(_LIVE_OF_TASK == 0, _UNASKED_OF_TASK),
)
_READY: Final[Select[*tuple[Any, ...]]] = (
    select(Run.id, Run.task_id, Run.attempt, Task.concurrency, Task.concurrency_max)
    .join(Task, Task.id == Run.task_id)
    .where(
        _queued(Run.state),
        or_(Run.not_before.is_(None), Run.not_before <= bindparam("now")),
        Run.queue.in_(bindparam("queues", expanding=True)),
        _MAY_GO,
    )
    .order_by(Run.priority.desc(), Run.id)
    .limit(bindparam("limit"))
)
_LOCK_TASKS: Final = (
    select(Task.id)
    .where(Task.id.in_(bindparam("ids", expanding=True)))
    .order_by(Task.id)
    .with_for_update(skip_locked=True, key_share=True)
)
_LOCK_RUNS: Final = (
    select(Run.id)
    .where(
        Run.id.in_(bindparam("ids", expanding=True)),
        _queued(Run.state),
        or_(Run.not_before.is_(None), Run.not_before <= bindparam("now")),  # it may have failed since
    )
    .order_by(Run.id)
    .with_for_update(skip_locked=True)
)
_LIVE_RUNS: Final = select(Run.id, Run.task_id, Run.state).where(
    Run.task_id.in_(bindparam("task_ids", expanding=True)), _live(Run.state)
)
_RETRYING_RUNS: Final = select(Run.id, Run.task_id, Run.state).where(
    Run.task_id.in_(bindparam("task_ids", expanding=True)), _retrying(Run)
)
_IN_PROGRESS: Final = union_all(_LIVE_RUNS, _RETRYING_RUNS)  # one index each; OR would walk a task's history
_CLAIMED: Final = tuple(
    _RUN.c[name]
    for name in ("id", "task_id", "task_name", "task_revision", "attempt", "slot_at", "parameters")
)
_CLAIM: Final = (
    update(_RUN)
    .where(
        _RUN.c.id.in_(bindparam("ids", expanding=True)),
        or_(
            _queued(_RUN.c.state),
            and_(_in_state(_RUN.c.state, RunState.CLAIMED), _RUN.c.lease_token == bindparam("token")),
        ),
    )
    .values(
        state=RunState.CLAIMED,
        reason=None,
        worker_id=bindparam("worker"),
        lease_token=bindparam("token"),
        lease_until=bindparam("until"),
        not_before=None,
    )
    .returning(*_CLAIMED)
)
_HELD_UNDER: Final[Select[*tuple[Any, ...]]] = select(*_CLAIMED).where(
    _RUN.c.lease_token == bindparam("token"), _live(_RUN.c.state), _RUN.c.state == RunState.CLAIMED
)
_MINE: Final = and_(
    _RUN.c.id == bindparam("run"),
    _RUN.c.lease_token == bindparam("token"),
    _live(_RUN.c.state),
)
_START: Final = (
    update(_RUN)
    .where(_MINE, _RUN.c.cancel_requested_at.is_(None))
    .values(
        state=RunState.RUNNING,
        attempt=bindparam("number"),
        started_at=func.coalesce(_RUN.c.started_at, bindparam("at", type_=_RUN.c.started_at.type)),
    )
)
_TO_RENEW: Final = (
    select(_OTHER.c.id)
    .where(
        _OTHER.c.id.in_(bindparam("ids", expanding=True)),
        _OTHER.c.lease_token.in_(bindparam("tokens", expanding=True)),
        _live(_OTHER.c.state),
    )
    .order_by(_OTHER.c.task_id, _OTHER.c.id)  # as ends are written: or the two could wait for each other
    .with_for_update(key_share=True)
)
_HEARTBEAT: Final = (
    update(_RUN)
    .where(_RUN.c.id.in_(_TO_RENEW))
    .values(lease_until=bindparam("until"))
    .returning(_RUN.c.id, _RUN.c.cancel_requested_at, _RUN.c.cancel_reason)
)
_STILL_HELD: Final = (
    select(Run.id)
    .where(
        Run.id.in_(bindparam("ids", expanding=True)),
        Run.lease_token.in_(bindparam("tokens", expanding=True)),
        _live(Run.state),
    )
    .with_for_update(read=True, key_share=True)
)
_CANCELLED: Final = select(Run.id, Run.cancel_reason).where(
    _live(Run.state), Run.worker_id == bindparam("worker"), Run.cancel_requested_at.is_not(None)
)
_MY_ATTEMPT: Final = and_(
    _ATTEMPT.c.run_id == bindparam("run"),
    _ATTEMPT.c.attempt == bindparam("number"),
    _ATTEMPT.c.lease_token == bindparam("token"),
)
_SUMS: Final = frozenset({"output_bytes", "output_kept_bytes"})  # over all attempts of a run


@cache  # made afresh for each run, these two took a third of writing its end
def _finish(names: frozenset[str]) -> Any:
    """Writes these columns of a held run, each from the parameter `new_<name>`."""
    new: dict[str, Any] = {name: _new(_RUN.c[name]) for name in names}
    new |= {name: _RUN.c[name] + new[name] for name in names & _SUMS}
    statement = update(_RUN).where(_MINE).values(new)
    return statement.returning(_RUN.c.task_id, _RUN.c.slot_at, _RUN.c.started_at)


@cache
def _finish_attempt(names: frozenset[str]) -> Any:
    """Writes these columns of an attempt, each from the parameter `new_<name>`."""
    return update(_ATTEMPT).where(_MY_ATTEMPT).values({name: _new(_ATTEMPT.c[name]) for name in names})


def _new(column: Any) -> Any:
    return bindparam(f"new_{column.name}", type_=column.type)


def _as_new(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}


def _upsert_status(dialect: str) -> Any:
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(_STATUS)
    new = statement.excluded
    newer = _STATUS.c.run_id <= new.run_id
    names = ("run_id", "state", "reason", "started_at", "ended_at")
    changed: dict[str, Any] = {name: case((newer, new[name]), else_=_STATUS.c[name]) for name in names}
    changed["succeeded_at"] = func.coalesce(new.succeeded_at, _STATUS.c.succeeded_at)
    return statement.on_conflict_do_update(
        index_elements=["task_id"], set_=changed, where=or_(newer, new.succeeded_at.is_not(None))
    )


_NOTE_STATUS: Final = {dialect: _upsert_status(dialect) for dialect in ("sqlite", "postgresql")}


class LeaseRepository:
    """All SQL by which workers hold runs, and by which the reconciler takes them away."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def _writes_alone(self) -> bool:
        """Whether nobody else can write before this transaction ends: then there is nothing to lock."""
        return self._session.get_bind().dialect.name == "sqlite"

    def ready(self, now: datetime, *, queues: Collection[str], limit: int) -> Sequence[AnyRow]:
        """Runs to decide on now, most urgent first: id, task_id, attempt, concurrency, concurrency_max."""
        bound = {"now": now, "queues": list(queues), "limit": limit}
        return self._session.connection().execute(_READY, bound).all()

    def lock_tasks(self, ids: Collection[int]) -> set[int]:
        """Lock these tasks before their runs are counted; those that somebody else holds are left out."""
        if self._writes_alone:
            return set(ids)
        return set(self._session.connection().execute(_LOCK_TASKS, {"ids": sorted(ids)}).scalars())

    def lock_runs(self, ids: Collection[int], *, now: datetime) -> set[int]:
        """Lock those of these runs that are still ready, as this transaction has seen them."""
        if self._writes_alone:
            return set(ids)
        return set(self._session.connection().execute(_LOCK_RUNS, {"ids": sorted(ids), "now": now}).scalars())

    def in_progress(self, task_ids: Collection[int]) -> Sequence[AnyRow]:
        """Runs of these tasks that hold a lease or wait for their retry: id, task_id, state."""
        return self._session.connection().execute(_IN_PROGRESS, {"task_ids": sorted(task_ids)}).all()

    def claim(self, ids: Collection[int], *, worker_id: int, token: str, until: datetime) -> Sequence[AnyRow]:
        """Give queued runs to a worker; repeating it with the same token changes nothing."""
        bound = {"ids": sorted(ids), "worker": worker_id, "token": token, "until": until}
        return self._session.connection().execute(_CLAIM, bound).all()

    def held_under(self, token: str) -> Sequence[AnyRow]:
        """The runs that were claimed under this token: what a claim of unknown outcome has done."""
        return self._session.connection().execute(_HELD_UNDER, {"token": token}).all()

    def skip(self, ids: Collection[int], *, reason: str, at: datetime) -> list[tuple[int, int]]:
        """End queued runs as skipped; one that has begun before and waits for its retry is cancelled.

        Returns (task, run) of those that this ended.
        """
        return self._skip(_RUN.c.id.in_(sorted(ids)), reason=reason, at=at) if ids else []

    def skip_all(self, task_id: int, *, reason: str, at: datetime) -> None:
        """End all queued runs of a locked task, however many, as `skip` does."""
        self._skip(_RUN.c.task_id == task_id, reason=reason, at=at)

    def ask_cancel(self, ids: Collection[int], *, reason: str, at: datetime) -> None:
        """Ask the workers that hold these runs to end them."""
        wanted = and_(_RUN.c.id.in_(sorted(ids)), _live(_RUN.c.state), _RUN.c.cancel_requested_at.is_(None))
        self._session.connection().execute(
            update(_RUN).where(wanted).values(cancel_requested_at=at, cancel_reason=reason)
        )

    def start(self, *, run_id: int, token: str, attempt: Mapping[str, Any]) -> bool:
        """Say that the command of a claimed run begins; False when the fence is stale or it was cancelled.

        Repeating it with the same token and attempt changes nothing.
        """
        connection = self._session.connection()
        bound = {"run": run_id, "token": token, "number": attempt["attempt"], "at": attempt["started_at"]}
        if connection.execute(_START, bound).rowcount != 1:
            return False
        make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(
            make(_ATTEMPT).on_conflict_do_nothing(), {**attempt, "run_id": run_id, "lease_token": token}
        )
        return True

    def heartbeat(self, held: Mapping[int, str], *, until: datetime) -> dict[int, str | None]:
        """Renew leases (run id → token); returns those still held, with the reason of a wanted cancel."""
        if not held:
            return {}
        bound = {"ids": sorted(held), "tokens": sorted(set(held.values())), "until": until}
        rows = self._session.connection().execute(_HEARTBEAT, bound)
        return {run_id: reason if asked else None for run_id, asked, reason in rows}

    def cancelled(self, worker_id: int) -> dict[int, str | None]:
        """Runs of a worker that somebody wants to end, with the reason."""
        rows = self._session.connection().execute(_CANCELLED, {"worker": worker_id})
        return {run_id: reason for run_id, reason in rows}  # noqa: C416 - a Row is no pair to the type checker

    def cancel_reason(self, run_id: int) -> str | None:
        """Why somebody wants this run to end, if somebody does."""
        return self._session.connection().execute(select(Run.cancel_reason).where(Run.id == run_id)).scalar()

    def still_held(self, held: Mapping[int, str]) -> set[int]:
        """Which of these runs (run id → token) are still held; none of them can be removed until the end."""
        bound = {"ids": sorted(held), "tokens": sorted(set(held.values()))}
        return set(self._session.connection().execute(_STILL_HELD, bound).scalars())

    def finish(self, *, run_id: int, token: str, values: Mapping[str, Any]) -> AnyRow | None:
        """Write a held run's next state; None when the fence is stale. Gives task_id, slot_at, started_at.

        The bytes of its output are added to those of earlier attempts.
        """
        bound = {"run": run_id, "token": token, **_as_new(values)}
        return self._session.connection().execute(_finish(frozenset(values)), bound).first()

    def finish_attempt(self, *, run_id: int, attempt: int, token: str, values: Mapping[str, Any]) -> None:
        """Write how an attempt ended."""
        bound = {"run": run_id, "number": attempt, "token": token, **_as_new(values)}
        self._session.connection().execute(_finish_attempt(frozenset(values)), bound)

    def note_status(self, values: Mapping[str, Any]) -> None:
        """Keep how the latest run of a task went; an older one covers it not, but its success counts."""
        connection = self._session.connection()
        well = values["ended_at"] if values["state"] == RunState.SUCCEEDED else None
        connection.execute(_NOTE_STATUS[connection.dialect.name], {**values, "succeeded_at": well})

    def ended_by(self, run_id: int, token: str) -> bool:
        """Whether this run has already been ended under this fence: a repeated finish."""
        row = self._session.get(Run, run_id)
        return row is not None and row.lease_token == token and RunState(row.state).final

    def live(self) -> Sequence[AnyRow]:
        """All runs that a worker holds: id, worker_id, lease_token, lease_until."""
        statement = select(Run.id, Run.worker_id, Run.lease_token, Run.lease_until).where(_live(Run.state))
        return self._session.connection().execute(statement).all()

    def take_over(self, run_id: int, *, token: str, lease_until: datetime) -> Run | None:
        """Lock a run whose lease has not moved since it was seen; None when it has."""
        statement = (
            select(Run)
            .where(
                Run.id == run_id,
                Run.lease_token == token,
                Run.lease_until == lease_until,
                _live(Run.state),
            )
            .with_for_update()
        )
        return self._session.scalars(statement).first()

    def held_by(self, worker_id: int) -> Sequence[Run]:
        """The runs that a worker holds, locked."""
        statement = select(Run).where(Run.worker_id == worker_id, _live(Run.state)).order_by(Run.id)
        return self._session.scalars(statement.with_for_update()).all()

    def left_behind(self, worker_id: int, incarnation: str) -> Sequence[RunAttempt]:
        """Attempts of a worker that have not ended, or were given up by others in its last incarnation."""
        given_up = and_(RunAttempt.incarnation == incarnation, RunAttempt.reason == Reason.WORKER_GONE)
        statement = select(RunAttempt).where(
            RunAttempt.worker_id == worker_id, or_(RunAttempt.ended_at.is_(None), given_up)
        )
        return self._session.scalars(statement).all()

    def find_worker(self, key: str) -> Worker | None:
        """The worker of this key, locked, if it was ever here."""
        return self._session.scalars(select(Worker).where(Worker.key == key).with_for_update()).first()

    def add_worker(self, worker: Worker) -> Worker:
        """Add a worker; its id is set."""
        self._session.add(worker)
        self._session.flush()
        return worker

    def _skip(self, chosen: ColumnElement[bool], *, reason: str, at: datetime) -> list[tuple[int, int]]:
        state = case((_RUN.c.attempt > 0, RunState.CANCELLED), else_=RunState.SKIPPED)
        statement = update(_RUN).where(chosen, _RUN.c.state == RunState.QUEUED)
        ended = statement.values(state=state, reason=reason, ended_at=at)
        rows = self._session.connection().execute(ended.returning(_RUN.c.task_id, _RUN.c.id))
        return [(row.task_id, row.id) for row in rows]
