"""Users, their sessions, and what slows down guessing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant


class User(Base):
    """Somebody who may sign in. `version` rises with every change that ends their tokens."""

    __tablename__ = "user_account"  # `user` is a reserved word in PostgreSQL

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text, unique=True)  # casefolded and NFKC: one Ada, not two
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    disabled: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - no later user gets a removed one's id


class Session(Base):
    """One sign-in. Refresh tokens of a family differ by `generation`; only the newest is good."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(Id, ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)  # token | cookie
    generation: Mapped[int]
    refresh_hash: Mapped[str] = mapped_column(Text)
    rotated_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_session_user_id", "user_id"),)


class LoginThrottle(Base):
    """Failed sign-ins of one account or one address, and when the next try is heard."""

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
