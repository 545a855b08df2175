"""The embedded engine with real commands: it fires, runs, cancels, stops, and dies when a part of it does."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest

from autom8.kernel.actor import SYSTEM
from autom8.kernel.errors import Unavailable
from autom8.kernel.paging import Page
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import Reason, RunState
from autom8.persistence.engines import Database
from autom8.scheduler.dispatch.embedded import DIED, EmbeddedEngine, _StepWatch
from autom8.scheduler.firing import Fired
from autom8.scheduler.views import RunView
from tests.scheduler.engines import serving
from tests.scheduler.house import HandClock, HandProcesses, House


def ended(run: RunView) -> bool:
    return RunState(run.state).final


def add(server: Any, name: str, *command: str, **data: Any) -> int:
    task_id: int = server.tasks.add({"name": name, "command": list(command), **data}, actor=SYSTEM).id
    return task_id


def test_a_whole_life_with_real_commands(database: Database) -> None:
    """Slots fire on time, output arrives, cancels are obeyed, and a stop records what it ends."""
    with serving(database) as server:
        ticking = add(  # noqa: S604 - a field of the task
            server,
            "tick",
            "echo $AUTOM8_TASK; echo oops >&2",
            shell="/bin/sh",
            schedule={"kind": "interval", "every_s": 1.0},
        )
        sleeper = add(server, "sleep", "sleep", "60")
        asleep = server.runs.start(sleeper, parameters={}, actor=SYSTEM).id
        server.await_run(asleep, lambda run: run.state == RunState.RUNNING)
        server.runs.cancel(asleep, actor=SYSTEM)
        cancelled = server.await_run(asleep, ended)
        assert (cancelled.state, cancelled.reason, cancelled.signal) == (
            RunState.CANCELLED,
            Reason.BY_PERSON,
            15,
        )

        def ticks() -> list[RunView]:
            page = Page(filters={"task_id": ticking, "state": ["succeeded"]})
            return list(server.runs.list_(page, actor=SYSTEM).items)

        end = threading.Event()
        while len(ticks()) < 2 and not end.wait(0.05):
            pass
        tick = ticks()[0]
        assert tick.lateness_s is not None
        assert 0 <= tick.lateness_s < 2
        items = server.runs.output(tick.id, after=None, actor=SYSTEM).items
        assert {(item.stream, item.text) for item in items} == {("stdout", "tick\n"), ("stderr", "oops\n")}
        assert server.engine.healthy

        once = add(server, "once", "sleep", "60")
        again = add(server, "again", "sleep", "60", delivery="at_least_once")
        ids = [server.runs.start(each, parameters={}, actor=SYSTEM).id for each in (once, again)]
        for run_id in ids:
            server.await_run(run_id, lambda run: run.state == RunState.RUNNING)

    first, second = (server.runs.get(run_id, actor=SYSTEM) for run_id in ids)
    assert (first.state, first.reason) == (RunState.CANCELLED, Reason.SHUTDOWN)
    assert (second.state, second.reason) == (RunState.QUEUED, Reason.RETRY)
    assert server.engine.worker.busy == 0


def test_a_command_that_ends_within_the_grace_ends_as_itself(database: Database) -> None:
    with serving(database, stop_grace_s=10) as server:
        task = add(server, "brief", "sleep", "0.5")
        run_id = server.runs.start(task, parameters={}, actor=SYSTEM).id
        server.await_run(run_id, lambda run: run.state == RunState.RUNNING)

    assert server.runs.get(run_id, actor=SYSTEM).state == RunState.SUCCEEDED


DYING = """
import sys
from tests.scheduler.engines import serving
from tests.scheduler.house import opened
from autom8.scheduler.{module} import {what}
import threading
def broken(*_): raise RuntimeError("as if a bug")
{what}.{method} = broken
with opened(sys.argv[1]) as database, serving(database):
    threading.Event().wait(20)
