"""One bounded cache in memory, valid by generations that rise in the transaction that writes.

A reader takes the generation before it queries, so what a writer changes meanwhile makes the entry
stale at once. One thread rebuilds a key while others wait for it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import select

from autom8.kernel.clock import Clock
from autom8.kernel.telemetry import Telemetry
from autom8.models import Generation
from autom8.persistence.engines import Database, translated

T = TypeVar("T")


class Generations(Protocol):
    """How often each cached table has been written, as committed now."""

    def __call__(self) -> Mapping[str, int]:
        """Numbers by table name.

        Raises:
            DatabaseUnavailable: the database is gone, so nothing that is kept can be trusted.
        """
        ...


def read_generations(database: Database) -> Generations:
    """Generations read from the database at each call: a raw read of a few microseconds on SQLite."""
    if database.dialect == "sqlite":
        return _RawSqliteGenerations(database)
    statement = select(Generation.name, Generation.value)

    def read() -> Mapping[str, int]:
        with translated(), database.read_engine.connect() as connection:
            return {row.name: row.value for row in connection.execute(statement)}

    return read


class _RawSqliteGenerations:
    """Driver connections outside the pool: the ORM's cost would be fifty times the read's.

    They are lent and given back, never kept by a thread: a connection that is closed while its thread's state
    is cleared crashes the interpreter, and granian's threads end after half a minute without work.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._idle: deque[Any] = deque()

    def __call__(self) -> Mapping[str, int]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        generations = dict(connection.execute("SELECT name, value FROM generation"))
        self._idle.append(connection)  # one that failed is left to the collector
        return generations

    def _connect(self) -> Any:
        with translated():
            borrowed = self._database.read_engine.raw_connection()
        connection = borrowed.driver_connection  # once detached, it no longer tells
        borrowed.detach()
        return connection


@dataclass(frozen=True, slots=True)
class _Entry:
    value: Any
    generations: tuple[int, ...]
    good_until: float


@dataclass(slots=True)
class _Turn:
    """Whose turn it is to build a key, and how many threads want it or wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted_by: int = 0


class Cache:
    """Least recently used entries go first; each is good for at most its time to live. Thread-safe."""

    def __init__(
        self, *, items_max: int, ttl: timedelta, generations: Generations, clock: Clock, telemetry: Telemetry
    ) -> None:
        self._items_max = items_max
        self._ttl_s = ttl.total_seconds()
        self._generations = generations
        self._clock = clock
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._turns: dict[Hashable, _Turn] = {}

    def get(self, key: Hashable, *, tables: Iterable[str], build: Callable[[], T]) -> tuple[T, bool]:
        """The value of `key` as `build` makes it from `tables`, and whether it was at hand.

        What `build` raises reaches its own caller only; the next thread that waits tries for itself.
        """
        names = tuple(tables)
        found = self._find(key, names)
        if found is not None:
            return found.value, True
        with self._turn(key):
            found = self._find(key, names)  # another thread may have built it meanwhile
            if found is None:
                return self._build(key, names, build), False
            return found.value, True

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    @contextmanager
    def _turn(self, key: Hashable) -> Iterator[None]:
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.wanted_by += 1
        try:
            with turn.lock:
                yield
        finally:
            with self._lock:
                turn.wanted_by -= 1
                if not turn.wanted_by:  # not sooner, or a newcomer would build beside those who wait
                    del self._turns[key]

    def _find(self, key: Hashable, names: tuple[str, ...]) -> _Entry | None:
        current = self._now(names)
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.generations != current or entry.good_until <= self._clock.monotonic():
                return None
            self._entries.move_to_end(key)
        self._telemetry.count("cache.hits")
        return entry

    def _build(self, key: Hashable, names: tuple[str, ...], build: Callable[[], T]) -> T:
        self._telemetry.count("cache.misses")
        generations = self._now(names)  # before the query: a write during it makes the entry stale
        value = build()
        with self._lock:
            self._entries[key] = _Entry(value, generations, self._clock.monotonic() + self._ttl_s)
            self._entries.move_to_end(key)
            while len(self._entries) > self._items_max:
                self._entries.popitem(last=False)
        return value

    def _now(self, names: tuple[str, ...]) -> tuple[int, ...]:
        current = self._generations()
        return tuple(current.get(name, 0) for name in names)
