"""A whole embedded engine on real commands, for tests and for processes that tests start and kill."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from autom8.kernel.actor import SYSTEM
from autom8.kernel.clock import SystemClock
from autom8.kernel.events import Bus, RunCancelRequested, RunsQueued, TaskChanged
from autom8.kernel.telemetry import Telemetry
from autom8.persistence.engines import Database
from autom8.repositories.unit_of_work import UnitsOfWork
from autom8.scheduler.dispatch.embedded import EmbeddedEngine
from autom8.scheduler.firing import Firing
from autom8.scheduler.recovery import Reconciler, take_up_work
from autom8.scheduler.retention import Retention
from autom8.scheduler.runners.command import CommandProcesses
from autom8.scheduler.runners.machine import LinuxMachine
from autom8.scheduler.runs import RunService
from autom8.scheduler.tasks import TaskService
from autom8.scheduler.views import RunView
from autom8.scheduler.worker import Worker


@dataclass(slots=True)
class Server:
    """What a test needs of a running engine."""

    engine: EmbeddedEngine
    tasks: TaskService
    runs: RunService
    units: UnitsOfWork

    def await_run(self, run_id: int, wanted: Callable[[RunView], bool], seconds: float = 20) -> RunView:
        """The run, once it is as wanted."""
        end = time.monotonic() + seconds
        while not wanted(run := self.runs.get(run_id, actor=SYSTEM)):
            assert time.monotonic() < end, run
            time.sleep(0.02)
        return run


@contextmanager
def serving(database: Database, *, key: str = "engine", stop_grace_s: float = 0.2) -> Iterator[Server]:
    """A started engine with one worker; stopped at the end."""
    clock, bus = SystemClock(), Bus()
    units = UnitsOfWork(database, bus, clock)
    machine = LinuxMachine()
    firing = Firing(begin=units.writing, machine=machine)
    bells: list[EmbeddedEngine] = []

    def child_changed() -> None:
        for each in bells:
            each.child_changed()

    # Tests run side by side, and an owner's processes are told from others' by its name alone.
    processes = CommandProcesses(clock, child_changed, owner=f"{key}-{os.getpid()}-{database.dialect}")
    identity = take_up_work(
        key=key, name=key, incarnation=key, begin=units.writing, processes=processes, machine=machine
    )
    engine = EmbeddedEngine(
        firing=firing,
        worker=Worker(
            identity=identity,
            slots=4,
            begin=units.writing,
            read=units.reading,
            processes=processes,
            clock=clock,
            chance=random.Random(1),
        ),
        reconciler=Reconciler(begin=units.writing, clock=clock),
        retention=Retention(
            begin=units.writing,
            read=units.reading,
            age_max=timedelta(days=9),
            runs_max=99,
            output_bytes_max=1 << 30,
        ),
        clock=clock,
        telemetry=Telemetry(),
        stop_grace=timedelta(seconds=stop_grace_s),
    )
    bells.append(engine)
    bus.after(RunsQueued, lambda _: engine.ring_worker())
    bus.after(RunCancelRequested, lambda _: engine.ring_worker())
    bus.after(TaskChanged, lambda _: engine.ring_firing())
    tasks = TaskService(begin=units.writing, read=units.reading, firing=firing, machine=machine)
    engine.start()
    try:
        yield Server(engine, tasks, RunService(begin=units.writing, read=units.reading), units)
    finally:
        engine.stop()
        processes.close()
