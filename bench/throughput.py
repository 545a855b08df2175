"""Throughput: how many runs of a command that does nothing one server brings to their ends in a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.databases import database
from bench.figures import Figure, Report
from bench.processes import cpu_time
from bench.scale import Scale
from bench.server import Server, data_folder, running
from bench.tasks import add_tasks, instant, runs

DRAIN_S_MAX = 300.0
AHEAD_S = 3.0  # of the slot; making the tasks must be done by then
MAKING_S = 0.01  # a task


def measure(scale: Scale) -> Iterator[Report]:
    """One report for each database."""
    for kind in scale.databases:
        with data_folder() as home, database(kind) as url, running(home, database_url=url) as server:
            yield _burst(server, kind, scale.burst_runs)


def _burst(server: Server, kind: str, count: int) -> Report:
    """All tasks have their one slot at the same instant; they are then worked off."""
    at = datetime.now(UTC) + timedelta(seconds=AHEAD_S + count * MAKING_S)
    schedule = {"kind": "once", "at": at.isoformat()}
    add_tasks(
        server,
        ({"name": f"noop-{n}", "schedule": schedule, "command": ["/bin/true"]} for n in range(count)),
    )
    time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds() - 0.5))
    before = cpu_time(server.pid)
    _await_ends(server, count)
    used = cpu_time(server.pid) - before
    ended = runs(server, "state=succeeded")
    took = max(instant(each["ended_at"]) for each in ended) - at
    return Report(
        name="throughput",
        what=f"{count} runs of /bin/true, due at the same instant",
        database=kind,
        figures=[
            Figure(name="runs a second", value=count / took.total_seconds(), unit="/s", at_least=100),
            Figure(name="CPU of the server a run", value=1000 * used.own_s / count, unit="ms"),
            Figure(name="CPU of the commands a run", value=1000 * used.children_s / count, unit="ms"),
        ],
    )


def _await_ends(server: Server, count: int) -> None:
    end = time.monotonic() + DRAIN_S_MAX
    while True:
        newest = server.get("/runs?limit=1&state=queued,claimed,running")["items"]
        if not newest and len(runs(server, "state=succeeded")) >= count:
            return
        if time.monotonic() > end:
            raise RuntimeError(f"{count} runs did not end in {DRAIN_S_MAX:.0f} s")
        time.sleep(0.5)
