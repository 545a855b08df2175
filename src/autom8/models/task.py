"""Tasks and their revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json, Key


class Task(Base):
    """What shall be run and when. The whole definition is JSON; what SQL decides on stands in columns.

    `scheduled_through` says how far the slot ledger of this task is complete; a removed task keeps its
    row, because its runs stay in the history.
    """

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    schedule_kind: Mapped[str] = mapped_column(Text)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    revision: Mapped[int]
    enabled: Mapped[bool]
    enabled_at: Mapped[datetime | None] = mapped_column(Instant)  # resumed; null while it never was paused
    paused_reason: Mapped[str | None] = mapped_column(Text)
    concurrency: Mapped[str] = mapped_column(Text)
    concurrency_max: Mapped[int]
    source_key: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    scheduled_through: Mapped[datetime] = mapped_column(Instant)
    next_run: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "uq_task_name",
            "name",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "uq_task_source_key",
            "source_key",
            unique=True,
            sqlite_where=text("removed_at IS NULL AND source_key IS NOT NULL"),
            postgresql_where=text("removed_at IS NULL AND source_key IS NOT NULL"),
        ),
        Index(
            "ix_task_due",
            "next_run",
            sqlite_where=text("next_run IS NOT NULL"),
            postgresql_where=text("next_run IS NOT NULL"),
        ),
    )


class TaskRevision(Base):
    """The definition of a task as it was: a run names the revision that it used."""

    __tablename__ = "task_revision"

    task_id: Mapped[int] = mapped_column(Id, ForeignKey("task.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Instant)


class TaskTag(Base):
    """A tag of a task, as its definition has it: by it tasks are found, and rules are said for several."""

    __tablename__ = "task_tag"

    tag: Mapped[str] = mapped_column(Key, primary_key=True)
    task_id: Mapped[int] = mapped_column(Id, ForeignKey("task.id"), primary_key=True)

    __table_args__ = (Index("ix_task_tag_task_id", "task_id"),)


class TaskBoot(Base):
    """A boot for which a task's slot was made; a boot is known by its id, since its instant drifts."""

    __tablename__ = "task_boot"

    task_id: Mapped[int] = mapped_column(Id, ForeignKey("task.id"), primary_key=True)
    boot_id: Mapped[str] = mapped_column(Text, primary_key=True)


class TaskStatus(Base):
    """How a task's latest run went; apart from `task`, so that the end of a run never waits for firing."""

    __tablename__ = "task_status"

    task_id: Mapped[int] = mapped_column(Id, ForeignKey("task.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(Id)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    succeeded_at: Mapped[datetime | None] = mapped_column(Instant)  # the latest success ever
