"""A thread of the scheduler dies of a fault nobody foresaw: its process goes along, and comes back whole."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.faults.conftest import Ground
from tests.faults.ledger import judge, open_runs
from tests.faults.load import add_load, end_load
from tests.faults.report import Notes
from tests.faults.server import Server, wait_until
from tests.faults.slowness import slowness

RECOVERY_S_MAX = 10.0
TASKS = 10


@pytest.mark.parametrize(
    ("thread", "notices_s"),
    [("fire", 1.0), ("work", 1.0), pytest.param("heartbeat", 10.0, marks=pytest.mark.full)],
)
def test_a_thread_that_dies_takes_its_process_along_and_the_parent_starts_another(
    ground: Ground, make_server: Callable[..., Server], note: Notes, thread: str, notices_s: float
) -> None:
    fault = ground.folder / "fault"
    server = make_server(
        ground, sabotage=os.environ.get("SABOTAGE", "thread_dies"), env={"FAULT_FILE": str(fault)}
    ).start()
    ids = add_load(server, ground.starts.path, tasks=TASKS)
    wait_until(lambda: ground.starts.size, within_s=30, what="commands begin")
    before, size, slow = server.worker, ground.starts.size, slowness()

    fault.write_text(thread)

    seconds = wait_until(
        lambda: ground.starts.begun_by_others({before}, after=size),
        within_s=60,
        what=f"commands begin again\n{server.said()[-2000:]}",
    )
    seen = f"the process is gone and back after {seconds:.1f} s"
    note.fact(f"the thread `{thread}` dies", ground.dialect, seen, slow=slow)
    assert seconds <= (RECOVERY_S_MAX + notices_s) * max(slow, slowness())
    assert server.await_ready().worker != before
    assert server.process is not None
    assert server.process.poll() is None
    assert "scheduler_thread_died" in server.said()
    end_load(server, ground.url, ids)
    verdict = judge(ground.url, ground.starts)
    assert not verdict.wrong, str(verdict)
    assert open_runs(ground.url) == []


def test_a_worker_that_dies_at_once_again_ends_the_server_with_one_line_that_says_so(
    ground: Ground, make_server: Callable[..., Server]
) -> None:
    server = make_server(ground).start()
    assert server.process is not None
    first = server.worker
    server.kill_worker()
    wait_until(lambda: server.worker != first, within_s=30, what="the parent starts another")

    server.kill_worker()

    assert server.process.wait(20) == 1
    assert [line for line in server.said().splitlines() if "died twice" in line]
    server.start()
    assert server.ask("GET", "/health")["status"] == "ok"
