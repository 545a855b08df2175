"""Contacts as a caller may write them, and how they are asked for.

The models check types and name unknown fields; what a value can be is checked by the contacts' own rules.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from autom8.api.fields import Id, Line, Text, Whole
from autom8.api.shapes import Body, ListQuery, Query
from autom8.kernel.paging import LIMIT_MAX
from autom8.kernel.vocabulary import BulkAction, ContactChannel, Weekday

LIST_MAX: Final = 200  # tags, groups and the like, before the contacts' own rules count them
BULK_MAX: Final = 5_000
Short = Annotated[Text, Field(max_length=1_000)]
Order = Literal["name", "-name", "created_at", "-created_at", "id", "-id"]
Chosen = Literal["name", "email", "phone", "notes", "zone", "language", "quiet", "channels"]


class QuietIn(Body):
    """When a contact is not to be told, in their zone; a start after the end goes past midnight."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Annotated[Short, Field(alias="from", examples=["22:00"])]
    until: Annotated[Short, Field(examples=["07:00"])]
    days: Annotated[list[Weekday], Field(max_length=7, description="All, when left out.")] | None = None


class ContactIn(Body):
    """A contact to be added. What is null or left out is not known."""

    name: Annotated[Line, Field(examples=["Ada Lovelace"])]
    email: Annotated[Short, Field(examples=["ada@example.org"])] | None = None
    phone: Annotated[Short, Field(examples=["+49 30 901820"])] | None = None
    notes: Text | None = None
    tags: Annotated[list[Short], Field(max_length=LIST_MAX)] | None = None
    groups: (
        Annotated[list[Short], Field(max_length=LIST_MAX, description="Names of groups that there are.")]
        | None
    ) = None
    zone: Annotated[Short, Field(examples=["Europe/Berlin"])] | None = None
    language: Annotated[Short, Field(examples=["de"])] | None = None
    quiet: QuietIn | None = None
    channels: (
        Annotated[list[ContactChannel], Field(max_length=20, description="The preferred first.")] | None
    ) = None


class ContactChangesIn(ContactIn):
    """What shall be changed of a contact; what is left out stays, and null clears."""

    name: Line | None = None  # type: ignore[assignment] # a change names only what it changes


class ContactFilter(Body):
    """Which contacts. All conditions must hold; none leaves all contacts."""

    q: Annotated[Short, Field(description="Words of the name, or beginnings of words.")] | None = None
    email: Annotated[Short, Field(description="Exactly this email. Needs contacts:pii.")] | None = None
    phone: Annotated[Short, Field(description="Exactly this number. Needs contacts:pii.")] | None = None
    tag: Short | None = None
    group_id: Id | None = None


class SearchIn(ContactFilter):
    """A search. Email and phone stand in the body, so that they get into no address and no log."""

    order: Order = "name"
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 50
    cursor: Annotated[Text, Field(max_length=2_000, description="`next` of the page before.")] | None = None


class ContactsQuery(ListQuery):
    """How contacts are listed. To search by email or phone, use `/contacts/search`."""

    order: Order = "name"
    q: Annotated[Short, Field(description="Words of the name, or beginnings of words.")] | None = None
    tag: Short | None = None
    group_id: Id | None = None


class TagsQuery(Query):
    """Which tags."""

    prefix: Annotated[Short, Field(description="What they begin with.")] = ""


class SetsQuery(Query):
    """A page of sets of duplicates."""

    limit: Annotated[Whole, Field(ge=1, le=50, description="How many sets at most.")] = 20
    cursor: Annotated[str, Field(max_length=2_000, description="`next` of the page before.")] | None = None


class BulkIn(Body):
    """A change of many contacts, named by `ids` or by `filter`; the action says which value it needs."""

    ids: Annotated[list[Id], Field(max_length=BULK_MAX)] | None = None
    filter: ContactFilter | None = None
    action: BulkAction
    tag: Short | None = None
    group_id: Id | None = None
    zone: Annotated[Short, Field(description="null clears it.")] | None = None
    language: Annotated[Short, Field(description="null clears it.")] | None = None


class MergeIn(Body):
    """Which contact goes into this one. What this one lacks it takes; tags and groups are united."""

    other_id: Id
    other_version: Annotated[int, Field(ge=1, description="`version` of the other, as it was seen.")]
    take: list[Chosen] = Field(
        default_factory=list, max_length=20, description="Taken over although both have it."
    )
    join_notes: Annotated[bool, Field(description="Set the other's notes below this one's.")] = False


class EraseIn(Body):
    """Typed confirmation of an erasure. The reason is kept for ever, so it must name nobody."""

    confirm: Annotated[Short, Field(description="The contact's name, as it is shown.")]
    reason: Short = ""
