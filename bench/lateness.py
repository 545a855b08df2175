"""Lateness: how long after its slot a command begins, at 1,000 slots a minute."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.databases import database
from bench.figures import Figure, Report, quantile
from bench.processes import cpu_time
from bench.scale import Scale
from bench.server import Server, data_folder, running
from bench.tasks import add_tasks, instant, runs

SLOTS_PER_MINUTE = 1_000
TASKS = 50
EVERY_S = TASKS * 60 / SLOTS_PER_MINUTE
WITNESS_EVERY = 5  # each fifth command tells the time at which it began


def measure(scale: Scale) -> Iterator[Report]:
    """One report for each database."""
    for kind in scale.databases:
        with (
            data_folder() as home,
            database(kind) as url,
            running(home, database_url=url, AUTOM8_RETENTION_RUNS="100000") as server,
        ):
            yield _watch(server, home, kind, scale)


def _watch(server: Server, home: Path, kind: str, scale: Scale) -> Report:
    seen = home.parent / "seen"
    add_tasks(server, _spread(seen))
    time.sleep(scale.lateness_settle_s)
    since = datetime.now(UTC)
    before = cpu_time(server.pid)
    time.sleep(scale.lateness_s)
    used = cpu_time(server.pid) - before
    until = datetime.now(UTC)
    time.sleep(1)  # for the last of them to have begun
    late_ms = [
        each["lateness_s"] * 1000
        for each in runs(server, "trigger=schedule")
        if each["lateness_s"] is not None and since <= instant(each["slot_at"]) < until
    ]
    told_ms = list(_told(seen, since, until))
    expected = scale.lateness_s * SLOTS_PER_MINUTE / 60
    return Report(
        name="lateness",
        what=f"from slot to start at {SLOTS_PER_MINUTE} slots a minute, spread evenly",
        database=kind,
        figures=[
            Figure(name="p50", value=quantile(late_ms, 0.5), unit="ms", at_most=15),
            Figure(name="p99", value=quantile(late_ms, 0.99), unit="ms", at_most=50),
            Figure(name="longest", value=max(late_ms), unit="ms"),
            Figure(name="p50 by the commands' own clock", value=quantile(told_ms, 0.5), unit="ms"),
            Figure(name="p99 by the commands' own clock", value=quantile(told_ms, 0.99), unit="ms"),
            Figure(name="slots seen of those expected", value=100 * len(late_ms) / expected, unit="%"),
            Figure(name="CPU of the server a run", value=1000 * used.own_s / len(late_ms), unit="ms"),
        ],
    )


def _spread(seen: Path) -> Iterator[Mapping[str, Any]]:
    """Tasks whose slots come one after the other, 60 ms apart."""
    anchor = datetime.now(UTC)
    for number in range(TASKS):
        at = anchor + timedelta(seconds=number * EVERY_S / TASKS)
        task: dict[str, Any] = {
            "name": f"late-{number}",
            "schedule": {"kind": "interval", "every_s": EVERY_S, "anchor_at": at.isoformat()},
            "command": ["/bin/true"],
        }
        if number % WITNESS_EVERY == 0:
            line = f'echo "$AUTOM8_SLOT_AT $(date --utc +%Y-%m-%dT%H:%M:%S.%NZ)" >> "{seen}"'
            task |= {"shell": "/bin/sh", "command": [line]}
        yield task


def _told(seen: Path, since: datetime, until: datetime) -> Iterator[float]:
    """Milliseconds after their slots at which the witnesses began, the start of `sh` and `date` included."""
    for line in seen.read_text(encoding="ascii").splitlines():
        slot, _, began = line.partition(" ")
        if since <= instant(slot) < until:
            yield (instant(began[:26] + "Z") - instant(slot)).total_seconds() * 1000
