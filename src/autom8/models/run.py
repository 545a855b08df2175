"""Runs, their attempts, their output, and the workers that run them: the slot ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json

_QUEUED = text("state = 'queued'")
_LIVE = text("state IN ('claimed', 'running')")
_ENDED = text("ended_at IS NOT NULL")
_RETRYING = text("state = 'queued' AND attempt > 0")


class Run(Base):
    """One expected or asked-for execution of a task; a row of the slot ledger when `slot_at` is set.

    `slot_count` slots from `slot_at` to `slot_through` stand in one row when they share a fate. `target`
    is empty unless a task runs once on each of several hosts. `lease_token` is the fence: every write by a
    worker names it, and it stays after the end so that a repeated finish is known.
    """

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    task_id: Mapped[int] = mapped_column(Id, ForeignKey("task.id"))
    task_name: Mapped[str] = mapped_column(Text)
    task_revision: Mapped[int]
    target: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text)
    priority: Mapped[int]
    trigger: Mapped[str] = mapped_column(Text)
    parent_run_id: Mapped[int | None] = mapped_column(Id)
    requested_by: Mapped[str | None] = mapped_column(Text)
    parameters: Mapped[dict[str, Any] | None] = mapped_column(Json)
    slot_at: Mapped[datetime | None] = mapped_column(Instant)
    slot_through: Mapped[datetime | None] = mapped_column(Instant)
    slot_count: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    delivery: Mapped[str] = mapped_column(Text)
    attempt: Mapped[int]
    attempts_max: Mapped[int]
    not_before: Mapped[datetime | None] = mapped_column(Instant)
    worker_id: Mapped[int | None] = mapped_column(Id, ForeignKey("worker.id"))
    lease_token: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(Instant)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    queued_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    exit_code: Mapped[int | None]
    signal: Mapped[int | None]
    cpu_s: Mapped[float | None]
    memory_bytes_max: Mapped[int | None] = mapped_column(Id)
    output_bytes: Mapped[int] = mapped_column(Id)
    output_kept_bytes: Mapped[int] = mapped_column(Id)

    __table_args__ = (
        UniqueConstraint("task_id", "slot_at", "target"),
        Index("ix_run_ready", text("priority DESC"), "id", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
        Index("ix_run_live", "task_id", sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_run_retrying", "task_id", sqlite_where=_RETRYING, postgresql_where=_RETRYING),
        Index("ix_run_task_id_id", "task_id", "id"),
        Index("ix_run_ended_at", "ended_at"),
        Index(
            "ix_run_ended_as",
            "task_id",
            "state",
            "ended_at",
            sqlite_where=_ENDED,
            postgresql_where=_ENDED,
        ),
        {"sqlite_autoincrement": True},  # a number is never given twice, whatever retention removes
    )


class RunAttempt(Base):
    """One start of a run's command, with the process that it became."""

    __tablename__ = "run_attempt"

    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[int] = mapped_column(Id, ForeignKey("worker.id"))
    incarnation: Mapped[str] = mapped_column(Text)
    lease_token: Mapped[str] = mapped_column(Text)
    pid: Mapped[int | None]
    process_started_ticks: Mapped[int | None] = mapped_column(Id)
    boot_id: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    exit_code: Mapped[int | None]
    signal: Mapped[int | None]
    cpu_s: Mapped[float | None]
    memory_bytes_max: Mapped[int | None] = mapped_column(Id)
    output_bytes: Mapped[int] = mapped_column(Id)

    __table_args__ = (
        Index(
            "ix_run_attempt_worker_id",
            "worker_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class RunOutput(Base):
    """A piece of what an attempt wrote; `seq` orders the pieces of one attempt."""

    __tablename__ = "run_output"

    run_id: Mapped[int] = mapped_column(Id, ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    tail: Mapped[bool]
    dropped_before: Mapped[int] = mapped_column(Id)
    chunk: Mapped[bytes] = mapped_column(LargeBinary)


class Worker(Base):
    """A place that runs commands. `key` stays over restarts; `incarnation` is new at each start."""

    __tablename__ = "worker"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    incarnation: Mapped[str] = mapped_column(Text)
    boot_id: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
