"""Checks: jobs that run elsewhere and say so by pings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json, Key


class PingCheck(Base):
    """A job that is expected to ping. `key_digest` finds it by the key of its URL; `key_encrypted` shows that
    URL again. `schedule` is `{period_s}` or `{cron, zone}`.

    `started_at` is of a run that goes on. The next ping is due at `expected_at`, which is reckoned from
    `counts_from`: the last ping that ended a run, or when the check began to be watched. It is late `grace_s`
    after that. `last_end` and `fails` (in a row) are of such pings alone, since the check is watched.
    """

    __tablename__ = "ping_check"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    description: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[Any]] = mapped_column(Json)
    key_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    key_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    schedule: Mapped[dict[str, Any]] = mapped_column(Json)
    grace_s: Mapped[int]
    enabled: Mapped[bool]
    enabled_at: Mapped[datetime] = mapped_column(Instant)
    last_ping_id: Mapped[int | None] = mapped_column(Id)
    last_ping_at: Mapped[datetime | None] = mapped_column(Instant)
    last_end: Mapped[str | None] = mapped_column(Text)
    fails: Mapped[int] = mapped_column(Id)
    last_run: Mapped[str | None] = mapped_column(Text)  # the run id that its start gave
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    duration_us: Mapped[int | None] = mapped_column(Id)  # of the latest run that said its start
    counts_from: Mapped[datetime] = mapped_column(Instant)
    expected_at: Mapped[datetime] = mapped_column(Instant)
    pings: Mapped[int] = mapped_column(Id)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declared so by SQLAlchemy


class Ping(Base):
    """A ping as it came. `seen`: a look has judged it. `body` is cut, `body_bytes` its whole size.

    `late` and `fails`, how many in a row, are of pings that end a run.
    """

    __tablename__ = "ping"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    check_id: Mapped[int] = mapped_column(Id, ForeignKey("ping_check.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(Text)
    exit_code: Mapped[int | None]
    run: Mapped[str | None] = mapped_column(Text)
    duration_us: Mapped[int | None] = mapped_column(Id)
    late: Mapped[bool]
    fails: Mapped[int] = mapped_column(Id)
    method: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_bytes: Mapped[int] = mapped_column(Id)
    seen: Mapped[bool]

    __table_args__ = (
        Index("ix_ping_check_id", "check_id", "id"),
        {"sqlite_autoincrement": True},
    )
