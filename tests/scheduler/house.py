"""The scheduler's services on a real database, with a clock that tests turn and commands that tests end."""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from autom8.kernel.actor import Actor
from autom8.kernel.events import Bus, Event
from autom8.kernel.vocabulary import ActorKind, Role, Stream
from autom8.models import Base, Installation, Run, RunAttempt, Task
from autom8.persistence.engines import Database, open_postgresql, open_sqlite
from autom8.persistence.migrate import migrate
from autom8.repositories.unit_of_work import CACHED_TABLES, UnitsOfWork, note_written_tables
from autom8.scheduler.firing import Firing
from autom8.scheduler.imports import ImportService
from autom8.scheduler.ports import (
    Boot,
    CannotStart,
    Ending,
    Launch,
    OutputPiece,
    ProcessIdentity,
    StopReason,
)
from autom8.scheduler.recovery import Reconciler, take_up_work
from autom8.scheduler.retention import Retention
from autom8.scheduler.runs import RunService
from autom8.scheduler.tasks import TaskService
from autom8.scheduler.views import TaskView
from autom8.scheduler.worker import Worker
from tests.services.postgres import PostgresServer

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ADA = Actor(kind=ActorKind.USER, id=1, name="ada", role=Role.OPERATOR)


@dataclass(slots=True)
class HandClock:
    """A wall clock and a monotonic one, both turned by hand; safe to read from any thread."""

    wall: datetime = NOON
    seconds: float = 1_000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds

    def step(self, by: timedelta) -> None:
        """Set the wall clock to another time, while none passes."""
        self.wall += by


class HandUnits(UnitsOfWork):
    """Units of work that ask the hand-turned clock on PostgreSQL too."""

    __slots__ = ()

    def _tell_time(self, session: Session) -> datetime:
        return self.clock.now()


@dataclass(slots=True)
class OneMachine:
    """A machine whose boot is known."""

    id: str = "boot-1"
    at: datetime = NOON - timedelta(hours=1)

    def boot(self) -> Boot:
        return Boot(id=self.id, at=self.at)


@dataclass(slots=True)
class HandChild:
    """A command that ends at once with success, unless its processes are told to hold it."""

    processes: HandProcesses
    launch: Launch
    identity: ProcessIdentity
    open: bool = False
    killed: bool = False
    stopped: StopReason | None = None
    output: list[OutputPiece] = field(default_factory=list)
    end: Ending | None = None

    def open_gate(self) -> None:
        if self.open or self.killed:
            return
        self.open = True
        self.processes.begun.append((self.launch.run_id, self.launch.attempt))
        if not self.processes.hold:
            self.finish(self.processes.exit_code)

    def stop(self, reason: StopReason) -> None:
        self.stopped = self.stopped or reason
        if self.open and not self.processes.stubborn:
            self.finish(None, signal=15)

    def kill(self) -> None:
        self.killed = True

    def say(self, data: bytes, *, tail: bool = False, dropped_before: int = 0) -> None:
        """Write something."""
        piece = OutputPiece(stream=Stream.STDOUT, data=data, tail=tail, dropped_before=dropped_before)
        self.output.append(piece)

    def finish(self, exit_code: int | None = 0, *, signal: int | None = None) -> None:
        """End."""
        said = sum(len(each.data) for each in self.output)
        self.end = self.end or Ending(
            exit_code=exit_code,
            signal=signal,
            stopped=self.stopped,
            cpu_s=0.01,
            memory_bytes_max=1_000_000,
            output_bytes=said,
        )

    def take_output(self) -> list[OutputPiece]:
        taken, self.output = self.output, []
        return taken

    def ending(self) -> Ending | None:
        return self.end


@dataclass(slots=True)
class HandProcesses:
    """Starts commands that are no processes."""

    hold: bool = False
    stubborn: bool = False
    exit_code: int = 0
    refuse: str | None = None
    begun: list[tuple[int, int]] = field(default_factory=list)
    children: list[HandChild] = field(default_factory=list)
    ended_survivors: list[tuple[Sequence[ProcessIdentity], Sequence[int]]] = field(default_factory=list)
    _pids: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def start(self, launch: Launch) -> HandChild:
        if self.refuse is not None:
            raise CannotStart(self.refuse)
        identity = ProcessIdentity(pid=next(self._pids), started_ticks=7, boot_id="boot-1")
        self.children.append(HandChild(self, launch, identity))
        return self.children[-1]

    def end_survivors(self, identities: Sequence[ProcessIdentity], run_ids: Sequence[int]) -> int:
        self.ended_survivors.append((identities, run_ids))
        return len(identities)


