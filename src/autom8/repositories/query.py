"""Lists: filters, one order, and keyset pages. Never OFFSET.

A `Listing` says once which fields a list may be filtered and ordered by; a cursor is opaque to the
caller and holds the order it belongs to, so it can't be used with another.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, and_, or_

from autom8.kernel.errors import Invalid
from autom8.kernel.paging import LIMIT_MAX, Page, Paged

__all__ = ["LIMIT_MAX", "Filter", "Listing", "Page", "Paged"]

R = TypeVar("R")
Filter = Callable[[Any], ColumnElement[bool]]


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
        order, column, descending = self._order(page)
        for name, value in page.filters.items():
            if value is not None:
                statement = statement.where(self.filters[name](value))
        if page.cursor:
            statement = statement.where(self._after(page.cursor, order, column, descending))
        ordering = [each.desc() if descending else each.asc() for each in self._columns(column)]
        if column is not self.key:
            ordering[0] = ordering[0].nulls_last()
        return statement.order_by(*ordering).limit(min(page.limit, LIMIT_MAX) + 1)

    def paged(self, rows: Sequence[R], page: Page, values: Callable[[R, str], Any]) -> Paged[R]:
        """The rows as a page; `values(row, name)` reads the ordering field and `key` of a row."""
        limit = min(page.limit, LIMIT_MAX)
        if len(rows) <= limit:
            return Paged(rows, None)
        kept = rows[:limit]
        order, column, _ = self._order(page)
        last = kept[-1]
        mark = [order, _plain(values(last, "key"))]
        if column is not self.key:
            mark.append(_plain(values(last, order.removeprefix("-"))))
        return Paged(kept, base64.urlsafe_b64encode(orjson.dumps(mark)).decode().rstrip("="))

    def _order(self, page: Page) -> tuple[str, ColumnElement[Any], bool]:
        order = page.order or self.default
        column = self.orders.get(order.removeprefix("-"))
        if column is None:
            known = ", ".join(sorted(self.orders))
            raise Invalid(
                "The list can't be ordered so.",
                fields={"order": f"must be one of {known}, or with - before it"},
            )
        return order, column, order.startswith("-")

    def _columns(self, column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        return [self.key] if column is self.key else [column, self.key]

    def _after(
        self, cursor: str, order: str, column: ColumnElement[Any], descending: bool
    ) -> ColumnElement[bool]:  # noqa: FBT001
        mark = _decode(cursor)
        if not mark or mark[0] != order or len(mark) != (2 if column is self.key else 3):
            raise Invalid(
                "The cursor is not of this list.", fields={"cursor": "is not of this list and order"}
            )
        try:
            key = _typed(self.key, mark[1])
            beyond_key = self.key < key if descending else self.key > key
            if column is self.key:
                return beyond_key
            if mark[2] is None:  # nulls come last, in either direction
                return and_(column.is_(None), beyond_key)
            value = _typed(column, mark[2])
        except (TypeError, ValueError) as error:
            raise Invalid("The cursor is not of this list.", fields={"cursor": "is not a cursor"}) from error
        beyond = column < value if descending else column > value
        return or_(beyond, and_(column == value, beyond_key), column.is_(None))


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _typed(column: ColumnElement[Any], value: Any) -> Any:
    expected = column.type.python_type
    if expected is datetime:
        return datetime.fromisoformat(value)
    if type(value) is not expected:
        raise TypeError(f"a cursor value must be {expected.__name__}")
    return value


def _decode(cursor: str) -> list[Any]:
    try:
        mark = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise Invalid("The cursor is not of this list.", fields={"cursor": "is not a cursor"}) from error
    return mark if isinstance(mark, list) else []
