"""Where contacts are kept: turns what a person says into sealed rows, and rows into what a caller may see.

Works within its caller's transaction, announces nothing, and asks nobody who may.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from autom8.contacts.draft import ContactDraft, QuietHours
from autom8.contacts.folding import email_key, group_key, name_key, words_of
from autom8.contacts.masking import masked_email, masked_phone
from autom8.contacts.ports import FieldKey, Vault
from autom8.contacts.views import ContactView, GroupRef
from autom8.kernel.errors import Conflict, DecryptionRefused, Invalid
from autom8.kernel.vocabulary import ContactChannel
from autom8.repositories.contacts import NEW
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

TABLE: Final = "contact"
SEALED: Final = ("email", "phone", "notes")
_HISTORY: Final = ("audit_entry", "details")  # where a contact's past values are sealed for


class ContactKeyGone(Conflict):
    """The key of a contact's fields is not here, so they can be neither read nor changed."""

    code = "contact_key_gone"

    def __init__(self, contact_id: int) -> None:
        super().__init__(f"The key of contact {contact_id} is gone: its fields can't be read. Erase it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContacts:
    """New contacts as they are stored: no personal value of theirs is readable in here."""

    rows: Sequence[tuple[Any, ...]]  # in the order of `repositories.contacts.NEW`
    words: Sequence[str]  # of each row's name, with blanks between
    tags: Sequence[tuple[int, Sequence[str]]]
    groups: Sequence[tuple[int, Sequence[str]]]  # by name


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStore:
    """Contacts, sealed under keys of their own."""

    vault: Vault

    def add_many(
        self, work: Work, drafts: Sequence[ContactDraft], *, groups: Mapping[str, int]
    ) -> Mapping[int, FieldKey]:
        """Add contacts that were checked; their ids, in the drafts' order, with their keys.

        `groups` are the ids of all groups that the drafts name, by key, and held (`hold_groups`). Some
        thousand at a time are quickest.

        Raises:
            EmailTaken: another contact, or one of the drafts before, has the email of one of them.
        """
        keys = self.reserve(work, len(drafts))
        self.insert(work, self.seal(list(zip(keys, drafts, strict=True)), keys, work.now()), groups=groups)
        return keys

    def reserve(self, work: Work, count: int) -> Mapping[int, FieldKey]:
        """Ids for new contacts, ascending, each with its key. Where no contact follows, destroy the keys."""
        ids = work.ids.allocate(TABLE, count)
        keys = self.vault.create(work, ids)
        return {each: keys[each] for each in ids}

    def seal(
        self, drafts: Sequence[tuple[int, ContactDraft]], keys: Mapping[int, FieldKey], now: datetime
    ) -> SealedContacts:
        """Checked drafts by their ids, as they are stored; outside of any transaction, for it takes time."""
        return SealedContacts(
            rows=[self._row(each, draft, keys[each], now) for each, draft in drafts],
            words=[" ".join(words_of(draft.name)) for _, draft in drafts],
            tags=[(each, draft.tags) for each, draft in drafts if draft.tags],
            groups=[(each, draft.groups) for each, draft in drafts if draft.groups],
        )

    def insert(self, work: Work, sealed: SealedContacts, *, groups: Mapping[str, int]) -> None:
        """Store contacts that were sealed; `groups` as for `add_many`.

        Raises:
            EmailTaken: another contact, or one of these, has the email of one of them.
        """
        if not sealed.rows:
            return
        ids = (row[NEW.index("id")] for row in sealed.rows)
        named = zip(ids, sealed.words, strict=True)
        work.contacts.add_many(
            sealed.rows,
            words=((each, word) for each, words in named for word in words.split()),
            tags=((each, tag) for each, tags in sealed.tags for tag in tags),
            members=((each, groups[group_key(name)]) for each, names in sealed.groups for name in names),
        )

    def by_email(self, work: Work, emails: Collection[str]) -> Mapping[str, int]:
        """Which contacts have these checked emails, by the emails' keys."""
        keys = {self.vault.blind_index("email", key): key for key in map(email_key, emails)}
        return {keys[index]: contact_id for index, contact_id in work.contacts.by_email(keys).items()}

    def email_index(self, email: str) -> bytes:
        """The index of a checked email."""
        return self.vault.blind_index("email", email_key(email))

    def phone_index(self, phone: str) -> bytes:
        """The index of a checked phone number."""
        return self.vault.blind_index("phone", phone)

    def hold_groups(self, work: Work, names: Iterable[str], *, make: bool = False) -> Mapping[str, int]:
        """The ids of groups by the keys of their names; nobody can remove one until the end of `work`.

        To be called before contacts are locked. With `make` those that are not there are made.

        Raises:
            Invalid: a group is not there.
        """
        named = {group_key(name): name for name in names}
        if not named:
            return {}
        if make:
            self._make_groups(work, named)
        held = {row.name_key: row.id for row in work.groups.hold(list(named))}
        missing = [name for key, name in named.items() if key not in held]
        if missing:
            text = f"there is no group {missing[0]!r}"
            raise Invalid(f"groups: {text}", fields={"groups": text})
        return held

    def change(self, work: Work, contact_id: int, values: Mapping[str, Any], key: FieldKey) -> None:
        """Give a locked contact other checked values, by the names of a draft's fields; not tags and groups.

        Raises:
            EmailTaken: another contact has its new email.
        """
        columns: dict[str, Any] = {}
        for name in values.keys() - {"tags", "groups"}:
            columns |= self._columns(name, values[name], contact_id, key)
        if columns:
            work.contacts.change(contact_id, columns)
        if "name" in values:
            work.contacts.remove_words(contact_id)
            work.contacts.add_words((contact_id, word) for word in words_of(values["name"]))

    def key_of(self, work: Work, contact_id: int) -> FieldKey:
        """The key of one contact's fields, or ContactKeyGone."""
        key = self.vault.open(work, [contact_id]).get(contact_id)
        if key is None:
            raise ContactKeyGone(contact_id)
        return key

    def values(self, work: Work, row: AnyRow, key: FieldKey) -> dict[str, Any]:
        """A contact's values by the names of a draft's fields; those that were refused are left out."""
        return {
            **unsealed(row, key),
            "name": row.name,
            "zone": row.zone,
            "language": row.language,
            "quiet": quiet_of(row),
            "channels": tuple(ContactChannel(each) for each in row.channels),
            "tags": tuple(work.contacts.tags_of([row.id]).get(row.id, ())),
            "groups": tuple(name for _, name in work.contacts.groups_of([row.id]).get(row.id, ())),
        }

    def views(self, work: Work, rows: Sequence[AnyRow], *, masked: bool) -> Sequence[ContactView]:
        """What a caller may see of contacts: a fixed number of statements, however many they are."""
        ids = [row.id for row in rows]
        if not ids:
            return []
        keys = self.vault.open(work, ids)
        tags, groups = work.contacts.tags_of(ids), work.contacts.groups_of(ids)
        return [
            _view(row, unsealed(row, keys.get(row.id)), tags.get(row.id, ()), groups.get(row.id, ()), masked)
            for row in rows
        ]

    def reach(self, work: Work, row: AnyRow) -> tuple[str | None, str | None]:
        """The e-mail address and the telephone number of a contact's row, for who tells them something."""
        key = self.vault.open(work, [row.id]).get(row.id)
        values = unsealed(row, key)
        return values.get("email"), values.get("phone")

    def _make_groups(self, work: Work, named: Mapping[str, str]) -> None:
        now = work.now()
        there = {row.name_key for row in work.groups.hold(list(named))}
        work.groups.ensure_many([group_row(named[key], now) for key in sorted(named.keys() - there)])

    def _row(self, contact_id: int, draft: ContactDraft, key: FieldKey, now: datetime) -> tuple[Any, ...]:
        """A new contact's values in the order of NEW; spelled out, since an import makes many."""
        sealed = [
            None if value is None else key.seal(TABLE, f"{name}_encrypted", contact_id, value)
            for name in SEALED
            for value in (getattr(draft, name),)
        ]
        quiet = draft.quiet
        bounds = (None, None, None) if quiet is None else (quiet.start_min, quiet.end_min, quiet.day_bits)
        return (
            contact_id,
            1,
            now,
            now,
            *sealed,
            None if draft.email is None else self.email_index(draft.email),
            None if draft.phone is None else self.phone_index(draft.phone),
            draft.name,
            name_key(draft.name),
            draft.zone,
            draft.language,
            *bounds,
            list(draft.channels),
        )

    def _columns(self, name: str, value: Any, contact_id: int, key: FieldKey) -> dict[str, Any]:
        """The columns that hold a field of a draft."""
        match name:
            case "name":
                return {"name": value, "name_key": name_key(value)}
            case "quiet":
                return _quiet_columns(value)
            case "channels":
                return {"channels": list(value)}
            case "email" | "phone" | "notes":
                column = f"{name}_encrypted"
                sealed = None if value is None else key.seal(TABLE, column, contact_id, value)
                return {column: sealed} | self._index(name, value)
        return {name: value}

    def _index(self, name: str, value: str | None) -> dict[str, Any]:
        make = {"email": self.email_index, "phone": self.phone_index}.get(name)
        return {} if make is None else {f"{name}_index": None if value is None else make(value)}


def unsealed(row: AnyRow, key: FieldKey | None) -> dict[str, str | None]:
    """The personal values of a row; a value that was refused is left out."""
    values: dict[str, str | None] = {}
    for name in SEALED:
        column = f"{name}_encrypted"
        value = getattr(row, column)
        if value is None:
            values[name] = None
        elif key is not None:
            try:
                values[name] = key.unseal(TABLE, column, row.id, value)
            except DecryptionRefused:  # the vault has told; the rest of the contact is good
                continue
    return values


def quiet_of(row: AnyRow) -> QuietHours | None:
    """The quiet hours of a row."""
    if row.quiet_from is None:
        return None
    return QuietHours.of_bits(row.quiet_from, row.quiet_until, row.quiet_days)


def _quiet_columns(quiet: QuietHours | None) -> dict[str, int | None]:
    if quiet is None:
        return dict.fromkeys(("quiet_from", "quiet_until", "quiet_days"))
    return {"quiet_from": quiet.start_min, "quiet_until": quiet.end_min, "quiet_days": quiet.day_bits}


def group_row(name: str, now: datetime, description: str = "") -> dict[str, Any]:
    """The row of a new group."""
    return {
        "name": name,
        "name_key": group_key(name),
        "description": description,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def history(contact_id: int, key: FieldKey, data: Mapping[str, Any]) -> dict[str, Any]:
    """Personal data as an audit entry may hold it: sealed, and unreadable once the contact is erased."""
    sealed = key.seal(*_HISTORY, contact_id, orjson.dumps(data).decode())
    return {"sealed": {"contact": contact_id, "data": base64.b64encode(sealed).decode()}}


def opened_history(contact_id: int, key: FieldKey, data: str) -> Mapping[str, Any]:
    """What `history` sealed.

    Raises:
        DecryptionRefused: it was altered.
    """
    text = key.unseal(*_HISTORY, contact_id, base64.b64decode(data))
    found: Mapping[str, Any] = orjson.loads(text)
    return found


def _view(
    row: AnyRow,
    values: Mapping[str, str | None],
    tags: Sequence[str],
    groups: Sequence[tuple[int, str]],
    masked: bool,  # noqa: FBT001 - private, and beside the values it decides about
) -> ContactView:
    email, phone, notes = (values.get(name) for name in SEALED)
    if masked:
        email = None if email is None else masked_email(email)
        phone = None if phone is None else masked_phone(phone)
        notes = None
    return ContactView(
        id=row.id,
        name=row.name,
        email=email,
        phone=phone,
        notes=notes,
        tags=tags,
        groups=[GroupRef(id=group_id, name=name) for group_id, name in groups],
        zone=row.zone,
        language=row.language,
        quiet=quiet_of(row),
        channels=[ContactChannel(each) for each in row.channels],
        masked=masked,
        unreadable=[name for name in SEALED if name not in values],
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
