"""What is asked of a database meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, event

from autom8.persistence.engines import Database

_APART = ("BEGIN", "COMMIT", "ROLLBACK", "SET", "SELECT CURRENT")


class Asked(NamedTuple):
    """One statement, and its parameters."""

    statement: str
    parameters: Any


@contextmanager
def statements(database: Database) -> Iterator[list[Asked]]:
    """Every statement that is executed inside, but for what transactions and clocks ask."""
    seen: list[Asked] = []

    def note(_c: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.startswith(_APART):
            seen.append(Asked(statement, parameters))

    engines = {database.write_engine, database.read_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
