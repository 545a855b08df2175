"""Lists: filters, one order, and keyset pages. Never OFFSET.

A `Listing` says once which fields a list may be filtered and ordered by; a cursor is opaque to the
caller and holds the order it belongs to, so it can't be used with another.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypeVar

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, or_

from autom8.kernel.errors import Invalid
from autom8.kernel.paging import LIMIT_MAX, Page, Paged

__all__ = ["LIMIT_MAX", "AnyRow", "Filter", "Listing", "Page", "Paged"]

R = TypeVar("R")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]  # a row of columns that the statement names
Filter = Callable[[Any], ColumnElement[bool]]
_KEYS: Final = range(-(2**63), 2**63)  # what both databases hold in a key
_NOT_A_CURSOR: Final = "is not a cursor of this list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How one kind of row may be listed. `key` is unique and breaks ties."""

    key: ColumnElement[Any]
    orders: Mapping[str, ColumnElement[Any]]
    default: str
    filters: Mapping[str, Filter]

    def select(self, statement: Select[Any], page: Page) -> Select[Any]:
        """`statement` with the page's filters, order and start; it asks for one row more than the page holds.

        Raises:
            Invalid: an unknown order or filter, or a cursor that is not of this list.
        """
        order, column = self._order(page)
        descending = order.startswith("-")
        statement = self.filtered(statement, page.filters)
        if page.cursor:
            statement = statement.where(self._after(page.cursor, order, column))
        columns = [column] if column is self.key else [column, self.key]
        ordering = [each.desc() if descending else each.asc() for each in columns]
        if column is not self.key:
            ordering[0] = ordering[0].nulls_last()
        return statement.order_by(*ordering).limit(_limit(page) + 1)

    def filtered(self, statement: Select[Any], filters: Mapping[str, Any]) -> Select[Any]:
        """`statement` with these filters alone; None values are no filter.

        Raises:
            Invalid: an unknown filter, or a value that no row can have.
        """
        for name, value in filters.items():
            if value is not None:
                statement = statement.where(self._filter(name, value)(value))
        return statement

    def paged(self, rows: Sequence[R], page: Page, values: Callable[[R, str], Any]) -> Paged[R]:
        """The rows as a page; `values(row, name)` reads the ordering field and `key` of a row."""
        if len(rows) <= _limit(page):
            return Paged(rows, None)
        kept = rows[: _limit(page)]
        order, column = self._order(page)
        mark = [order, _plain(values(kept[-1], "key"))]
        if column is not self.key:
            mark.append(_plain(values(kept[-1], order.removeprefix("-"))))
        return Paged(kept, base64.urlsafe_b64encode(orjson.dumps(mark)).decode().rstrip("="))

    def _filter(self, name: str, value: object) -> Filter:
        if name not in self.filters:
            known = ", ".join(sorted(self.filters))
            raise Invalid("The list can't be filtered so.", fields={name: f"is no filter; there are {known}"})
        texts = value if isinstance(value, list | tuple | set | frozenset) else [value]
        if not all(_storable(text) for text in texts):
            raise Invalid("The list can't be filtered so.", fields={name: "holds what no text here can hold"})
        return self.filters[name]

    def _order(self, page: Page) -> tuple[str, ColumnElement[Any]]:
        order = page.order or self.default
        column = self.orders.get(order.removeprefix("-"))
        if column is None:
            known = ", ".join(sorted(self.orders))
            wrong = {"order": f"must be one of {known}, or with - before it"}
            raise Invalid("The list can't be ordered so.", fields=wrong)
        return order, column

    def _after(self, cursor: str, order: str, column: ColumnElement[Any]) -> ColumnElement[bool]:
        descending = order.startswith("-")
        try:
            mark = _decode(cursor)
            if mark[0] != order or len(mark) != (2 if column is self.key else 3):
                raise ValueError(cursor)
            key = _typed(self.key, mark[1])
            beyond_key: ColumnElement[bool] = self.key < key if descending else self.key > key
            if column is self.key:
                return beyond_key
            if mark[2] is None:  # nulls come last, in either direction
                return and_(column.is_(None), beyond_key)
            value = _typed(column, mark[2])
        except (TypeError, ValueError, LookupError) as error:
            raise Invalid("The cursor is not of this list.", fields={"cursor": _NOT_A_CURSOR}) from error
        beyond = column < value if descending else column > value
        return or_(beyond, and_(column == value, beyond_key), column.is_(None))


def _storable(value: object) -> bool:
    """Whether a database takes a value: a text without NUL and without half of a character."""
    return not isinstance(value, str) or not any(
        char == "\0" or "\ud800" <= char <= "\udfff" for char in value
    )


def _limit(page: Page) -> int:
    return max(1, min(page.limit, LIMIT_MAX))


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _typed(column: ColumnElement[Any], value: Any) -> Any:
    """A cursor's value as the column's type; anything that a database would choke on is refused."""
    expected = column.type.python_type
    if expected is datetime:
        value = datetime.fromisoformat(value)
        if value.utcoffset() is None:
            raise ValueError("an instant without its offset")
    if type(value) is not expected:
        raise TypeError(f"a cursor value must be {expected.__name__}")
    if (expected is int and value not in _KEYS) or (expected is str and "\0" in value):
        raise ValueError("a value that no row can have")
    return value


def _decode(cursor: str) -> list[Any]:
    mark = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if not isinstance(mark, list):
        raise TypeError("a cursor is a list")
    return mark
