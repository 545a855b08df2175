"""What becomes of each row: by what it says, by the rows before it, and by the contacts that are there.

A row is the contact with its email; without one, the contact with its phone and name; without either, the
contact of its name that has neither. So the same file twice makes nobody twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from autom8.contacts.cards.drafts import draft_of
from autom8.contacts.cards.found import Found
from autom8.contacts.draft import FIELDS, ContactDraft
from autom8.contacts.folding import email_key, group_key, name_key
from autom8.contacts.imports.orders import Fate
from autom8.contacts.ports import FieldKey
from autom8.contacts.store import ContactStore, quiet_of, unsealed
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ContactChannel, OnExisting, RowFate
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work

_DIGEST_BYTES: Final = 12
_LISTS: Final = ("tags", "groups")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})  # one for all rows


@dataclass(slots=True)
class Judged:
    """A row with its fate so far. `changes` are what an update gives its contact, by field."""

    line: int
    fate: RowFate
    draft: ContactDraft | None = field(default=None, repr=False)
    name: str | None = None
    why: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    warnings: Sequence[str] = ()
    contact_id: int | None = None
    changes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False)
    key: FieldKey | None = field(default=None, repr=False)

    def told(self) -> Fate:
        """What a caller hears of it."""
        return Fate(
            line=self.line,
            fate=self.fate,
            name=self.name,
            why=dict(self.why),
            warnings=self.warnings,
            contact_id=self.contact_id,
        )


class Judge:
    """Judges the rows of one file, in their order."""

    def __init__(self, store: ContactStore, *, region: str, on_existing: OnExisting) -> None:
        self._store = store
        self._region = region
        self._on_existing = on_existing
        self._seen: dict[bytes, tuple[int, int]] = {}  # who a row is: its line, and all that it says
        self._updating: dict[int, int] = {}  # which line says what a contact shall be

    def alone(self, found: Found) -> Judged:
        """A row by what it and those before it say."""
        judged = Judged(found.line, RowFate.ADD, warnings=found.warnings)
        if found.passed_over is not None:
            judged.fate, judged.why = RowFate.SKIP, {"row": found.passed_over}
            return judged
        try:
            draft = draft_of(found, self._region)
        except Invalid as invalid:
            judged.fate, judged.why = RowFate.BAD, invalid.fields
            said = found.values.get("name")
            judged.name = str(said)[:200] if said and "name" not in invalid.fields else None
            return judged
        judged.draft, judged.name = draft, draft.name
        self._compare_with_rows_before(judged, draft)
        return judged

    def match(self, work: Work, rows: Sequence[Judged]) -> None:
        """Find the contacts that rows are, and judge the rows by them; those found gone again are added."""
        open_ = [each for each in rows if each.draft is not None and each.fate is not RowFate.BAD]
        identities = {id(each): self._identity(each.draft) for each in open_ if each.draft is not None}
        there = self._there(work, identities.values())
        for each in open_:
            contact_id = there.get(identities[id(each)])
            each.contact_id = contact_id
            if contact_id is None:
                each.fate, each.why = RowFate.ADD, _NOTHING
            elif self._on_existing is OnExisting.UPDATE:
                each.fate, each.why = RowFate.UPDATE, _NOTHING
                line = self._updating.setdefault(contact_id, each.line)
                if line != each.line:  # one says the contact's email, the other its phone and name
                    each.fate = RowFate.BAD
                    each.why = {_by(each.draft): f"is contact {contact_id}, as line {line} is"}
            else:
                refused = self._on_existing is OnExisting.REFUSE
                each.fate = RowFate.BAD if refused else RowFate.SKIP
                each.why = {_by(each.draft): f"contact {contact_id} has it already"}

    def compare(self, work: Work, rows: Sequence[Judged]) -> None:
        """Find out what updates change of their contacts as they are now."""
        updates = {each.contact_id: each for each in rows if each.fate is RowFate.UPDATE and each.contact_id}
        if not updates:
            return
        ids = list(updates)
        found = work.contacts.get_many(ids)
        keys = self._store.vault.open(work, ids)
        tags, groups = work.contacts.tags_of(ids), work.contacts.groups_of(ids)
        gone = set(ids)
        for row in found:
            gone.discard(row.id)
            each, each_key = updates[row.id], keys.get(row.id)
            if each_key is None:
                each.fate, each.why = RowFate.BAD, {"row": f"the key of contact {row.id} is gone; erase it"}
                continue
            names = [name for _, name in groups.get(row.id, ())]
            each.key = each_key
            each.changes = _changes(each.draft, _before(row, each_key, tags.get(row.id, ()), names))
            if not each.changes:
                each.fate, each.why = RowFate.SKIP, {"row": f"contact {row.id} is so already"}
        for contact_id in gone:  # erased since it was matched
            each = updates[contact_id]
            each.fate, each.why = (
                RowFate.BAD,
                {"row": f"contact {contact_id} was just erased; import it again"},
            )

    def _compare_with_rows_before(self, judged: Judged, draft: ContactDraft) -> None:
        who, what = _digest(*_who(draft)), hash(draft)
        line, said = self._seen.setdefault(who, (judged.line, what))
        if line == judged.line:
            return
        judged.draft = None
        if said == what:
            judged.fate, judged.why = RowFate.SKIP, {"row": f"says the same as line {line}"}
        else:
            judged.fate, judged.why = RowFate.BAD, {_by(draft): f"is that of line {line} too"}

    def _identity(self, draft: ContactDraft) -> tuple[bytes | None, bytes | None, str | None]:
        """The columns of the contact that a row is."""
        if draft.email is not None:
            return self._store.email_index(draft.email), None, None
        phone = None if draft.phone is None else self._store.phone_index(draft.phone)
        return None, phone, name_key(draft.name)

    def _there(
        self, work: Work, identities: Iterable[tuple[bytes | None, bytes | None, str | None]]
    ) -> dict[tuple[bytes | None, bytes | None, str | None], int]:
        wanted = set(identities)
        rows = work.contacts.like(
            emails={email for email, _, _ in wanted if email is not None},
            phones={phone for _, phone, _ in wanted if phone is not None},
            names={name for email, phone, name in wanted if name is not None and phone is None},
        )
        there: dict[tuple[bytes | None, bytes | None, str | None], int] = {}
        for row in rows:  # the oldest of several
            there.setdefault((row.email_index, None, None), row.id)
            if row.phone_index is not None or row.email_index is None:  # a name alone is who has neither
                there.setdefault((None, row.phone_index, row.name_key), row.id)
        return there


def _by(draft: ContactDraft | None) -> str:
    """By which field a row is known to be somebody."""
    return next(name for name in ("email", "phone", "name") if getattr(draft, name) is not None)


def _who(draft: ContactDraft) -> tuple[str, ...]:
    if draft.email is not None:
        return ("email", email_key(draft.email))
    return ("name", draft.phone or "", name_key(draft.name))


def _digest(*parts: str) -> bytes:
    """Told from others by 96 bits: a hundred thousand rows are kept in mind, what they say is not."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=_DIGEST_BYTES).digest()


def _before(row: AnyRow, key: FieldKey, tags: Sequence[str], groups: Sequence[str]) -> dict[str, Any]:
    return {
        **unsealed(row, key),
        "name": row.name,
        "zone": row.zone,
        "language": row.language,
        "quiet": quiet_of(row),
        "channels": tuple(ContactChannel(each) for each in row.channels),
        "tags": tuple(tags),
        "groups": tuple(groups),
    }


def _changes(draft: ContactDraft | None, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the row says otherwise. Tags and groups are added to; what the row does not say stays."""
    assert draft is not None
    changes: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(draft, name)
        if not value:
            continue
        if name in _LISTS:
            by_key = group_key if name == "groups" else str
            there = {by_key(each) for each in before[name]}
            value = tuple(each for each in value if by_key(each) not in there)
            if value:
                changes[name] = value  # only what is to be added
        elif before.get(name) != value:
            changes[name] = value
    return changes
