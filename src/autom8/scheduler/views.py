"""Tasks and runs as callers see them: plain values that outlive their transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from autom8.scheduler.definition import TaskDefinition, from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """How the latest run of a task went."""

    id: int
    state: str
    reason: str | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentRun:
    """A run in the bar of a task's last runs."""

    id: int
    state: str
    reason: str | None
    slot_at: datetime | None
    slot_count: int
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task: its definition, where it stands, and how it went. `recent` is None unless asked for."""

    id: int
    definition: TaskDefinition
    revision: int
    enabled: bool
    paused_reason: str | None
    created_at: datetime
    updated_at: datetime
    next_run: datetime | None
    last_run: LastRun | None
    recent: Sequence[RecentRun] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One start of a run's command."""

    attempt: int
    worker: str | None
    state: str
    reason: str | None
    detail: str | None
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    signal: int | None
    cpu_s: float | None
    memory_bytes_max: int | None
    output_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run, or a range of slots that share a fate. `lateness_s` is from its slot to its first start."""

    id: int
    task_id: int
    task: str
    kind: str
    trigger: str
    state: str
    reason: str | None
    detail: str | None
    slot_at: datetime | None
    slot_through: datetime | None
    slot_count: int
    attempt: int
    attempts_max: int
    worker: str | None
    queued_at: datetime
    not_before: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    lateness_s: float | None
    exit_code: int | None
    signal: int | None
    cpu_s: float | None
    memory_bytes_max: int | None
    output_bytes: int
    output_kept_bytes: int
    cancel_requested_at: datetime | None
    parent_run_id: int | None
    parameters: Mapping[str, str]
    task_revision: int
    delivery: str
    queue: str
    priority: int
    target: str
    requested_by: str | None
    attempts: Sequence[AttemptView] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputView:
    """A piece of output as text; invalid bytes stand as replacement characters."""

    attempt: int
    stream: str
    at: datetime
    text: str
    dropped_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPage:
    """Output from a cursor on. `next` is where to ask again; `complete` says that nothing more will come."""

    items: Sequence[OutputView]
    next: str
    complete: bool


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds from `start` to `end`, where both are known."""
    return None if start is None or end is None else (end - start).total_seconds()


def task_view(row: Any, recent: Sequence[RecentRun] | None = None) -> TaskView:
    """A task from its row."""
    last = None
    if row.last_run_id is not None:
        last = LastRun(
            id=row.last_run_id,
            state=row.last_state,
            reason=row.last_reason,
            started_at=row.last_started_at,
            ended_at=row.last_ended_at,
        )
    return TaskView(
        id=row.id,
        definition=from_json(row.definition),
        revision=row.revision,
        enabled=row.enabled,
        paused_reason=row.paused_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
        next_run=row.next_run,
        last_run=last,
        recent=recent,
    )


def recent_run(row: Any) -> RecentRun:
    """A run of a task's bar from its row."""
    return RecentRun(
        id=row.id,
        state=row.state,
        reason=row.reason,
        slot_at=row.slot_at,
        slot_count=row.slot_count,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_s=seconds_between(row.started_at, row.ended_at),
    )


_ATTEMPT_AS_STORED: Final = tuple(each.name for each in fields(AttemptView))
_RUN_AS_STORED: Final = tuple(
    each.name
    for each in fields(RunView)
    if each.name not in {"task", "parameters", "duration_s", "lateness_s", "attempts"}
)


def run_view(row: Any, attempts: Sequence[Any] | None = None) -> RunView:
    """A run from its row, with its attempts where they are given."""
    return RunView(
        **{name: getattr(row, name) for name in _RUN_AS_STORED},
        task=row.task_name,
        parameters=row.parameters or {},
        duration_s=seconds_between(row.started_at, row.ended_at),
        lateness_s=seconds_between(row.slot_at, row.started_at),
        attempts=None if attempts is None else [attempt_view(each) for each in attempts],
    )


def attempt_view(row: Any) -> AttemptView:
    """An attempt from its row."""
    return AttemptView(**{name: getattr(row, name) for name in _ATTEMPT_AS_STORED})
