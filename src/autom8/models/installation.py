"""The installation itself: identity, cache generations, setup link, answers kept for repeated requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant


class Installation(Base):
    """The one row that says which installation this database belongs to."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    keys_check: Mapped[str | None] = mapped_column(Text)  # tells a server that it holds other keys
    setup_token_hash: Mapped[str | None] = mapped_column(Text)
    setup_expires_at: Mapped[datetime | None] = mapped_column(Instant)


class Generation(Base):
    """How often a table was written: what was cached under a lower number is out of date."""

    __tablename__ = "generation"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int] = mapped_column(Id)


class IdempotencyKey(Base):
    """The answer that a POST was given, for when it is repeated. `answer` is None while it is worked on."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(Text, primary_key=True)  # identity, route and the caller's key, hashed
    request_hash: Mapped[str] = mapped_column(Text)
    status: Mapped[int | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    location: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
