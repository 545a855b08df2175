"""What the services of named things share: list, read, add, change and remove, each audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Stale
from autom8.kernel.events import Audited
from autom8.kernel.paging import Page, Paged
from autom8.repositories.named import NamedRepository
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

View = dict[str, Any]


def seen(row: AnyRow, version: int | None, noun: str) -> AnyRow:
    """A row that is held, if it is as the caller has seen it.

    Raises:
        Stale: `version` is given and it has another by now.
    """
    if version is not None and row.version != version:
        raise Stale(f"The {noun} was changed meanwhile; look again.")
    return row


def first_stamps(at: datetime) -> dict[str, Any]:
    """The stamps of a new row."""
    return {"version": 1, "created_at": at, "updated_at": at}


def next_stamps(row: AnyRow, at: datetime) -> dict[str, Any]:
    """The stamps of a row that is changed."""
    return {"version": row.version + 1, "updated_at": at}


def _nothing(*_: object) -> None:
    """Nothing else follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Things of one table, by JSON data.

    `hold` holds what data names, before the row itself is held. `columns` checks data, against the row that
    it changes or None, and makes columns of it; `view` makes JSON of a row. `told` makes the event of a
    change. `before_removal` may refuse one; `after` follows a change.
    """

    begin: BeginWork
    read: BeginWork
    noun: str
    of: Callable[[Work], NamedRepository]
    columns: Callable[[Work, Mapping[str, Any], AnyRow | None], dict[str, Any]]
    view: Callable[[Work, AnyRow], View]
    told: Callable[[str, int, Mapping[str, Any]], Audited]
    hold: Callable[[Work, Mapping[str, Any]], None] = _nothing
    after: Callable[[Work, int], None] = _nothing
    before_removal: Callable[[Work, AnyRow], None] = _nothing

    def list_(self, page: Page, *, actor: Actor) -> Paged[View]:
        """A page of them, by name unless the page says otherwise."""
        with self.read(actor) as work:
            found = self.of(work).page(page)
            return Paged([self.view(work, row) for row in found.items], found.next)

    def get(self, id_: int, *, actor: Actor) -> View:
        """One of them, or its NotFound."""
        with self.read(actor) as work:
            return self.view(work, self.of(work).get(id_))

    def add(self, data: Mapping[str, Any], *, actor: Actor) -> View:
        """Add one.

        Raises:
            Invalid: the data can't be meant; every wrong field is named.
            NameTaken: there is one with this name.
        """
        with self.begin(actor) as work:
            self.hold(work, data)
            columns = self.columns(work, data, None)
            id_ = self.of(work).add({**columns, **first_stamps(work.now())})
            self._tell(work, "added", id_, data)
            view = self.view(work, self.of(work).get(id_))
            work.commit()
            return view

    def change(self, id_: int, data: Mapping[str, Any], *, version: int | None, actor: Actor) -> View:
        """Change what the data names; what is so already changes nothing and is not announced.

        Raises:
            NotFound: there is none of this id.
            Stale: `version` is given and it has another by now.
            Invalid: the data can't be meant.
            NameTaken: another one has the new name.
        """
        with self.begin(actor) as work:
            self.hold(work, data)
            row = seen(self.of(work).lock(id_), version, self.noun)
            columns = self.columns(work, data, row)
            changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
            if changed:
                self.of(work).change(id_, {**changed, **next_stamps(row, work.now())})
                self._tell(work, "changed", id_, data)
            view = self.view(work, self.of(work).get(id_))
            if changed:
                work.commit()
            return view

    def remove(self, id_: int, *, version: int | None, actor: Actor) -> None:
        """Remove one.

        Raises:
            NotFound: there is none of this id.
            Stale: `version` is given and it has another by now.
            Conflict: something else needs it.
        """
        with self.begin(actor) as work:
            row = seen(self.of(work).lock(id_), version, self.noun)
            self.before_removal(work, row)
            self.of(work).remove(id_)
            self._tell(work, "removed", id_, {"name": row.name})
            work.commit()

    def _tell(self, work: Work, verb: str, id_: int, details: Mapping[str, Any]) -> None:
        work.record(self.told(verb, id_, details))
        self.after(work, id_)
