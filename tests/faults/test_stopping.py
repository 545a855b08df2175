"""How a server ends: asked to, with commands in progress; from the keyboard; when its parent is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from autom8.kernel.vocabulary import Reason, RunState
from tests.faults.conftest import ORDINARILY_ON_SQLITE, Ground
from tests.faults.ledger import judge, runs_of
from tests.faults.load import task
from tests.faults.manual import await_begun, run_by_hand
from tests.faults.report import Notes
from tests.faults.server import Server, living, wait_until
from tests.faults.starts import END

GRACE = {"AUTOM8_STOP_GRACE_S": "5", "AUTOM8_WORKER_SLOTS": "3"}
CTRL_C_TRIES = 4  # a worker that heard of it twice hung in one of two or three
EVERY_SECOND = {"kind": "interval", "every_s": 1}
_LASTS_S = 8  # longer than a worker takes to come back on a busy machine


@ORDINARILY_ON_SQLITE
def test_asked_to_stop_it_begins_nothing_more_and_records_how_each_command_ended(
    ground: Ground, make_server: Callable[..., Server]
) -> None:
    server, path = make_server(ground, env=GRACE).start(), ground.starts.path
    server.ask("POST", "/tasks", task("tick", ":", path, schedule=EVERY_SECOND))
    await_begun(ground, "tick")
    run_by_hand(server, task("long", "sleep 300", path, grace_s=1))
    run_by_hand(server, task("stubborn", "trap '' TERM; while :; do sleep 1; done", path, grace_s=1))
    await_begun(ground, "long", "stubborn")
    run_by_hand(server, task("brief", "sleep 2", path))
    await_begun(ground, "brief")
    run_by_hand(server, task("waits", ":", path))  # no slot is free, before `brief` ends while it stops
    commands = psutil.Process(server.worker).children(recursive=True)

    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    time.sleep(1.0)  # what it had claimed may still begin
    size = ground.starts.size
    status = server.process.wait(30)

    begun_late = [each for each in ground.starts.entries(after=size) if each.what == "begin"]
    fates = {run.task_name: run for run in runs_of(ground.url, "brief", "long", "stubborn", "waits")}
    assert status == 0, server.said()[-2000:]
    assert begun_late == []
    assert fates["brief"].state == RunState.SUCCEEDED
    assert fates["waits"].state == RunState.QUEUED
    for name in ("long", "stubborn"):
        assert (fates[name].state, fates[name].reason) == (RunState.CANCELLED, Reason.SHUTDOWN)
    assert living(commands) == []
    assert not (server.home / "server.json").exists()


@ORDINARILY_ON_SQLITE
def test_ctrl_c_stops_it_like_any_other_stop(ground: Ground, make_server: Callable[..., Server]) -> None:
    server = make_server(ground, env={"AUTOM8_STOP_GRACE_S": "0"})
    for attempt in range(CTRL_C_TRIES):
        server.start()
        run_by_hand(server, task(f"long-{attempt}", "sleep 300", ground.starts.path, grace_s=1))
        await_begun(ground, f"long-{attempt}")

        assert server.process is not None
        os.killpg(server.process.pid, signal.SIGINT)  # a terminal sends it to the whole group
        assert server.process.wait(20) == 0

        run = runs_of(ground.url, f"long-{attempt}")[0]
        assert (run.state, run.reason) == (RunState.CANCELLED, Reason.SHUTDOWN)
    assert "Traceback" not in server.said()


@ORDINARILY_ON_SQLITE
def test_when_the_parent_is_killed_its_worker_and_all_commands_are_gone_within_two_seconds(
    ground: Ground, make_server: Callable[..., Server], note: Notes
) -> None:
    server = make_server(ground).start()
    run_by_hand(server, task("long", "sleep 300", ground.starts.path))
    run_by_hand(server, task("escaped", "setsid sleep 300 & sleep 300", ground.starts.path))
    await_begun(ground, "long", "escaped")
    below = [each for each in server.tree() if server.process and each.pid != server.process.pid]

    server.kill_parent()

    seconds = wait_until(lambda: not living(below), within_s=10, what=f"all of it is gone: {below}")
    seen = f"its worker process and all commands are gone after {seconds:.2f} s"
    note.fact("kill -9 of the parent process alone", ground.dialect, seen)
    assert seconds <= 2.0


def test_a_start_touches_nobody_elses_runs(
    postgresql_ground: Ground, make_server: Callable[..., Server]
) -> None:
    ground = postgresql_ground
    one = make_server(ground, "a").start()
    run_by_hand(one, task("long", "sleep 300", ground.starts.path))
    await_begun(ground, "long")
    other = make_server(ground, "b").start()

    other.kill_all()
    other.start()
    other.terminate()
    other.start()

    run = runs_of(ground.url, "long")[0]
    assert (run.state, run.attempt) == (RunState.RUNNING, 1)
    assert one.ask("GET", f"/runs/{run.id}")["state"] == "running"
    assert living(psutil.Process(one.worker).children(recursive=True))


@pytest.mark.parametrize("delivery", ["at_most_once", "at_least_once"])
def test_a_restart_ends_the_command_of_a_killed_server_before_it_runs_again(
    ground: Ground, make_server: Callable[..., Server], delivery: str
) -> None:
    server = make_server(ground).start()
    line = f"setsid sh -c 'sleep {_LASTS_S}; {END}' & sleep {_LASTS_S}"
    run_by_hand(server, task("long", line, ground.starts.path, delivery=delivery))
    await_begun(ground, "long")

    server.kill_worker()  # the parent lives, so that nobody ends the command but the next worker

    wait_until(
        lambda: RunState(runs_of(ground.url, "long")[0].state).final, within_s=40, what="its fate is known"
    )
    run = runs_of(ground.url, "long")[0]
    verdict = judge(ground.url, ground.starts)
    assert not verdict.wrong, str(verdict)
    if delivery == "at_most_once":
        assert (run.state, run.reason, run.attempt) == (RunState.LOST, Reason.WORKER_RESTARTED, 1)
        time.sleep(_LASTS_S)  # what were not ended would have written its end by now
        assert [each.what for each in ground.starts.entries()] == ["begin"]
    else:
        assert (run.state, run.attempt) == (RunState.SUCCEEDED, 2)