@dataclass(slots=True)
class House:
    """One database, and the services of one server on it."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    machine: OneMachine = field(default_factory=OneMachine)
    bus: Bus = field(default_factory=Bus)
    heard: list[Event] = field(default_factory=list)
    _tokens: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.bus.after(Event, self.heard.append)
        self.units = HandUnits(self.database, self.bus, self.clock)
        self.firing = Firing(begin=self.units.writing, machine=self.machine)
        self.tasks = TaskService(
            begin=self.units.writing, read=self.units.reading, firing=self.firing, machine=self.machine
        )
        self.runs = RunService(begin=self.units.writing, read=self.units.reading)
        self.imports = ImportService(begin=self.units.writing, tasks=self.tasks)

    units: HandUnits = field(init=False)
    firing: Firing = field(init=False)
    tasks: TaskService = field(init=False)
    runs: RunService = field(init=False)
    imports: ImportService = field(init=False)

    def neighbour(self) -> House:
        """Another server on the same database, at the same time of day."""
        return House(self.database, clock=self.clock)

    def worker(
        self, key: str = "w1", *, slots: int = 16, processes: HandProcesses | None = None
    ) -> tuple[Worker, HandProcesses]:
        """A worker that has taken up its work, and its commands."""
        processes = processes or HandProcesses()
        incarnation = f"{key}.{next(self._tokens)}"
        identity = take_up_work(
            key=key,
            name=key,
            incarnation=incarnation,
            begin=self.units.writing,
            processes=processes,
            machine=self.machine,
        )
        worker = Worker(
            identity=identity,
            slots=slots,
            begin=self.units.writing,
            read=self.units.reading,
            processes=processes,
            clock=self.clock,
            chance=random.Random(1),
        )
        return worker, processes

    def reconciler(self) -> Reconciler:
        return Reconciler(begin=self.units.writing, clock=self.clock)

    def retention(self, **limits: Any) -> Retention:
        given: dict[str, Any] = {
            "age_max": timedelta(days=90),
            "runs_max": 1_000,
            "output_bytes_max": 1 << 30,
        }
        given.update(limits)
        return Retention(begin=self.units.writing, read=self.units.reading, **given)

    def add(self, name: str = "report", **data: Any) -> TaskView:
        """A task that runs `true`."""
        enabled: bool = data.pop("enabled", True)
        return self.tasks.add({"name": name, "command": ["true"], **data}, actor=ADA, enabled=enabled)

    def start(self, task: TaskView) -> int:
        """Queue a run by hand; its id."""
        return self.runs.start(task.id, parameters={}, actor=ADA).id

    def all_runs(self, task_id: int | None = None) -> list[Run]:
        """All rows of runs, oldest first."""
        with Session(self.database.read_engine) as session:
            query = select(Run).order_by(Run.id)
            if task_id is not None:
                query = query.where(Run.task_id == task_id)
            return list(session.scalars(query))

    def run(self, run_id: int) -> Run:
        return next(each for each in self.all_runs() if each.id == run_id)

    def attempts(self, run_id: int) -> list[RunAttempt]:
        with Session(self.database.read_engine) as session:
            query = select(RunAttempt).where(RunAttempt.run_id == run_id).order_by(RunAttempt.attempt)
            return list(session.scalars(query))

    def task(self, task_id: int) -> Task:
        with Session(self.database.read_engine) as session:
            task = session.get(Task, task_id)
            assert task is not None
            return task

    def fates(self, task_id: int | None = None) -> list[tuple[str, str | None, int]]:
        """State, reason and number of slots of each run, oldest first."""
        return [(each.state, each.reason, each.slot_count) for each in self.all_runs(task_id)]

    def slots_told(self, task_id: int) -> int:
        """How many slots the ledger accounts for."""
        return sum(each.slot_count for each in self.all_runs(task_id) if each.slot_at is not None)

    def look_until_expired(self, reconciler: Reconciler, *, beat: Callable[[], object] | None = None) -> int:
        """Let 40 s pass, with a look each 5 s as in a server."""
        settled = reconciler.look()
        for _ in range(8):
            self.clock.advance(5)
            if beat is not None:
                beat()
            settled += reconciler.look()
        return settled


KEPT: Final = frozenset({"installation", "generation"})
EVERY_MINUTE = {"kind": "interval", "every_s": 60.0, "anchor_at": "2026-01-01T00:00:00Z"}


def prepare(engine: Engine) -> None:
    """The core schema, and the rows that bootstrap makes."""
    migrate(engine, "core")
    with Session(engine) as session:
        session.add(Installation(id=1, key="tests", created_at=NOON))
        session.commit()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database behind a URL, as a server opens it."""
    if url.startswith("sqlite"):
        database = open_sqlite(Path(url.partition("///")[2]))
    else:
        database = open_postgresql(url)
    note_written_tables(database.write_engine)
    try:
        yield database
    finally:
        database.dispose()


def _fill(url: str) -> None:
    with opened(url) as database:
        prepare(database.write_engine)
        units = UnitsOfWork(database, Bus(), HandClock())
        with units.writing() as work:
            work.installation.ensure_generations(CACHED_TABLES)
            work.commit()
        if database.dialect == "sqlite":
            with database.write_engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "autom8.db"
    _fill(f"sqlite+pysqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def shared_postgresql(postgres: PostgresServer) -> str:
    """One database for all tests of this process: emptying it takes a twentieth of making a new one."""
    url = postgres.url(postgres.create_database())
    _fill(url)
    return url


@pytest.fixture
def postgresql_url(shared_postgresql: str) -> str:
    """PostgreSQL at this program's schema, with nothing in it."""
    with psycopg.connect(shared_postgresql.replace("+psycopg", "")) as connection:
        connection.execute(_EMPTY.encode())
    return shared_postgresql


_EMPTY: Final = "; ".join(
    [f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables) if table.name not in KEPT]
    + ["UPDATE generation SET value = 0"]
)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database at this program's schema: a SQLite file, then one of the real PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "autom8.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+pysqlite:///{path}"
        return
    yield request.getfixturevalue("postgresql_url")


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    with opened(migrated_url) as database:
        yield database


@pytest.fixture
def house(database: Database) -> House:
    return House(database)
