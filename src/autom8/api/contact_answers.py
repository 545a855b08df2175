"""Contacts as they are answered: shapes for the description, and JSON from views."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from autom8.api.shapes import Items, Out
from autom8.contacts.views import ContactView
from autom8.kernel.vocabulary import ContactChannel, Weekday


class QuietOut(Out):
    """When a contact is not to be told."""

    from_: Annotated[str, Field(alias="from")]
    until: str
    days: list[Weekday]


class GroupRefOut(Out):
    """A group that a contact is in."""

    id: int
    name: str


class ContactOut(Out):
    """A contact. `masked`: email and phone are hints and notes are left out, for who need not see them.

    `unreadable` names what is stored and could not be decrypted.
    """

    id: int
    name: str
    email: str | None
    phone: str | None
    notes: str | None
    tags: list[str]
    groups: list[GroupRefOut]
    zone: str | None
    language: str | None
    quiet: QuietOut | None
    channels: list[ContactChannel]
    masked: bool
    unreadable: list[str]
    version: int
    created_at: datetime
    updated_at: datetime


class ContactsOut(Items):
    """A page of contacts."""

    items: list[ContactOut]


class TagOut(Out):
    """A tag in use."""

    tag: str
    count: int


class TagsOut(Out):
    """The tags in use."""

    items: list[TagOut]


class AlikeOut(Out):
    """Contacts that may be one person: their `reason` is the same. Ten of them at most."""

    reason: Annotated[str, Field(examples=["phone", "name"])]
    contacts: list[ContactOut]


class DuplicatesOut(Items):
    """A page of sets of duplicates."""

    items: list[AlikeOut]


class BulkOut(Out):
    """How many contacts were meant, and how many of them were not so already."""

    matched: int
    changed: int


def contact_json(contact: ContactView) -> dict[str, Any]:
    """A contact as it is answered."""
    return {
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "notes": contact.notes,
        "tags": list(contact.tags),
        "groups": [{"id": group.id, "name": group.name} for group in contact.groups],
        "zone": contact.zone,
        "language": contact.language,
        "quiet": None if contact.quiet is None else contact.quiet.to_json(),
        "channels": list(contact.channels),
        "masked": contact.masked,
        "unreadable": list(contact.unreadable),
        "version": contact.version,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
    }
