"""Contacts: whom Autom8 tells. Phone, email and notes are encrypted under the contact's own key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from autom8.models.base import Base, Id, Instant, Json, Key


class Contact(Base):
    """Somebody to tell. Equal emails have equal `email_index`, which is how one is found and kept unique.

    `quiet_from` and `quiet_until` are minutes after midnight in `zone`, on the weekdays of `quiet_days`
    (a bit each, Monday lowest); from after until goes past midnight.
    """

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Key)
    phone_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    notes_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    zone: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    quiet_days: Mapped[int | None]
    channels: Mapped[list[Any]] = mapped_column(Json)  # the preferred first
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_contact_name_key", "name_key", "id"),
        Index("ix_contact_phone_index", "phone_index"),
        Index("ix_contact_created_at", "created_at", "id"),
        {"sqlite_autoincrement": True},  # an erased contact's id stands in its certificate for ever
    )


class ContactWord(Base):
    """A word of a contact's name, folded, by which it is found."""

    __tablename__ = "contact_word"

    word: Mapped[str] = mapped_column(Key, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        Id, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True
    )

    __table_args__ = (Index("ix_contact_word_contact_id", "contact_id"),)


class ContactTag(Base):
    """A tag of a contact."""

    __tablename__ = "contact_tag"

    tag: Mapped[str] = mapped_column(Key, primary_key=True)
    contact_id: Mapped[int] = mapped_column(
        Id, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True
    )

    __table_args__ = (Index("ix_contact_tag_contact_id", "contact_id"),)


class ContactGroup(Base):
    """A named group of contacts, such as a team."""

    __tablename__ = "contact_group"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Key, unique=True)
    description: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - declared so by SQLAlchemy


class ContactMember(Base):
    """That a contact is in a group."""

    __tablename__ = "contact_member"

    group_id: Mapped[int] = mapped_column(
        Id, ForeignKey("contact_group.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[int] = mapped_column(
        Id, ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True
    )

    __table_args__ = (Index("ix_contact_member_contact_id", "contact_id"),)


class ContactErasure(Base):
    """That a contact was erased: what a restore must do again, and the certificate's place in the trail."""

    __tablename__ = "contact_erasure"

    contact_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    data_key_id: Mapped[int | None] = mapped_column(Id)
    erased_at: Mapped[datetime] = mapped_column(Instant)
    erased_by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    audit_seq: Mapped[int | None] = mapped_column(Id)
    audit_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
