"""Breaks a server between any two SQL statements, or leaves it in doubt about a commit."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, event

from autom8.kernel.errors import Unavailable
from autom8.persistence.engines import Database
from autom8.scheduler.worker import Worker
from tests.scheduler.house import HandProcesses, House


class Crash(BaseException):
    """The server died here."""


def crash() -> None:
    """Die in a way that a test can watch."""
    raise Crash


def kill_myself() -> None:
    """Die as by kill -9, at once and with nothing cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Points:
    """The places where a server may break: before each statement, before and after each commit."""

    strike_at: int | None = None
    strike: Callable[[], None] = crash
    lose_commit: int | None = None  # the number of the commit that raises
    lost_is_done: bool = False
    committed: Callable[[int], None] = field(default=lambda _number: None)
    passed: int = 0
    commits: int = 0
    told: list[str] = field(default_factory=list)

    def reach(self, what: str) -> None:
        """Be at the next place."""
        self.told.append(what)
        place, self.passed = self.passed, self.passed + 1
        if place == self.strike_at:
            self.strike()

    def commit(self, commit: Callable[[], None], error: type[Exception]) -> None:
        """Commit, unless this one is to be lost."""
        number, self.commits = self.commits, self.commits + 1
        self.reach("before COMMIT")
        if number == self.lose_commit:
            if self.lost_is_done:
                commit()
            raise error("the connection broke while it committed")
        commit()
        self.committed(number)
        self.reach("after COMMIT")


@contextmanager
def watched(database: Database, points: Points) -> Iterator[Points]:
    """Have every statement and commit of a database pass `points`."""
    engine = database.write_engine
    dialect: Any = engine.dialect
    really_commit = dialect.do_commit
    error = sqlite3.OperationalError if dialect.name == "sqlite" else psycopg.OperationalError

    def before(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            points.reach(statement)

    engines = {engine, database.read_engine}
    for each in engines:
        event.listen(each, "before_cursor_execute", before)
    dialect.do_commit = lambda connection: points.commit(lambda: really_commit(connection), error)
    try:
        yield points
    finally:
        del dialect.do_commit
        for each in engines:
            event.remove(each, "before_cursor_execute", before)


def add_due_task(house: House, name: str, **data: Any) -> int:
    """A task with one slot that is due now."""
    at = house.clock.now() + timedelta(seconds=60)
    task = house.add(name, schedule={"kind": "once", "at": at.isoformat()}, **data)
    house.clock.advance(60)
    return task.id


def live(house: House, worker: Worker) -> None:
    """Fire what is due, and claim, start and finish it."""
    house.firing.fire()
    worker.ring()
    worker.step()
    worker.step()


def live_on(house: House, worker: Worker) -> None:
    """Do the same, whatever becomes of single steps, as the engine's threads do."""
    for _ in range(6):
        for deed in (house.firing.fire, worker.ring, worker.step):
            try:
                deed()
            except Unavailable:
                continue


def restart(house: House, processes: HandProcesses) -> None:
    """The server comes back, with the same worker, and does what is left to do."""
    server = house.neighbour()
    worker, _ = server.worker(processes=processes)
    live_on(server, worker)
