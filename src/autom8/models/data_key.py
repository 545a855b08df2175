"""The keys under which fields are encrypted, each wrapped by a key of the keyring."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant


class DataKey(Base):
    """The key of one owner's fields, such as a contact's. Without its row they can't be read any more.

    A rotation of the keyring wraps it anew and leaves the fields as they are.
    """

    __tablename__ = "data_key"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(Id)
    wrapping_key_id: Mapped[str] = mapped_column(Text)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("purpose", "owner_id"),
        Index("ix_data_key_wrapping_key_id", "wrapping_key_id", "id"),
        {"sqlite_autoincrement": True},  # an id stands in every ciphertext, so none is given twice
    )
