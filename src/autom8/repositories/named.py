"""Rows that people name: what the repositories of policies, schedules, channels, checks and such share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from autom8.kernel.errors import Conflict, NotFound
from autom8.repositories.query import AnyRow, Filter, Listing, Page, Paged


class NameTaken(Conflict):
    """Another one has this name, or one that differs only in case or form."""

    code = "name_taken"

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"There is a {noun} {name!r} already.")


class NamedRepository:
    """All SQL about one table with `id`, `name`, `name_key` and `version`."""

    table: ClassVar[Table]
    noun: ClassVar[str]
    not_found: ClassVar[type[NotFound]]
    filters: ClassVar[Mapping[str, Filter]] = {}

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, page: Page) -> Paged[AnyRow]:
        """Rows, by name unless the page says otherwise."""
        listing = self._listing()
        rows = self._session.connection().execute(listing.select(self._rows(), page)).all()
        return listing.paged(rows, page, lambda row, name: row.name_key if name == "name" else row.id)

    def get(self, id_: int) -> AnyRow:
        """One row, or its error."""
        return self._one(self._rows(), id_)

    def lock(self, id_: int) -> AnyRow:
        """One row, held until the end of the transaction, or its error."""
        return self._one(self._rows().with_for_update(), id_)

    def find(self, id_: int) -> AnyRow | None:
        """One row, if it is there."""
        return self._session.connection().execute(self._rows().where(self.table.c.id == id_)).first()

    def find_many(self, ids: Collection[int]) -> Mapping[int, AnyRow]:
        """Those of these rows that are there."""
        rows = self._session.connection().execute(self._rows().where(self.table.c.id.in_(ids)))
        return {row.id: row for row in rows}

    def hold(self, ids: Collection[int]) -> Mapping[int, AnyRow]:
        """Those of these rows that are there; none can be removed before the transaction ends."""
        statement = self._rows().where(self.table.c.id.in_(ids)).order_by(self.table.c.id)
        rows = self._session.connection().execute(statement.with_for_update(read=True, key_share=True))
        return {row.id: row for row in rows}

    def all(self) -> Sequence[AnyRow]:
        """All rows, the oldest first."""
        return self._session.connection().execute(self._rows().order_by(self.table.c.id)).all()

    def add(self, values: Mapping[str, Any]) -> int:
        """Add a row and say its id.

        Raises:
            NameTaken: there is one with this name.
        """
        try:
            made = insert(self.table).values(**values).returning(self.table.c.id)
            return int(self._session.connection().execute(made).scalar_one())
        except IntegrityError as error:
            raise NameTaken(self.noun, values["name"]) from error

    def change(self, id_: int, values: Mapping[str, Any]) -> None:
        """Change columns of a row.

        Raises:
            NameTaken: another one has its new name.
        """
        statement = update(self.table).where(self.table.c.id == id_).values(**values)
        try:
            self._session.connection().execute(statement)
        except IntegrityError as error:
            raise NameTaken(self.noun, values.get("name", "")) from error

    def remove(self, id_: int) -> None:
        """Remove a row."""
        self._session.connection().execute(delete(self.table).where(self.table.c.id == id_))

    def _rows(self) -> Select[*tuple[Any, ...]]:
        return select(*self.table.c)

    def _listing(self) -> Listing:
        orders = {"id": self.table.c.id, "name": self.table.c.name_key}
        return Listing(key=self.table.c.id, orders=orders, default="name", filters=self.filters)

    def _one(self, statement: Select[Any], id_: int) -> AnyRow:
        row = self._session.connection().execute(statement.where(self.table.c.id == id_)).first()
        if row is None:
            raise self.not_found(f"There is no {self.noun} {id_}.")
        return row
