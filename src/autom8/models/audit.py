"""The audit trail and its checkpoints: rows that are only ever added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant


class AuditEntry(Base):
    """One entry of the chain. `canonical` was hashed, byte for byte; other columns repeat it for search."""

    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(Id)
    actor_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    canonical: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_object_type_object_id", "object_type", "object_id"),
    )


class AuditCheckpoint(Base):
    """A signed statement of the chain's first `size` entries, as it is also kept elsewhere.

    `frontier` holds the roots of the perfect subtrees that the entries make up, so that the next
    checkpoint needs only the entries after this one.
    """

    __tablename__ = "audit_checkpoint"

    size: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(Text)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
