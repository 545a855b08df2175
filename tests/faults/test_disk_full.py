"""The disk is full while commands print: the server waits, loses nothing, and goes on when there is room."""

from __future__ import annotations

import os
import pwd
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.faults.conftest import Ground
from tests.faults.ledger import judge, sqlite_url
from tests.faults.load import task
from tests.faults.manual import run_by_hand
from tests.faults.report import Notes
from tests.faults.restarted_postgres import restarted
from tests.faults.server import Server, wait_until
from tests.faults.slowness import slowness
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.starts import StartLog
from tests.services.postgres import UNPRIVILEGED, PostgresServer

RECOVERY_S_MAX = 10.0
FULL_S = 5.0
WHAT = "the disk is full while commands print"
EVERY_SECOND = {"kind": "interval", "every_s": 1}
LINES = 400
LINE = "echo line $n; head -c 4000 /dev/zero | tr '\\0' x; echo"
PRINTS = f"for n in $(seq {LINES}); do {LINE}; sleep {{pause}}; done"


def test_a_full_disk_delays_runs_and_loses_none_on_sqlite(
    tmp_path: Path, make_server: Callable[..., Server], note: Notes
) -> None:
    starts = StartLog(tmp_path / "starts")
    with small_disk(tmp_path / "a", megabytes=32) as disk:
        there = Ground("sqlite", disk.seen(tmp_path), None)
        server = make_server(there, wrapper=disk.wrapper, home_given=tmp_path / "a").start()
        seen = survive(server, disk, starts)
        server.terminate()
        # SQLite follows links: a path below /proc leads it to a file outside the disk.
        shutil.copytree(server.home, tmp_path / "copy")
    verdict = judge(sqlite_url(tmp_path / "copy" / "autom8.db"), starts)
    assert not verdict.wrong, str(verdict)
    note.fact(WHAT, "sqlite", seen)


def test_a_full_disk_delays_runs_and_loses_none_on_postgresql(
    private_postgres: PostgresServer, tmp_path: Path, make_server: Callable[..., Server], note: Notes
) -> None:
    folder = private_postgres.folder / "small"
    owner = pwd.getpwnam(UNPRIVILEGED).pw_uid if os.geteuid() == 0 else os.geteuid()
    with (
        small_disk(folder, megabytes=40, options=f"mode=700,uid={owner}") as disk,
        restarted(private_postgres, wrapper=disk.wrapper),
    ):
        name = private_postgres.create_database()
        with psycopg.connect(private_postgres._maintenance, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{folder}'".encode())
            connection.execute(f"ALTER DATABASE {name} SET TABLESPACE small".encode())
        ground = Ground("postgresql", tmp_path, private_postgres.url(name))
        server = make_server(ground).start()
        seen = survive(server, disk, ground.starts)
        server.terminate()
        verdict = judge(ground.url, ground.starts)
    assert not verdict.wrong, str(verdict)
    note.fact(WHAT, ground.dialect, seen)


def survive(server: Server, disk: SmallDisk, log: StartLog) -> str:
    """Fill the disk while one command prints to its end and another past the fault; what was seen then."""
    slow, worker = slowness(), server.worker
    tick = server.ask("POST", "/tasks", task("tick", ":", log.path, schedule=EVERY_SECOND))["id"]
    printing = [
        run_by_hand(server, task("ends", PRINTS.format(pause="0.005"), log.path)),
        run_by_hand(server, task("lasts", PRINTS.format(pause="0.03"), log.path)),
    ]
    wait_until(
        lambda: {each.task for each in log.entries()} >= {"ends", "lasts", "tick"},
        within_s=30,
        what="all begin",
    )

    disk.fill()
    time.sleep(FULL_S)
    size = log.size
    assert "postponed" in server.said(), "the fault was not felt"
    assert server.process is not None
    assert server.process.poll() is None
    disk.free()

    seconds = wait_until(
        lambda: any(each.task == "tick" for each in log.entries(after=size)), within_s=60, what="it goes on"
    )
    assert seconds <= RECOVERY_S_MAX * max(slow, slowness())
    server.ask("POST", f"/tasks/{tick}/pause", {})
    wait_until(
        lambda: not server.ask("GET", "/runs?state=queued,claimed,running")["items"],
        within_s=60,
        what="every end is recorded",
    )
    for run in (server.ask("GET", f"/runs/{run_id}") for run_id in printing):
        assert run["state"] == "succeeded", run
        assert text_of(server, run["id"]).count("line ") == LINES, run
    assert server.worker == worker, "it was started anew"
    return f"commands begin again {seconds:.1f} s after there is room, and all output is there"


def text_of(server: Server, run_id: int) -> str:
    """All that a run has printed, as it was stored."""
    pieces, after = [], ""
    while True:
        page = server.ask("GET", f"/runs/{run_id}/output?after={after}")
        pieces += [each["text"] for each in page["items"]]
        if page["complete"] or not page["items"]:
            return "".join(pieces)
        after = page["next"]
