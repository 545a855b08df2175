"""Who is told and when: escalation policies, on-call schedules and their overrides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json, Key

_DEFAULT = text("is_default")


class EscalationPolicy(Base):
    """Steps of telling people. `steps` are `{targets: ["contact:5", "group:2", "schedule:1", "channel:3"],
    after_s}`; `repeats` null repeats until somebody acts. One may be the default, for rules that name none.
    """

    __tablename__ = "escalation_policy"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    description: Mapped[str] = mapped_column(Text)
    steps: Mapped[list[Any]] = mapped_column(Json)
    repeats: Mapped[int | None]
    repeated_after_s: Mapped[int]
    is_default: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "uq_escalation_policy_default",
            "is_default",
            unique=True,
            sqlite_where=_DEFAULT,
            postgresql_where=_DEFAULT,
        ),
        {"sqlite_autoincrement": True},
    )


class OnCallSchedule(Base):
    """Rotations whose people are on call together. `rotations` are `{name, participants, turn_s, start, zone,
    only}`; `start` is a naive wall-clock time of `zone`.
    """

    __tablename__ = "on_call_schedule"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    description: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)  # in which its calendar is shown
    rotations: Mapped[list[Any]] = mapped_column(Json)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declared so by SQLAlchemy


class OnCallOverride(Base):
    """From `starts_at` until `ends_at`, contact `removed` is not on call and `added` is; one may be null."""

    __tablename__ = "on_call_override"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(Id, ForeignKey("on_call_schedule.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    added: Mapped[int | None] = mapped_column(Id)
    removed: Mapped[int | None] = mapped_column(Id)
    comment: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_on_call_override_schedule_id", "schedule_id", "ends_at"),
        {"sqlite_autoincrement": True},
    )
