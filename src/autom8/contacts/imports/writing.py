"""Writes judged rows, some in a transaction of their own or all at once.

On SQLite nobody else writes while a transaction does. So what takes long, the sealing, is done before it:
keys are made in a short transaction of their own, and the one that counts only inserts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from autom8.contacts.draft import ContactDraft
from autom8.contacts.folding import group_key
from autom8.contacts.imports.judging import Judge, Judged
from autom8.contacts.imports.orders import Progress
from autom8.contacts.ports import Vault
from autom8.contacts.ranges import ranges
from autom8.contacts.store import ContactStore, SealedContacts
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, Invalid, Unavailable
from autom8.kernel.events import ContactsChanged
from autom8.kernel.vocabulary import ImportMode, RowFate
from autom8.repositories.contacts import EmailTaken
from autom8.repositories.unit_of_work import BeginWork, OutcomeUnknown, Work

UPDATES_AT_ONCE_MAX: Final = 10_000  # all or nothing: they are sealed within the one transaction
BATCH_ROWS: Final = 400  # inserted in some ten milliseconds: others write in between
_RETRIES: Final = 3
_UNBORN_AFTER: Final = timedelta(hours=1)  # then keys without a contact are an ended import's
_BORN_WITHIN: Final = _UNBORN_AFTER / 2  # with time to insert


class MeanwhileThere(Conflict):
    """While an import was prepared, somebody added one of its contacts."""

    code = "added_meanwhile"

    def __init__(self) -> None:
        super().__init__(
            "One of these contacts was added by somebody else meanwhile; nothing was imported. Try again."
        )


class TooSlow(Conflict):
    """Between the keys of an import and its contacts went so long that the keys may be given up by now."""

    code = "import_too_slow"

    def __init__(self) -> None:
        super().__init__("The import stood still for too long, and nothing was imported. Try again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """Rows that are sealed and only need inserting, with those that update."""

    sealed: SealedContacts
    reserved_at: datetime | None
    added: Sequence[int]
    updates: Sequence[Judged]
    identities: Sequence[Judged]  # new ones without an email: no index keeps them from being there twice


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes the rows of one import, for one caller."""

    begin: BeginWork
    read: BeginWork
    store: ContactStore
    vault: Vault
    judge: Judge
    actor: Actor
    import_id: str
    mode: ImportMode
    format: str
    _reserved: list[int] = field(default_factory=list)

    def write_some(self, rows: Sequence[Judged]) -> None:
        """Write what is good of some rows in one short transaction; afterwards they tell their fates.

        What takes long is done before it, so that whoever waits to write meanwhile waits briefly.

        Raises:
            MeanwhileThere: others were quicker, again and again.
        """
        for _ in range(_RETRIES):
            with self.read(self.actor) as work:
                self.judge.match(work, rows)
                self.judge.compare(work, rows)
            prepared = self._prepare(rows)
            if not prepared.added and not prepared.updates:
                return
            try:
                with self._keys_given_back():
                    self._insert_all([prepared])
            except MeanwhileThere:
                continue
            self._reserved.clear()
            for each, contact_id in zip(_added(rows), prepared.added, strict=True):
                each.contact_id = contact_id
            return
        raise MeanwhileThere

    def write_all(self, rows: list[Judged]) -> Iterator[Progress]:
        """Write all of the rows or none, all of them good. Empties the list as it goes, to spare memory.

        Raises:
            Invalid: too many contacts are to be updated at once.
            MeanwhileThere: somebody added one of them meanwhile.
            TooSlow: the caller let it stand for too long.
        """
        if sum(each.fate is RowFate.UPDATE for each in rows) > UPDATES_AT_ONCE_MAX:
            text = f"all or nothing updates at most {UPDATES_AT_ONCE_MAX} contacts; choose mode good"
            raise Invalid(text, fields={"mode": text})
        total = len(rows)
        prepared: list[_Prepared] = []
        with self._keys_given_back():
            while rows:
                prepared.append(self._prepare(rows[:BATCH_ROWS]))
                del rows[:BATCH_ROWS]
                yield Progress(stage="seal", rows=total - len(rows), part=1 - len(rows) / total)
            self._insert_all(prepared)
        yield Progress(stage="write", rows=total, part=1.0)

    def _prepare(self, rows: Sequence[Judged]) -> _Prepared:
        added = _added(rows)
        now = None
        if not added:
            sealed = SealedContacts(rows=(), words=(), tags=(), groups=())
            keys: Sequence[int] = ()
        else:
            with self.begin(self.actor) as work:
                reserved = self.store.reserve(work, len(added))
                self._reserved += reserved
                now = work.now()
                work.commit()
            drafts = [_draft(each) for each in added]
            sealed = self.store.seal(list(zip(reserved, drafts, strict=True)), reserved, now)
            keys = list(reserved)
        return _Prepared(
            sealed=sealed,
            reserved_at=now,
            added=keys,
            updates=[each for each in rows if each.fate is RowFate.UPDATE],
            identities=[each for each in added if _draft(each).email is None],
        )

    def _insert_all(self, prepared: list[_Prepared]) -> None:
        try:
            with self.begin(self.actor) as work:
                work.contacts.take_import_turn()
                _refuse_late(prepared, work.now())
                names = {name for each in prepared for _, names in each.sealed.groups for name in names}
                updates = [row for each in prepared for row in each.updates]
                names |= {name for each in updates for name in _draft(each).groups}
                groups = self.store.hold_groups(work, names, make=True)
                # all at once, in the order of their ids: who locks many otherwise waits for nobody who waits
                work.contacts.lock_many([row.contact_id for row in updates if row.contact_id])
                for each in prepared:
                    self._refuse_found(work, each.identities)
                    self.judge.compare(work, each.updates)
                    if any(row.fate is RowFate.BAD for row in each.updates):
                        raise MeanwhileThere
                    self.store.insert(work, each.sealed, groups=groups)
                    updated = self._update(work, each.updates, groups)
                    if each.added or updated:
                        self._announce(work, each.added, updated)
                work.commit()
        except EmailTaken as error:
            raise MeanwhileThere from error

    def _refuse_found(self, work: Work, rows: Sequence[Judged]) -> None:
        if rows:
            self.judge.match(work, rows)
            if any(each.contact_id is not None for each in rows):
                raise MeanwhileThere

    def _update(self, work: Work, rows: Sequence[Judged], groups: Mapping[str, int]) -> list[int]:
        updated = []
        for each in rows:
            if each.fate is RowFate.UPDATE:
                assert each.contact_id is not None
                assert each.key is not None
                self.store.change(work, each.contact_id, each.changes, each.key)
                updated.append(each.contact_id)
        kept = [each for each in rows if each.fate is RowFate.UPDATE]
        work.contacts.add_tags(
            (each.contact_id or 0, tag) for each in kept for tag in each.changes.get("tags", ())
        )
        work.contacts.add_members(
            (each.contact_id or 0, groups[group_key(name)])
            for each in kept
            for name in each.changes.get("groups", ())
        )
        if updated:
            work.contacts.touch_many(updated, at=work.now())
        return updated

    def _announce(self, work: Work, added: Sequence[int], updated: Sequence[int]) -> None:
        """One entry for each batch. It holds counts and ids; whom they are of is sealed elsewhere."""
        work.record(
            ContactsChanged(
                action="contact.imported",
                object_type="contact",
                object_id="",
                details={
                    "import": self.import_id,
                    "format": self.format,
                    "mode": self.mode.value,
                    "added": len(added),
                    "updated": len(updated),
                    "added_contacts": ranges(sorted(added)),
                    "updated_contacts": ranges(sorted(updated)),
                },
                contact_ids=[*added, *updated],
            )
        )

    @contextlib.contextmanager
    def _keys_given_back(self) -> Iterator[None]:
        """Destroy the keys of contacts that are not made after all; what fails then a later import does."""
        try:
            yield
        except OutcomeUnknown:
            raise  # they may be there, and then need their keys; else a later import clears up
        except BaseException:
            with contextlib.suppress(Unavailable):
                self._destroy_reserved()
            self._reserved.clear()
            raise

    def _destroy_reserved(self) -> None:
        for start in range(0, len(self._reserved), BATCH_ROWS):
            some = self._reserved[start : start + BATCH_ROWS]
            with self.begin() as work:
                made = {row.id for row in work.contacts.get_many(some)}
                self.vault.destroy(work, [each for each in some if each not in made])
                work.commit()

    def forget_unborn(self) -> None:
        """Destroy what imports left behind that were killed between the keys and the contacts."""
        with self.begin() as work:
            unborn = work.contacts.unborn("contact", work.now() - _UNBORN_AFTER)
            if unborn:
                self.vault.destroy(work, unborn)
                work.commit()


def _refuse_late(prepared: Sequence[_Prepared], now: datetime) -> None:
    """Whoever reads the answer may have let it stand; another import would have taken the keys for lost."""
    if any(each.reserved_at is not None and now - each.reserved_at > _BORN_WITHIN for each in prepared):
        raise TooSlow


def _added(rows: Sequence[Judged]) -> list[Judged]:
    return [each for each in rows if each.fate is RowFate.ADD]


def _draft(judged: Judged) -> ContactDraft:
    assert judged.draft is not None
    return judged.draft