"""


@pytest.mark.parametrize(
    ("module", "what", "method"),
    [("firing", "Firing", "fire"), ("worker", "Worker", "step")],
)
def test_a_thread_that_dies_takes_the_process_down(
    migrated_url: str, module: str, what: str, method: str
) -> None:
    code = DYING.format(module=module, what=what, method=method)

    told = subprocess.run(
        [sys.executable, "-c", code, migrated_url], check=False, capture_output=True, text=True, timeout=60
    )

    assert told.returncode == DIED, told.stderr


class Parts:
    """An engine whose parts do what a test tells them."""

    def __init__(self, house: House) -> None:
        self.clock = HandClock()
        worker, self.processes = house.worker(processes=HandProcesses())
        self.worker = worker
        self.engine = EmbeddedEngine(
            firing=house.firing,
            worker=worker,
            reconciler=house.reconciler(),
            retention=house.retention(),
            clock=self.clock,
            telemetry=Telemetry(),
            stop_grace=timedelta(),
        )


@pytest.fixture
def parts(house: House) -> Parts:
    return Parts(house)


def test_how_long_the_firing_waits(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Fired | Unavailable] = [
        Fired(due=0, queued=0, wait=None),
        Fired(due=0, queued=0, wait=timedelta(seconds=30)),
        Fired(due=3, queued=3, wait=timedelta()),
        Fired(due=0, queued=0, wait=timedelta()),
        Unavailable("gone"),
    ]

    def fire(_self: object) -> Fired:
        answer = answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    monkeypatch.setattr("autom8.scheduler.firing.Firing.fire", fire)

    waits = [parts.engine._fire_once() for _ in range(5)]

    assert waits == [1.0, 1.0, 0.0, 0.005, 0.5]
    assert parts.engine.telemetry.snapshot()["slots.fired"] == 3


def test_a_chore_waits_out_a_database_that_is_away(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    def away() -> None:
        raise Unavailable("gone") from OSError("disk full")

    assert parts.engine._tolerant(away)() is False
    assert parts.engine._tolerant(lambda: None)() is True
    assert caplog.records[0].fields["cause"] == "disk full"  # type: ignore[attr-defined]


def test_a_heartbeat_that_failed_is_repeated_at_once(parts: Parts) -> None:
    waits: list[float] = []

    class Stopping:
        def wait(self, seconds: float) -> bool:
            waits.append(seconds)
            return len(waits) > 3

    tries = iter([Unavailable("gone"), Unavailable("gone"), None])

    def beat() -> None:
        if (trouble := next(tries)) is not None:
            raise trouble

    engine: Any = parts.engine
    engine._stopping = Stopping()
    engine.worker = type("Quiet", (), {"heartbeat": staticmethod(beat)})()
    engine._beat()

    assert waits == [10.0, 0.5, 0.5, 10.0]


def test_stopping_fires_no_more_however_long_the_grace(parts: Parts) -> None:
    """A grace longer than the clockwork's pulse must not be taken for its death."""
    parts.engine._draining.set()
    parts.clock.advance(3_600)
    assert not parts.engine._clockwork.alive

    parts.engine._fire()  # returns at once, and raises nothing


def test_a_clockwork_that_died_ends_the_firing(parts: Parts) -> None:
    parts.clock.advance(3_600)

    with pytest.raises(RuntimeError, match="clockwork"):
        parts.engine._fire()


def test_a_stop_gives_up_on_recording_when_the_database_stays_away(
    house: House, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.processes.hold = True
    house.start(house.add())
    parts.worker.step()
    assert parts.worker.busy == 1
    waited: list[timedelta] = []
    monkeypatch.setattr(EmbeddedEngine, "_wait_idle", lambda _self, longest: waited.append(longest))
    parts.engine.stop()

    assert parts.processes.children[0].killed
    assert waited == [timedelta(), timedelta(seconds=25)]


def test_a_step_of_the_wall_clock_is_noticed_and_its_passing_is_not() -> None:
    clock = HandClock()
    watch = _StepWatch(clock)
    clock.advance(3_600)
    assert not watch.noticed()
    clock.step(timedelta(hours=-1))
    assert watch.noticed()
    assert not watch.noticed()
