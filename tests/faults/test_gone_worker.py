"""A server is gone, or stands still for longer than its lease: another takes its runs, and keeps them."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from autom8.kernel.vocabulary import Reason, RunState
from tests.faults.conftest import Ground
from tests.faults.ledger import runs_of
from tests.faults.load import task
from tests.faults.manual import await_begun, run_by_hand
from tests.faults.report import Notes
from tests.faults.server import Server, living, wait_until
from tests.faults.slowness import slowness

TAKE_OVER_S_MAX = 45.0
WAKES_UP_S_MAX = 15.0  # a heartbeat comes each 10 s
TWICE = {"delivery": "at_least_once"}


def await_taken_over(ground: Ground, *, once: str, twice: str) -> None:
    """Wait until a run that may begin once is lost, and one that may begin again has."""
    await_begun(ground, twice, attempt=2)
    wait_until(lambda: runs_of(ground.url, once)[0].state == RunState.LOST, within_s=30, what="it is lost")
    assert runs_of(ground.url, once)[0].reason == Reason.WORKER_GONE


def test_the_runs_of_a_dead_machine_are_taken_over_within_45_seconds(
    postgresql_ground: Ground, make_server: Callable[..., Server], note: Notes
) -> None:
    ground, slow = postgresql_ground, slowness()
    dead = make_server(ground, "a").start()
    run_by_hand(dead, task("once", "sleep 300", ground.starts.path))
    run_by_hand(dead, task("twice", "sleep 300", ground.starts.path, **TWICE))
    await_begun(ground, "once", "twice")
    other = make_server(ground, "b").start()

    dead.kill_all()
    began = time.monotonic()

    await_taken_over(ground, once="once", twice="twice")
    seconds = time.monotonic() - began
    what = "a server and its commands killed (-9), never to come back"
    seen = f"another has taken over its runs after {seconds:.1f} s"
    note.fact(what, ground.dialect, seen, slow=slow)
    assert seconds <= TAKE_OVER_S_MAX * max(slow, slowness()) ** 0.5
    assert other.ask("GET", "/runs?state=running")["items"][0]["attempt"] == 2


def test_a_frozen_worker_that_wakes_cannot_finish_what_was_taken_over(
    postgresql_ground: Ground, make_server: Callable[..., Server], note: Notes
) -> None:
    """Its commands are not frozen: some end meanwhile, and that comes too late; the others are ended."""
    ground = postgresql_ground
    frozen = make_server(ground, "a").start()
    for name, line in (("ended", "sleep 8"), ("going", "sleep 300")):
        run_by_hand(frozen, task(f"{name}-once", line, ground.starts.path))
        run_by_hand(frozen, task(f"{name}-twice", line, ground.starts.path, **TWICE))
    names = ("ended-once", "ended-twice", "going-once", "going-twice")
    await_begun(ground, *names)
    make_server(ground, "b").start()
    commands = psutil.Process(frozen.worker).children(recursive=True)

    frozen.freeze(commands=False)
    await_taken_over(ground, once="going-once", twice="going-twice")
    await_taken_over(ground, once="ended-once", twice="ended-twice")
    settled = {
        run.task_name: (run.state, run.ended_at) for run in runs_of(ground.url, "going-once", "ended-once")
    }
    frozen.thaw()

    seconds = wait_until(lambda: not living(commands), within_s=WAKES_UP_S_MAX, what="its commands are ended")
    again = runs_of(ground.url, "ended-twice")[0]
    wait_until(
        lambda: runs_of(ground.url, "ended-twice")[0].state == RunState.SUCCEEDED,
        within_s=30,
        what="b ends it",
    )
    assert again.attempt == 2
    after = {
        run.task_name: (run.state, run.ended_at) for run in runs_of(ground.url, "going-once", "ended-once")
    }
    assert after == settled
    assert [run.state for run in runs_of(ground.url, "going-twice")] == [RunState.RUNNING]
    assert "run_taken_away" in frozen.said() or "finish_refused" in frozen.said()
    what = "a server frozen (SIGSTOP) for longer than its lease, then woken"
    seen = f"its runs stay with who took them over; its commands are ended {seconds:.1f} s after it wakes"
    note.fact(what, ground.dialect, seen)
