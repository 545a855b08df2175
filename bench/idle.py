"""Idle: what `autom8 up` takes of memory and CPU while it has tasks and none is due."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.figures import Figure, Report
from bench.processes import cpu_time, memory_mb, switches
from bench.scale import Scale
from bench.server import Server, data_folder, running
from bench.tasks import add_tasks, hourly_tasks

TASKS = 100
RUN_S_MAX = 30.0


def measure(scale: Scale) -> Iterator[Report]:
    """One report."""
    with data_folder() as home:
        with running(home) as server:
            add_tasks(server, hourly_tasks(TASKS))
        with running(home) as server:  # a server that made its own schema holds more
            _use_once(server)
            time.sleep(scale.idle_settle_s)
            before, woken, began = cpu_time(server.pid), switches(server.pid), time.monotonic()
            time.sleep(scale.idle_s)
            passed = time.monotonic() - began
            used = (cpu_time(server.pid) - before).own_s
            yield Report(
                name="idle",
                what=f"`autom8 up` with {TASKS} tasks, after a list and a run; over {scale.idle_s:g} s",
                database="sqlite",
                figures=[
                    Figure(name="memory", value=memory_mb(server.pid), unit="MB PSS", at_most=130),
                    Figure(name="CPU", value=100 * used / passed, unit="%", at_most=0.5),
                    Figure(name="wake-ups", value=(switches(server.pid) - woken) / passed, unit="/s"),
                ],
                notes=["Both processes count: granian's parent, and the one that does all the work."],
            )


def _use_once(server: Server) -> None:
    """Load what is loaded when first needed: a page of tasks and one run."""
    server.get("/tasks?limit=50&recent=30")
    task = server.post("/tasks", {"name": f"once-{time.time_ns()}", "command": ["/bin/true"]})
    run = server.post(f"/tasks/{task['id']}/run", {})
    end = time.monotonic() + RUN_S_MAX
    while run["ended_at"] is None:
        if time.monotonic() > end:
            raise RuntimeError(f"the run did not end: {run}")
        time.sleep(0.1)
        run = server.get(f"/runs/{run['id']}")
