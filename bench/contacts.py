"""Contacts: 100,000 rows imported by the command line, all or nothing and the good ones, and exported again.

Beside time and memory it tells what the heart sees meanwhile: how late a task of each second begins.
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bench.databases import database
from bench.figures import Figure, Report, quantile
from bench.processes import cpu_time
from bench.scale import Scale
from bench.server import AUTOM8, Server, data_folder, running
from bench.tasks import add_tasks, instant, runs

_GIVEN = ("Ada", "Grace", "Alan", "Emmy", "Jörg", "Käthe", "Søren", "Zoë", "Иван", "太郎")
_FAMILY = (
    "Lovelace",
    "Hopper",
    "Turing",
    "Noether",
    "Müller",
    "Krüger",
    "Ørsted",
    "Dvořák",
    "Иванов",
    "山田",
)
_SAMPLED_EVERY_S = 0.1
_HEART_TASKS = 10
_AT_LEAST_S = 2.0  # so that the tasks of each second are seen beside an import of a few rows too
_SETTLE_S = 10.0  # of the whole: what was late has begun by then


def measure(scale: Scale) -> Iterator[Report]:
    """One report for each database and mode."""
    for kind in scale.databases:
        for mode in ("all", "good"):
            with data_folder() as home, database(kind) as url, running(home, database_url=url) as server:
                yield _import(server, home, kind, mode, scale.contacts)


@dataclass(slots=True)
class _Watch:
    """The most memory that processes took while something went on, in megabytes (10^6)."""

    pid: int
    most_mb: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        process = psutil.Process(self.pid)
        while not self._stop.wait(_SAMPLED_EVERY_S):
            self.most_mb = max(self.most_mb, _rss_mb(process))

    def end(self) -> None:
        self._stop.set()


def _rss_mb(process: psutil.Process) -> float:
    return float(sum(each.memory_info().rss for each in [process, *process.children()])) / 1e6


def _import(server: Server, home: Path, kind: str, mode: str, rows: int) -> Report:
    file = home.parent / "people.csv"
    file.write_text("\n".join(_rows(rows)), encoding="utf-8")
    add_tasks(server, _heart())
    time.sleep(2)
    since, before = datetime.now(UTC), _rss_mb(psutil.Process(server.pid))
    watch = _Watch(server.pid)
    watching = threading.Thread(target=watch.run)
    watching.start()
    used = cpu_time(server.pid)
    import_s, client_mb = _autom8(home, "contact", "import", str(file), "--mode", mode)
    until = max(datetime.now(UTC), since + timedelta(seconds=_AT_LEAST_S))
    used = cpu_time(server.pid) - used
    time.sleep(min(_SETTLE_S, 1 + _AT_LEAST_S + rows / 10_000))
    watch.end()
    watching.join()
    export_s, _ = _autom8(home, "contact", "export", "--out", str(home.parent / "out.csv"))
    late_ms = [
        each["lateness_s"] * 1000
        for each in runs(server, "trigger=schedule")
        if each["lateness_s"] is not None and since <= instant(each["slot_at"]) < until
    ]
    exported = (home.parent / "out.csv").read_bytes().count(b"\n") - 1
    return Report(
        name="contacts",
        what=f"{rows} rows of CSV with ten fields, mode {mode}, beside {_HEART_TASKS} tasks each second",
        database=kind,
        figures=[
            Figure(name="import", value=import_s, unit="s", at_most=60),
            Figure(name="CPU of the server meanwhile", value=used.own_s, unit="s"),
            Figure(
                name="memory that the server took on", value=watch.most_mb - before, unit="MB", at_most=300
            ),
            Figure(name="memory of the command", value=client_mb, unit="MB", at_most=300),
            Figure(name="lateness of tasks meanwhile, p50", value=quantile(late_ms, 0.5), unit="ms"),
            Figure(name="lateness of tasks meanwhile, p99", value=quantile(late_ms, 0.99), unit="ms"),
            Figure(name="lateness of tasks meanwhile, longest", value=max(late_ms), unit="ms"),
            Figure(name="export", value=export_s, unit="s"),
            Figure(name="contacts exported", value=exported, unit=""),
        ],
    )


def _heart() -> Iterator[dict[str, object]]:
    for number in range(_HEART_TASKS):
        schedule = {"kind": "interval", "every_s": 1}
        yield {
            "name": f"heart-{number}",
            "schedule": schedule,
            "command": ["/bin/true"],
            "concurrency": "allow",
        }


def _autom8(home: Path, *words: str) -> tuple[float, float]:
    """Seconds that a command took, and the most memory of it in megabytes."""
    began, most = time.monotonic(), 0.0
    process = subprocess.Popen([*AUTOM8, *words, "--data", str(home)], stdout=subprocess.DEVNULL)
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            most = max(most, watched.memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    if process.wait():
        raise RuntimeError(f"autom8 {words[:2]} ended with {process.returncode}")
    return time.monotonic() - began, most


def _rows(count: int) -> Iterator[str]:
    chance = random.Random(1)
    yield "name,email,phone,notes,tags,groups,zone,language,quiet,channels"
    for number in range(count):
        name = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)} {number}"
        yield (
            f"{name},p{number}@example{number % 97}.org,+4930{10_000_000 + number},"
            f'"Switch room, floor {number % 9}",on-call;db,Team {number % 20},'
            "Europe/Berlin,de,22:00-07:00,email;sms"
        )
