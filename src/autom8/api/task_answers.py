"""Tasks as they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from autom8.api.shapes import Items, Out
from autom8.kernel.vocabulary import CatchUp, Concurrency, Delivery, Gap, Overlap, RunKind, RunState
from autom8.scheduler.definition import to_json
from autom8.scheduler.views import RecentRun, TaskView


class ScheduleOut(Out):
    """When a task runs; which fields are there depends on `kind`."""

    kind: Literal["cron", "interval", "once", "boot", "manual"]
    cron: str | None = None
    every_s: float | None = None
    anchor_at: datetime | None = None
    at: datetime | None = None


class LastRunOut(Out):
    """How the latest run went."""

    id: int
    state: RunState
    reason: str | None
    started_at: datetime | None
    ended_at: datetime | None


class RecentRunOut(LastRunOut):
    """One of a task's last runs; a row may stand for a range of slots."""

    slot_at: datetime | None
    slot_count: int
    duration_s: float | None


class SourceOut(Out):
    """Where an imported task comes from."""

    path: str
    user: str
    line: str
    ordinal: int
    text: str


class TaskOut(Out):
    """A task: its definition, where it stands, and how it went."""

    id: int
    name: str
    description: str
    kind: RunKind
    state: Literal["active", "paused"]
    enabled: bool
    paused_reason: str | None
    revision: int
    created_at: datetime
    updated_at: datetime
    schedule: ScheduleOut
    zone: str
    gap: Gap
    overlap: Overlap
    catch_up: CatchUp
    lateness_max_s: float
    command: list[str]
    shell: str | None
    cwd: str | None
    env: dict[str, str]
    stdin: str | None
    user: str | None
    timeout_s: float
    grace_s: float
    delivery: Delivery
    concurrency: Concurrency
    concurrency_max: int
    retries_max: int
    retry_first_s: float
    retry_longest_s: float
    retry_jitter: float
    queue: str
    priority: int
    output_bytes_max: int
    source: SourceOut | None
    notes: list[str]
    tags: list[str]
    next_run: datetime | None
    last_run: LastRunOut | None
    recent: list[RecentRunOut] | None = None


class TasksOut(Items):
    """A page of tasks."""

    items: list[TaskOut]


class ImportFateOut(Out):
    """What becomes of one task of an import."""

    name: str
    fate: Literal["create", "unchanged", "conflict"]
    task_id: int | None
    detail: str | None


class ImportOut(Items):
    """What becomes of each task of an import, in its order."""

    items: list[ImportFateOut]


def task_json(task: TaskView) -> dict[str, Any]:
    """A task as it is answered."""
    last = task.last_run
    data: dict[str, Any] = {
        "id": task.id,
        **to_json(task.definition),
        "state": "active" if task.enabled else "paused",
        "enabled": task.enabled,
        "paused_reason": task.paused_reason,
        "revision": task.revision,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "next_run": task.next_run,
        "last_run": last
        and {
            "id": last.id,
            "state": last.state,
            "reason": last.reason,
            "started_at": last.started_at,
            "ended_at": last.ended_at,
        },
    }
    if task.recent is not None:
        data["recent"] = [_recent_json(run) for run in task.recent]
    return data


def _recent_json(run: RecentRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": run.state,
        "reason": run.reason,
        "slot_at": run.slot_at,
        "slot_count": run.slot_count,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "duration_s": run.duration_s,
    }
