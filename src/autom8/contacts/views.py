"""Contacts and groups as callers see them: plain values that outlive their transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from autom8.contacts.draft import QuietHours
from autom8.kernel.vocabulary import ContactChannel
from autom8.repositories.query import AnyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRef:
    """A group that a contact is in."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """A contact as a caller may see it.

    `masked` where the caller need not see personal data: `email` and `phone` are hints then, and `notes`
    is None. `unreadable` names fields whose stored value was refused: it was altered or its key is gone.
    """

    id: int
    name: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    notes: str | None = field(repr=False)
    tags: Sequence[str]
    groups: Sequence[GroupRef]
    zone: str | None
    language: str | None
    quiet: QuietHours | None
    channels: Sequence[ContactChannel]
    masked: bool
    unreadable: Sequence[str]
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Contacts that may be one person, because their `reason` (`name` or `phone`) is the same."""

    reason: str
    contacts: Sequence[ContactView]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCount:
    """A tag in use, and how many contacts carry it."""

    tag: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group, and how many contacts are in it."""

    id: int
    name: str
    description: str
    members: int
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: AnyRow) -> GroupView:
        """The view of a row."""
        return cls(
            id=row.id,
            name=row.name,
            description=row.description,
            members=row.members,
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """That a contact was erased, and the audit entry that proves it. `audit_hash` is in hex.

    Without an entry's number the erasure was noted from another copy's list.
    """

    contact_id: int
    data_key_id: int | None
    erased_at: datetime
    erased_by: str
    reason: str
    audit_seq: int | None
    audit_hash: str | None

    @classmethod
    def of(cls, row: AnyRow) -> Certificate:
        """The certificate of a row."""
        return cls(
            contact_id=row.contact_id,
            data_key_id=row.data_key_id,
            erased_at=row.erased_at,
            erased_by=row.erased_by,
            reason=row.reason,
            audit_seq=row.audit_seq,
            audit_hash=None if row.audit_hash is None else row.audit_hash.hex(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkFate:
    """What a bulk change did: how many contacts it was asked for, and how many were not so already."""

    matched: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFate:
    """What repeating erasures did.

    `erased` anew; `noted` because this copy did not know of them; `known` already; and those whose id was
    given to somebody else by now, who stays.
    """

    erased: int
    noted: int
    known: int
    given_anew: int
