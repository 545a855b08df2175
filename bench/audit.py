"""Checking the audit trail: entries a second from SQLite, an export and PostgreSQL, by all cores and by one.

The entries are as long as real ones, lie seconds apart and have a checkpoint for each thousand.
"""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from autom8.audit.checkpoint import Signer
from autom8.audit.entry import EPOCH, Entry, chained, genesis
from autom8.audit.inquiry import Verification
from autom8.audit.merkle import Tree, leaf
from autom8.audit.offline import Trusted, export_database, verify_database, verify_export
from autom8.kernel.actor import Actor
from autom8.kernel.clock import SystemClock
from autom8.kernel.events import Audited
from autom8.kernel.vocabulary import ActorKind
from bench.databases import database
from bench.figures import Figure, Report
from bench.scale import Scale
from tests.security.house import INSTALLATION, prepare

AIM = 200_000  # entries a second
SIGNED_EACH = 1_000
SIGNER = Signer(origin=INSTALLATION, seed=bytes(32))
TRUSTED = Trusted(keys=frozenset({SIGNER.public_key}))
_MICROSECOND = timedelta(microseconds=1)
Row = tuple[Any, ...]


def measure(scale: Scale) -> Iterator[Report]:
    """A report for each database; that of SQLite has an export of it too."""
    entries, checkpoints = _trail(scale.audit_entries)
    for kind in scale.databases:
        with tempfile.TemporaryDirectory(prefix="autom8-bench-") as folder, database(kind) as url:
            where = url or str(Path(folder) / "autom8.db")
            fill = _fill_sqlite if url is None else _fill_postgresql
            fill(where, entries, checkpoints)
            figures = [*_figures("", partial(verify_database, where, TRUSTED, _unheard), scale)]
            if url is None:
                export = Path(folder) / "export.jsonl"
                with (
                    export_database(where, first=1, last=None, clock=SystemClock()) as (lines, _),
                    export.open("wb") as file,
                ):
                    file.writelines(lines)
                figures += _figures("export, ", partial(verify_export, export, TRUSTED, _unheard), scale)
            yield Report(
                name="audit",
                what=f"check of {len(entries):,} entries and {len(checkpoints):,} checkpoints",
                database=kind,
                figures=figures,
                notes=[f"The best of {scale.audit_rounds}; a round by processes has their start in it."],
            )


def _figures(name: str, check: Callable[..., Verification], scale: Scale) -> Iterator[Figure]:
    cores = len(os.sched_getaffinity(0))
    by_all, _ = _quickest(check, cores, scale)
    alone, cpu = _quickest(check, 1, scale)
    yield Figure(name=f"{name}by {cores} processes", value=by_all, unit="/s", at_least=AIM)
    yield Figure(name=f"{name}by one process", value=alone, unit="/s")
    yield Figure(name=f"{name}by one process, for each second of CPU", value=cpu, unit="/s")


def _quickest(check: Callable[..., Verification], jobs: int, scale: Scale) -> tuple[float, float]:
    rates, by_cpu = [], []
    for _ in range(scale.audit_rounds):
        began, cpu = time.perf_counter(), time.process_time()
        found = check(jobs=jobs)
        took, used = time.perf_counter() - began, time.process_time() - cpu
        assert found.ok, found.what
        assert found.count == scale.audit_entries
        rates.append(found.count / took)
        by_cpu.append(found.count / used)
    return max(rates), max(by_cpu)


def _trail(count: int) -> tuple[list[Row], list[Row]]:
    chance, at = random.Random(7), datetime(2026, 1, 1, tzinfo=UTC)
    previous, tree = genesis(INSTALLATION), Tree()
    entries: list[Row] = []
    checkpoints: list[Row] = []
    for seq in range(1, count + 1):
        at += timedelta(microseconds=chance.randrange(1, 3_000_000))
        entry = _entry(seq, at, chance)
        canonical = entry.canonical()
        own = chained(previous, canonical)
        actor, event = entry.actor, entry.event
        columns = (actor.kind.value, actor.id, actor.name, event.action, event.object_type, event.object_id)
        entries.append((seq, (at - EPOCH) // _MICROSECOND, *columns, canonical, previous, own))
        previous = own
        tree.extend([leaf(own)])
        if seq % SIGNED_EACH == 0:
            made = SIGNER.sign(size=seq, root=tree.root(), last_hash=own, at=at)
            signed = (made.key_id, made.public_key, made.signature)
            checkpoints.append((seq, (at - EPOCH) // _MICROSECOND, made.root, own, tree.frontier, *signed))
    return entries, checkpoints


def _entry(seq: int, at: datetime, chance: random.Random) -> Entry:
    user = chance.randrange(1, 40)
    actor = Actor(
        kind=ActorKind.USER,
        id=user,
        name=f"user-{user}",
        address=f"203.0.113.{user}",
        request_id=f"{chance.getrandbits(96):024x}",
    )
    event = Audited(
        action=chance.choice(["task.added", "task.edited", "run.started", "session.started"]),
        object_type="task",
        object_id=str(chance.randrange(3_000)),
        details={"name": f"task-{seq}", "changed": ["command", "schedule"], "revision": seq % 7},
    )
    return Entry(seq=seq, at=at, actor=actor, event=event)


def _fill_sqlite(path: str, entries: list[Row], checkpoints: list[Row]) -> None:
    prepare(f"sqlite+pysqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        for table, rows in (("audit_entry", entries), ("audit_checkpoint", checkpoints)):
            marks = ",".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        connection.commit()


def _fill_postgresql(url: str, entries: list[Row], checkpoints: list[Row]) -> None:
    prepare(url)
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        for table, rows in (("audit_entry", entries), ("audit_checkpoint", checkpoints)):
            with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([row[0], EPOCH + row[1] * _MICROSECOND, *row[2:]])
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE audit_entry")


def _unheard(_far: int, _total: int) -> None:
    pass
