"""A worker in a process of its own, to be frozen: python -m tests.scheduler.sleeper URL.

Holds the one queued run, beats until it is told a line on its standard input, then tries to end the run.
"""

from __future__ import annotations

import random
import sys

from autom8.kernel.clock import SystemClock
from autom8.kernel.events import Bus
from autom8.repositories.unit_of_work import UnitsOfWork
from autom8.scheduler.recovery import take_up_work
from autom8.scheduler.worker import Worker
from tests.scheduler.house import HandProcesses, OneMachine, opened


def main(url: str) -> None:
    processes = HandProcesses(hold=True)
    with opened(url) as database:
        clock = SystemClock()
        units = UnitsOfWork(database, Bus(), clock)
        identity = take_up_work(
            key="sleeper",
            name="sleeper",
            incarnation="sleeper",
            begin=units.writing,
            processes=processes,
            machine=OneMachine(),
        )
        worker = Worker(
            identity=identity,
            slots=1,
            begin=units.writing,
            read=units.reading,
            processes=processes,
            clock=clock,
            chance=random.Random(1),
        )
        worker.step()
        sys.stdout.write(f"{len(processes.begun)}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        processes.children[0].finish(0)
        worker.accepting = False
        worker.step()
        worker.heartbeat()
        sys.stdout.write(f"{worker.busy}\n")


if __name__ == "__main__":
    main(sys.argv[1])
