"""The simulated world: virtual time, one real SQLite in memory, and a seed that decides everything else.

Several nodes are stepped in one thread. Between any two SQL statements a node may crash, and a commit
may be done or not done without its node being told. A failure prints its seed and replays exactly.
"""

from __future__ import annotations

import heapq
import itertools
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from autom8.kernel.events import Bus
from autom8.models import Installation
from autom8.persistence.engines import Database, prepare_sqlite
from autom8.persistence.migrate import migrate
from autom8.repositories.unit_of_work import CACHED_TABLES, UnitsOfWork, note_written_tables


class Crash(BaseException):
    """The node died here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doom:
    """How something will break: the node dies after so many statements, or is not told of its commit.

    `lose_commit` True: it is done and the node is told of an error; False: it is not done.
    """

    crash_after: int | None = None
    lose_commit: bool | None = None


@dataclass(slots=True)
class World:
    """Virtual time, the database, and the queue of what happens next."""

    seed: int
    begins_at: datetime
    elapsed_s: float = 0.0
    chance: random.Random = field(init=False)
    database: Database = field(init=False)
    faults: StatementFaults = field(init=False)
    watchers: list[Callable[[], None]] = field(default_factory=list)
    _keeper: sqlite3.Connection = field(init=False)
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        # In memory, and kept by a connection of its own: SQLAlchemy throws away one in which something died.
        name = f"file:simulated-{id(self)}?mode=memory&cache=shared"
        self._keeper = sqlite3.connect(name, uri=True)
        engine = create_engine(f"sqlite+pysqlite:///{name}&uri=true", poolclass=QueuePool, pool_size=1)
        prepare_sqlite(engine, begin="BEGIN", synchronous="OFF")
        note_written_tables(engine)
        self.database = Database(engine, engine)
        migrate(engine, "core")
        self.faults = StatementFaults(engine)
        with self.units(Bus(), WorldClock(self)).writing() as work:
            work.installation.add(Installation(id=1, key="simulated", created_at=self.now()))
            work.installation.ensure_generations(CACHED_TABLES)
            work.commit()

    def now(self) -> datetime:
        """True time."""
        return self.begins_at + timedelta(seconds=self.elapsed_s)

    def close(self) -> None:
        """Forget this world."""
        self.database.dispose()
        self._keeper.close()

    def units(self, bus: Bus, clock: WorldClock) -> UnitsOfWork:
        """Units of work for a node with this clock."""
        return UnitsOfWork(self.database, bus, clock)

    def tell_all(self) -> None:
        """Tell every node that a lease is held somewhere."""
        for watch in self.watchers:
            watch()

    def any_lease(self) -> bool:
        """Whether any run is held; asked beside the nodes' own SQL, to know when nothing can happen."""
        query = "SELECT 1 FROM run WHERE state IN ('claimed', 'running') LIMIT 1"
        return self._keeper.execute(query).fetchone() is not None

    def after(self, seconds: float, happening: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self._events, (self.elapsed_s + max(seconds, 0.0), next(self._order), happening))

    def run_for(self, span: timedelta) -> None:
        """Let time pass."""
        end = self.elapsed_s + span.total_seconds()
        while self._events and self._events[0][0] <= end:
            at, _, happening = heapq.heappop(self._events)
            self.elapsed_s = max(self.elapsed_s, at)
            happening()
        self.elapsed_s = end


@dataclass(slots=True)
class WorldClock:
    """A node's clocks: its wall clock may stand wrong, its monotonic one never goes back."""

    world: World
    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """What this node takes for the time: aware, UTC."""
        return (self.world.now() + self.offset).astimezone(UTC)

    def monotonic(self) -> float:
        """Seconds since the world began."""
        return self.world.elapsed_s


class StatementFaults:
    """Counts SQL statements and commits, and breaks the one that it was told to break."""

    def __init__(self, engine: Engine) -> None:
        self.crash_after: int | None = None
        self.lose_commit: bool | None = None
        self.statements = 0
        dialect: Any = engine.dialect
        self._really_commit: Callable[[Any], None] = dialect.do_commit
        dialect.do_commit = self._commit
        event.listen(engine, "before_cursor_execute", self._before)

    @contextmanager
    def armed(self, doom: Doom) -> Iterator[Callable[[], bool]]:
        """Break what is done inside; what it gives tells whether that has struck."""
        self.crash_after, self.lose_commit = doom.crash_after, doom.lose_commit
        try:
            yield lambda: self.crash_after is None and self.lose_commit is None
        finally:
            self.crash_after = self.lose_commit = None

    def _before(self, _connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            self._count()

    def _commit(self, connection: Any) -> None:
        self._count()
        lose, self.lose_commit = self.lose_commit, None
        if lose is False:
            raise sqlite3.OperationalError("simulated: gone before the commit")
        self._really_commit(connection)
        if lose is True:
            raise sqlite3.OperationalError("simulated: gone after the commit")

    def _count(self) -> None:
        self.statements += 1
        if self.crash_after is None:
            return
        if self.crash_after <= 0:
            self.crash_after = None
            raise Crash
        self.crash_after -= 1
