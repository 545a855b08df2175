"""Start: how long `autom8 up` takes to its first answer, on a data folder that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.figures import Figure, Report
from bench.processes import cpu_time
from bench.scale import Scale
from bench.server import data_folder, running
from bench.tasks import add_tasks, hourly_tasks

TASKS = 100


def measure(scale: Scale) -> Iterator[Report]:
    """One report."""
    with data_folder() as home:
        with running(home) as server:
            add_tasks(server, hourly_tasks(TASKS))
        took: list[float] = []
        cpu: list[float] = []
        for _ in range(scale.starts):
            with running(home) as server:
                took.append(server.start_s)
                cpu.append(cpu_time(server.pid).own_s)
    yield Report(
        name="start",
        what=f"`autom8 up` with {TASKS} tasks to its first answer, {scale.starts} times",
        database="sqlite",
        figures=[
            Figure(name="median", value=median(took), unit="s", at_most=1.5),
            Figure(name="shortest", value=min(took), unit="s"),
            Figure(name="longest", value=max(took), unit="s"),
            Figure(name="CPU of a start, least", value=min(cpu), unit="s"),
        ],
    )
