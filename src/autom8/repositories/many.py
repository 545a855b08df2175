"""Many rows inserted at once, as quickly as each database takes them. Knows no table.

SQLAlchemy's own way prepares the parameters of each row anew, which takes longer than SQLite's insert.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import JSON, Connection, Dialect, LargeBinary, String, Table

_AT_ONCE: Final = 1_000
_Change = Callable[[Any], Any]


def insert_many(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    but_those_there: bool = False,
) -> None:
    """Insert rows, whose values are in the order of `columns`; with `but_those_there` those not there yet."""
    if not rows:
        return
    statement, changes = _prepared(table, columns, connection.dialect, but_those_there=but_those_there)
    if changes:
        rows = [
            tuple(
                changes[at](value) if at in changes and value is not None else value
                for at, value in enumerate(row)
            )
            for row in rows
        ]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])
        return
    for start in range(0, len(rows), _AT_ONCE):
        columnwise = [list(values) for values in zip(*rows[start : start + _AT_ONCE], strict=True)]
        connection.exec_driver_sql(statement, tuple(columnwise))


def _json_text(value: object) -> str:
    return orjson.dumps(value).decode()


@lru_cache(maxsize=64)
def _prepared(
    table: Table, columns: tuple[str, ...], dialect: Dialect, *, but_those_there: bool
) -> tuple[str, dict[int, _Change]]:
    """The statement, and how values become the driver's, by their places."""
    names = ", ".join(columns)
    tail = " ON CONFLICT DO NOTHING" if but_those_there else ""
    types = [table.c[name].type.dialect_impl(dialect) for name in columns]
    found = {
        at: type_.bind_processor(dialect)
        for at, type_ in enumerate(types)
        if not isinstance(type_, LargeBinary)  # both drivers take bytes as they are
    }
    if dialect.name == "sqlite":
        marks = ", ".join("?" for _ in columns)
        changes = {at: change for at, change in found.items() if change is not None}
        return f"INSERT INTO {table.name} ({names}) VALUES ({marks}){tail}", changes  # noqa: S608 - names of ours
    arrays, values = [], []
    changes = {}
    for at, type_ in enumerate(types):
        is_json = isinstance(type_, JSON)
        plain = is_json or isinstance(type_, String)  # a collation has no place in a cast
        arrays.append(f"%s::{'text' if plain else type_.compile(dialect)}[]")
        values.append(f"given.c{at}::jsonb" if is_json else f"given.c{at}")
        if is_json:
            changes[at] = _json_text
    given = ", ".join(f"c{at}" for at in range(len(columns)))
    source = f"unnest({', '.join(arrays)}) AS given({given})"
    return f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {source}{tail}", changes  # noqa: S608
