"""Many rows inserted at once, as quickly as each database takes them. Knows no table.

SQLAlchemy's own way prepares the parameters of each row anew, which takes longer than SQLite's insert;
PostgreSQL is quickest by COPY, where no row may be there already, and else by arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import JSON, Connection, Dialect, LargeBinary, String, Table
from sqlalchemy.exc import IntegrityError, OperationalError

_AT_ONCE: Final = 1_000
_NOT_THERE: Final = ["ON CONFLICT DO NOTHING"]
_Change = Callable[[Any], Any]


def insert_many(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    but_those_there: bool = False,
) -> None:
    """Insert rows, whose values are in the order of `columns`; with `but_those_there` those not there yet.

    Raises:
        IntegrityError: a row is there already, or does not fit.
    """
    if not rows:
        return
    names = ", ".join(columns)
    changed = _changed(rows, _changes(table, columns, connection.dialect))
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in columns)
        words = [
            "INSERT INTO",
            table.name,
            f"({names})",
            f"VALUES ({marks})",
        ]  # names of ours, never of a caller
        connection.exec_driver_sql(" ".join(words + (_NOT_THERE if but_those_there else [])), changed)
    elif but_those_there:
        statement = _by_arrays(table, columns, connection.dialect)
        for start in range(0, len(changed), _AT_ONCE):
            together = [list(values) for values in zip(*changed[start : start + _AT_ONCE], strict=True)]
            connection.exec_driver_sql(statement, tuple(together))
    else:
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", changed)


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    import psycopg  # where it is used, there it is

    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error
    except psycopg.OperationalError as error:
        raise OperationalError(statement, None, error) from error


def _changed(rows: Sequence[Sequence[Any]], changes: Mapping[int, _Change]) -> list[tuple[Any, ...]]:
    if not changes:
        return [tuple(row) for row in rows]
    changed = []
    for row in rows:
        values = list(row)
        for at, change in changes.items():
            if values[at] is not None:
                values[at] = change(values[at])
        changed.append(tuple(values))
    return changed


@lru_cache(maxsize=64)
def _changes(table: Table, columns: tuple[str, ...], dialect: Dialect) -> Mapping[int, _Change]:
    """How values become the driver's, by their places; both take bytes, texts and numbers as they are."""
    changes: dict[int, _Change] = {}
    for at, name in enumerate(columns):
        type_ = table.c[name].type.dialect_impl(dialect)
        if isinstance(type_, JSON):
            changes[at] = _json_text
        elif not isinstance(type_, LargeBinary) and dialect.name == "sqlite":
            change = type_.bind_processor(dialect)
            if change is not None:
                changes[at] = change
    return changes


@lru_cache(maxsize=64)
def _by_arrays(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    """An insert of rows that come as an array for each column."""
    arrays, values = [], []
    for at, name in enumerate(columns):
        type_ = table.c[name].type.dialect_impl(dialect)
        is_json = isinstance(type_, JSON)
        plain = is_json or isinstance(type_, String)  # a collation has no place in a cast
        arrays.append(f"%s::{'text' if plain else type_.compile(dialect)}[]")
        values.append(f"given.c{at}::jsonb" if is_json else f"given.c{at}")
    given = ", ".join(f"c{at}" for at in range(len(columns)))
    source = f"unnest({', '.join(arrays)}) AS given({given})"
    into = ["INSERT INTO", table.name, f"({', '.join(columns)})"]
    return " ".join([*into, "SELECT", ", ".join(values), "FROM", source, *_NOT_THERE])


def _json_text(value: object) -> str:
    return orjson.dumps(value).decode()
