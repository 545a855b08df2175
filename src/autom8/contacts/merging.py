"""Duplicates: found by equal names and phones, and merged into one contact."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from autom8.contacts.draft import FIELDS, ContactDraft
from autom8.contacts.erasing import ErasureService
from autom8.contacts.folding import group_key
from autom8.contacts.people import PII, ContactService, ContactStale, refuse_stale
from autom8.contacts.store import ContactStore
from autom8.contacts.validation import checked
from autom8.contacts.views import Alike, ContactView
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid
from autom8.kernel.paging import Page, Paged
from autom8.repositories.contacts import ContactNotFound
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

UNITED: Final = frozenset({"tags", "groups"})
CHOSEN: Final = tuple(name for name in FIELDS if name not in UNITED)
SHOWN_EACH: Final = 10  # contacts of one set of duplicates
_REASONS: Final = (("phone", "phone_index"), ("name", "name_key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Which contact goes into which, and what the one that stays takes over although it has its own.

    What it lacks it takes in any case. `join_notes` sets the other's notes below its own.
    """

    other_id: int
    other_version: int | None = None
    take: Collection[str] = ()
    join_notes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeService:
    """Finds duplicates and merges them."""

    begin: BeginWork
    read: BeginWork
    store: ContactStore
    contacts: ContactService
    erasures: ErasureService

    def duplicates(self, page: Page, *, actor: Actor) -> Paged[Alike]:
        """Sets of contacts that share a phone number, then those that share a folded name.

        Phone numbers are compared for those who may see them: another could add a guess and look.

        Raises:
            Invalid: the cursor is not of this list.
        """
        reason, after = _mark(page.cursor)
        if _REASONS[reason][0] == "phone" and not actor.may(PII):
            reason, after = reason + 1, None
        found: list[Alike] = []
        marks: list[tuple[str, str | bytes]] = []
        with self.read(actor) as work:
            for name, column in _REASONS[reason:]:
                values = work.contacts.repeated(column, after, page.limit + 1 - len(found))
                found += self._alike(work, name, column, values, actor)
                marks += [(name, value) for value in values]
                after = None
        shown = found[: page.limit]
        self.contacts.note_read(sum(len(each.contacts) for each in shown), actor)
        return Paged(shown, _cursor(*marks[page.limit - 1]) if len(found) > page.limit else None)

    def merge(self, contact_id: int, merge: Merge, *, version: int | None, actor: Actor) -> ContactView:
        """Merge another contact into this one: tags and groups are united, the other is erased.

        All is one transaction; the other's erasure has a certificate like any.

        Raises:
            ContactNotFound: one of the two is not there.
            Stale: one of the two was changed since the caller looked.
            Invalid: the two are one, or a field can't be taken over.
            ContactKeyGone: the fields of one can't be read any more.
        """
        _check(contact_id, merge)
        both = [contact_id, merge.other_id]
        with self.begin(actor) as work:
            groups = work.contacts.groups_of(both)
            work.groups.hold(group_ids=[group_id for each in groups.values() for group_id, _ in each])
            kept, other = _both(work.contacts.lock_many(both), contact_id, merge.other_id)
            refuse_stale(kept, version)
            refuse_stale(other, merge.other_version)
            if work.contacts.groups_of(both) != groups:  # one of them joined a group that is not held
                raise ContactStale
            wanted = self._united(work, kept, other, merge)
            reason = f"merged into contact {contact_id}"
            self.erasures.erase_within(work, other, reason=reason, merged_into=contact_id)
            by_key = {group_key(name): group_id for each in groups.values() for group_id, name in each}
            self.contacts.change_within(work, kept, wanted, groups=by_key, merged=other.id)
            view = self.contacts.view(work, work.contacts.get(contact_id))
            work.commit()
        self.erasures.disk.shred()
        return view

    def _united(self, work: Work, kept: AnyRow, other: AnyRow, merge: Merge) -> dict[str, Any]:
        """What the contact that stays shall be."""
        mine = self.store.values(work, kept, self.store.key_of(work, kept.id))
        theirs = self.store.values(work, other, self.store.key_of(work, other.id))
        wanted = {
            name: theirs[name]
            for name in CHOSEN
            if name in theirs and (name in merge.take or (theirs[name] and not mine.get(name)))
        }
        if merge.join_notes and mine.get("notes") and theirs.get("notes"):
            wanted["notes"] = f"{mine['notes']}\n\n{theirs['notes']}"
        wanted["tags"] = tuple(sorted({*mine["tags"], *theirs["tags"]}))
        united = {group_key(name): name for name in (*theirs["groups"], *mine["groups"])}
        wanted["groups"] = tuple(united[key] for key in sorted(united))
        draft = checked(ContactDraft(**{**mine, **wanted}), only=["notes", "tags", "groups"])
        return {**wanted, "notes": draft.notes} if "notes" in wanted else wanted

    def _alike(
        self, work: Work, reason: str, column: str, values: Sequence[str | bytes], actor: Actor
    ) -> Sequence[Alike]:
        """The contacts that share each of these values, as callers may see them."""
        if not values:
            return []
        rows = work.contacts.having(column, values, each_max=SHOWN_EACH)
        views = self.store.views(work, rows, masked=not actor.may(PII))
        sets: dict[str | bytes, list[ContactView]] = {value: [] for value in values}
        for row, view in zip(rows, views, strict=True):
            sets[getattr(row, column)].append(view)
        return [Alike(reason=reason, contacts=contacts) for contacts in sets.values()]


def _check(contact_id: int, merge: Merge) -> None:
    if contact_id == merge.other_id:
        text = "must be another contact"
        raise Invalid(f"other_id {text}", fields={"other_id": text})
    if not set(merge.take) <= set(CHOSEN):
        text = f"must be of {', '.join(CHOSEN)}"
        raise Invalid(f"take {text}", fields={"take": text})


def _both(rows: Sequence[AnyRow], contact_id: int, other_id: int) -> tuple[AnyRow, AnyRow]:
    by_id = {row.id: row for row in rows}
    for each in (contact_id, other_id):
        if each not in by_id:
            raise ContactNotFound(each)
    return by_id[contact_id], by_id[other_id]


def _cursor(reason: str, value: str | bytes) -> str:
    mark = [reason, value.hex() if isinstance(value, bytes) else value]
    return base64.urlsafe_b64encode(orjson.dumps(mark)).decode().rstrip("=")


def _mark(cursor: str | None) -> tuple[int, str | bytes | None]:
    """Where to go on: at which reason, and above which of its values."""
    if cursor is None:
        return 0, None
    try:
        reason, value = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        index = [name for name, _ in _REASONS].index(reason)
        if not isinstance(value, str) or "\0" in value:
            raise TypeError(value)
        return index, bytes.fromhex(value) if reason == "phone" else value
    except (TypeError, ValueError) as error:
        text = "is not a cursor of this list"
        raise Invalid(f"cursor {text}", fields={"cursor": text}) from error
