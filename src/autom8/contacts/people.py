"""Contacts: added, read, searched and changed, by who may see personal data and by who need not.

Every change leaves an audit entry in its own transaction, with personal values sealed under the
contact's key. The faces check that the caller may ask; who may see personal data is checked here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from autom8.contacts.draft import FIELDS, ContactDraft
from autom8.contacts.folding import group_key, name_key, words_of
from autom8.contacts.reading import BulkReads
from autom8.contacts.store import ContactStore, history, opened_history
from autom8.contacts.validation import checked, checked_email, checked_phone
from autom8.contacts.views import ContactView, TagCount
from autom8.kernel.actor import Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Forbidden, Invalid, Stale
from autom8.kernel.events import ContactChanged, ContactsRead
from autom8.kernel.naming import tag_key
from autom8.kernel.paging import Page, Paged
from autom8.repositories.contacts import EmailTaken
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

PII: Final = "contacts:pii"
TAGS_SHOWN_MAX: Final = 500
_UNTOLD: Final = frozenset({"notes"})  # too long for an entry; that they changed is told


class ContactStale(Stale):
    """The contact was changed since the caller looked."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__("The contact was changed meanwhile; look again.")


class PersonalSearch(Forbidden):
    """Searching by email or phone tells whose they are, so it is for those who may see them."""

    code = "pii_needed"

    def __init__(self) -> None:
        super().__init__(f"To search by email or phone needs the scope {PII}, which you don't have.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactService:
    """What callers may do with contacts. `region` is where phone numbers without a country code belong."""

    begin: BeginWork
    read: BeginWork
    store: ContactStore
    clock: Clock
    region: str = ""
    reads: BulkReads = field(default_factory=BulkReads)

    def add(self, draft: ContactDraft, *, actor: Actor) -> ContactView:
        """Add a contact.

        Raises:
            Invalid: the draft can't be meant, or names a group that is not there.
            EmailTaken: another contact has this email.
        """
        draft = checked(draft, self.region)
        with self.begin(actor) as work:
            groups = self.store.hold_groups(work, draft.groups)
            self.refuse_taken(work, draft.email)
            [(contact_id, key)] = self.store.add_many(work, [draft], groups=groups).items()
            data = {name: getattr(draft, name) for name in ("name", "email", "phone")}
            announce("contact.added", contact_id, history(contact_id, key, data), work)
            view = self.view(work, work.contacts.get(contact_id))
            work.commit()
        return view

    def get(self, contact_id: int, *, actor: Actor) -> ContactView:
        """One contact, masked for who need not see personal data, or ContactNotFound."""
        with self.read(actor) as work:
            view = self.view(work, work.contacts.get(contact_id))
        self.note_read(1, actor)
        return view

    def list_(self, page: Page, *, actor: Actor) -> Paged[ContactView]:
        """Contacts; orders `name`, `created_at`, `id`; filters `q`, `tag`, `group_id`, `email`, `phone`.

        `q` is words, or beginnings of words, that a name must all have, whatever their case and marks.

        Raises:
            Invalid: the email or phone can't be one.
            PersonalSearch: the caller may not search by email or phone.
        """
        asked = self.asked(page, actor)
        with self.read(actor) as work:
            found = work.contacts.page(asked)
            views = self.store.views(work, found.items, masked=not actor.may(PII))
        self.note_read(len(views), actor)
        return Paged(views, found.next)

    def tags(self, prefix: str, *, actor: Actor) -> Sequence[TagCount]:
        """The tags in use that begin so, by name, five hundred at most."""
        with self.read(actor) as work:
            found = work.contacts.tags(tag_key(prefix), TAGS_SHOWN_MAX)
        return [TagCount(tag=tag, count=count) for tag, count in found]

    def change(
        self, contact_id: int, changes: Mapping[str, Any], *, version: int | None, actor: Actor
    ) -> ContactView:
        """Change a contact; `changes` are new values by the names of a draft's fields, None to clear.

        What is so already changes nothing and announces nothing.

        Raises:
            ContactNotFound: no contact has this id; it may just have been erased.
            Stale: `version` is given and the contact has another by now.
            Invalid: a value can't be meant, or a group is not there.
            EmailTaken: another contact has the new email.
            ContactKeyGone: the contact's fields can't be read any more.
        """
        wanted = self._checked(changes)
        with self.begin(actor) as work:
            groups = self.store.hold_groups(work, wanted.get("groups", ()))
            row = work.contacts.lock(contact_id)
            refuse_stale(row, version)
            changed = self.change_within(work, row, wanted, groups=groups)
            view = self.view(work, work.contacts.get(contact_id))
            if changed:
                work.commit()
        return view

    def change_within(
        self,
        work: Work,
        row: AnyRow,
        wanted: Mapping[str, Any],
        *,
        groups: Mapping[str, int],
        merged: int | None = None,
    ) -> bool:
        """Give a locked contact these checked values within `work`, and announce it; False when all is so.

        `groups` are the ids of all that `wanted` names, by key. With `merged`, the id of a contact that went
        into it, it is announced in any case.
        """
        key = self.store.key_of(work, row.id)
        before = self.store.values(work, row, key)
        changed = {
            name: value
            for name, value in wanted.items()
            if name not in before
            or before[name] != value  # what can't be read is another, and may be cleared
        }
        if not changed and merged is None:
            return False
        if changed.get("email") is not None:
            self.refuse_taken(work, changed["email"], but=row.id)
        self.store.change(work, row.id, changed, key)
        if "tags" in changed:
            work.contacts.remove_tags([row.id], set(before["tags"]) - set(changed["tags"]))
            work.contacts.add_tags((row.id, tag) for tag in changed["tags"])
        if "groups" in changed:
            self._change_groups(work, row.id, [groups[group_key(name)] for name in changed["groups"]])
        work.contacts.touch_many([row.id], at=work.now())
        told = {name: [_told(before.get(name)), _told(changed[name])] for name in changed.keys() - _UNTOLD}
        details = {"changed": sorted(changed), **history(row.id, key, told)}
        if merged is None:
            announce("contact.changed", row.id, details, work)
        else:
            announce("contact.merged", row.id, {"other": merged, **details}, work)
        return True

    def unseal(self, contact_id: int, data: str) -> Mapping[str, Any] | None:
        """What an audit entry holds of a contact; None once the contact was erased.

        Raises:
            DecryptionRefused: it was altered.
        """
        with self.read() as work:
            key = self.store.vault.open(work, [contact_id]).get(contact_id)
        return None if key is None else opened_history(contact_id, key, data)

    def reach(self, work: Work, row: AnyRow) -> tuple[str | None, str | None]:
        """The e-mail address and the telephone number of a contact's row, for who tells them something."""
        return self.store.reach(work, row)

    def view(self, work: Work, row: AnyRow) -> ContactView:
        """What the caller may see of one contact."""
        [view] = self.store.views(work, [row], masked=not work.actor.may(PII))
        return view

    def refuse_taken(self, work: Work, email: str | None, *, but: int | None = None) -> None:
        """Raise EmailTaken with the contact that has this email; who comes between meets the unique index."""
        if email is not None:
            for holder in self.store.by_email(work, [email]).values():
                if holder != but:
                    raise EmailTaken(holder)

    def asked(self, page: Page, actor: Actor) -> Page:
        """The page with its filters as the repository has them.

        Raises:
            Invalid: the email or phone can't be one.
            PersonalSearch: the caller may not search by email or phone.
        """
        given = {name: value for name, value in page.filters.items() if value is not None}
        filters: dict[str, Any] = {name: given[name] for name in ("group_id", "ids") if name in given}
        if given.get("q"):
            words = words_of(given["q"])
            filters |= {"words": words} if words else {"name_prefix": name_key(given["q"])}
        if "tag" in given:
            filters["tag"] = tag_key(given["tag"])
        if {"email", "phone"} & given.keys():
            if not actor.may(PII):
                raise PersonalSearch
            filters |= self._indexes(given)
        return Page(limit=page.limit, cursor=page.cursor, order=page.order, filters=filters)

    def note_read(self, count: int, actor: Actor) -> None:
        """Tell the trail when a caller reads unmasked contacts in bulk: before they are shown.

        When the entry can't be written, nothing is shown.
        """
        if not count or not actor.may(PII):
            return
        due = self.reads.note(actor, count, monotonic=self.clock.monotonic())
        if due:
            with self.begin(actor) as work:
                event = ContactsRead(
                    action="contact.listed", object_type="contact", object_id="", details={"contacts": due}
                )
                work.record(event)
                work.commit()
            self.reads.told(actor, due, monotonic=self.clock.monotonic())

    def _checked(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: value for name, value in changes.items() if name in FIELDS}
        if values.get("name", "") is None:
            raise Invalid("name: must not be empty", fields={"name": "must not be empty"})
        draft = ContactDraft(**{"name": "", **values})
        normal = checked(draft, self.region, only=values.keys())
        return {name: getattr(normal, name) for name in values}

    def _indexes(self, given: Mapping[str, Any]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for name, check in (("email", checked_email), ("phone", self._checked_phone)):
            try:
                value = check(given[name]) if name in given else None
            except ValueError as error:
                raise Invalid(f"{name}: {error}", fields={name: str(error)}) from None
            if value is not None:
                make = self.store.email_index if name == "email" else self.store.phone_index
                found[f"{name}_index"] = make(value)
        return found

    def _checked_phone(self, text: str) -> str | None:
        return checked_phone(text, self.region)

    def _change_groups(self, work: Work, contact_id: int, wanted: Sequence[int]) -> None:
        there = {group_id for group_id, _ in work.contacts.groups_of([contact_id]).get(contact_id, ())}
        work.contacts.remove_members([contact_id], there - set(wanted))
        work.contacts.add_members((contact_id, group_id) for group_id in wanted)


def refuse_stale(row: AnyRow, version: int | None) -> None:
    """Raise ContactStale when a locked contact is not the version that the caller has seen."""
    if version is not None and row.version != version:
        raise ContactStale


def announce(action: str, contact_id: int, details: Mapping[str, Any], work: Work) -> None:
    """Tell of one contact's change."""
    work.record(
        ContactChanged(
            action=action,
            object_type="contact",
            object_id=str(contact_id),
            details=details,
            contact_id=contact_id,
        ),
    )


def same_text(given: str, name: str) -> bool:
    """Whether somebody typed a name as it is shown; blanks at the ends and Unicode's form apart."""
    return " ".join(unicodedata.normalize("NFC", given).split()) == name


def _told(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return value.to_json()
