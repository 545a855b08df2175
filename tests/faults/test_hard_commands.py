"""Commands that do all they can to get away, to say too much or nothing: through the whole server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from autom8.kernel.defaults import MIB, OUTPUT_BYTES_MAX
from autom8.kernel.vocabulary import Reason, RunState
from tests.faults.conftest import ORDINARILY_ON_SQLITE, Ground
from tests.faults.ledger import lasted_s, runs_of
from tests.faults.load import task
from tests.faults.manual import await_begun, run_by_hand
from tests.faults.report import Notes
from tests.faults.server import Server, wait_until

GIGABYTE = 1_000_000_000
MEMORY_BYTES_MAX = 160 * MIB  # above what the server has before it reads the first of a gigabyte
SLEEPER = "7304.5"  # seconds, and the name by which the escaped are found
ESCAPES = (
    f"setsid sleep {SLEEPER} & "
    f"(setsid sh -c 'sleep {SLEEPER} & exit' &) ; "
    f"env -i setsid sh -c 'trap \"\" TERM HUP; cd /; exec sleep {SLEEPER} >/dev/null 2>&1 </dev/null' & "
    f"sleep {SLEEPER}"
)


@ORDINARILY_ON_SQLITE
def test_whatever_a_command_does_its_end_is_recorded_and_nothing_of_it_is_left(
    ground: Ground, make_server: Callable[..., Server]
) -> None:
    server, path = make_server(ground).start(), ground.starts.path
    run_by_hand(server, task("escapes", ESCAPES, path, timeout_s=2, grace_s=1))
    run_by_hand(
        server,
        task("ignores", "trap '' TERM INT HUP; while :; do sleep 1; done", path, timeout_s=1, grace_s=1),
    )
    run_by_hand(server, task("closes", "exec >&- 2>&- <&-; sleep 2; exit 3", path))
    run_by_hand(server, task("hangs", "exec sleep 7305", path, timeout_s=1, grace_s=1))
    run_by_hand(server, task("killed", "kill -9 $$", path))
    await_begun(ground, "escapes", "ignores", "closes", "hangs", "killed")

    def ended() -> bool:
        return all(RunState(run.state).final for run in runs_of(ground.url))

    wait_until(ended, within_s=40, what="all of them have ended")
    runs = {run.task_name: run for run in runs_of(ground.url)}
    for name in ("escapes", "ignores", "hangs"):
        assert (runs[name].state, runs[name].reason) == (RunState.TIMED_OUT, Reason.TIMEOUT), name
        assert lasted_s(runs[name]) < 15, name
    assert (runs["closes"].state, runs["closes"].exit_code) == (RunState.FAILED, 3)
    assert lasted_s(runs["closes"]) >= 2
    assert (runs["killed"].state, runs["killed"].signal) == (RunState.FAILED, 9)
    wait_until(lambda: not _sleepers(), within_s=5, what=f"no escaped process lives: {_sleepers()}")
    assert server.ask("GET", "/health")["status"] == "ok"


@ORDINARILY_ON_SQLITE
def test_a_gigabyte_of_output_costs_the_server_no_memory_and_no_slot(
    ground: Ground, make_server: Callable[..., Server], note: Notes
) -> None:
    server, path = make_server(ground).start(), ground.starts.path
    tick = task("tick", ":", path, schedule={"kind": "interval", "every_s": 1}, concurrency="queue")
    server.ask("POST", "/tasks", tick)
    await_begun(ground, "tick")

    with memory_of(server.worker) as peak:
        run_by_hand(server, task("prints", f"yes 'all work and no play' | head -c {GIGABYTE}", path))
        wait_until(
            lambda: any(RunState(run.state).final for run in runs_of(ground.url, "prints")),
            within_s=240,
            what="it has printed a gigabyte",
        )

    run = runs_of(ground.url, "prints")[0]
    assert run.state == RunState.SUCCEEDED
    assert run.output_bytes == GIGABYTE
    assert OUTPUT_BYTES_MAX * 0.9 < run.output_kept_bytes <= OUTPUT_BYTES_MAX
    assert peak[-1] - peak[0] <= MEMORY_BYTES_MAX
    late = max(
        (each.started_at - each.slot_at).total_seconds()
        for each in runs_of(ground.url, "tick")
        if each.slot_at and each.started_at
    )
    assert late < 30
    grown = f"the server grew by {(peak[-1] - peak[0]) / MIB:.0f} MiB"
    seen = f"it took {lasted_s(run):.0f} s, {grown}, and others were late by {late:.1f} s at most"
    note.fact("a command prints 1 GB", ground.dialect, seen)


@contextmanager
def memory_of(pid: int) -> Iterator[list[int]]:
    """The memory of a process before the block, then the most it had during it, in bytes."""
    process, over = psutil.Process(pid), threading.Event()
    peak = [process.memory_info().rss]
    peak.append(peak[0])

    def watch() -> None:
        while not over.wait(0.05):
            peak[-1] = max(peak[-1], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _sleepers() -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if SLEEPER in (each.info["cmdline"] or [])]
