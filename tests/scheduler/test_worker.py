"""A worker from claim to end: what is recorded, what is retried, and what cancelling does at each stage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from autom8.kernel.errors import Unavailable
from autom8.kernel.events import RunEnded
from autom8.kernel.vocabulary import Reason, RunState
from autom8.scheduler.ports import StopReason
from autom8.scheduler.worker import Worker
from tests.scheduler.fault_points import Points, watched
from tests.scheduler.house import ADA, NOON, HandProcesses, House


def work(worker: Worker, steps: int = 2) -> None:
    for _ in range(steps):
        worker.ring()
        worker.step()


def test_a_run_is_recorded_from_its_start_to_its_end(house: House) -> None:
    worker, processes = house.worker()
    run_id = house.start(house.add())

    work(worker)

    run = house.runs.get(run_id, actor=ADA)
    assert (run.state, run.attempt, run.worker, run.exit_code) == (RunState.SUCCEEDED, 1, "w1", 0)
    assert (run.started_at, run.ended_at) == (NOON, NOON)
    assert run.attempts is not None
    (attempt,) = run.attempts
    assert (attempt.attempt, attempt.worker, attempt.state) == (1, "w1", RunState.SUCCEEDED)
    assert processes.begun == [(run_id, 1)]
    assert worker.busy == 0
    assert [each.state for each in house.heard if isinstance(each, RunEnded)] == [RunState.SUCCEEDED]


def test_the_command_is_told_who_it_is(house: House) -> None:
    worker, processes = house.worker()
    house.add(
        "backup",
        schedule={"kind": "once", "at": "2026-05-04T12:01:00Z"},
        env={"LANG": "C"},
        stdin="in",
        timeout_s=5,
    )
    house.clock.advance(61)
    house.firing.fire()

    work(worker)

    launch = processes.children[0].launch
    assert launch.env == {
        "LANG": "C",
        "AUTOM8_TASK": "backup",
        "AUTOM8_RUN_ID": str(launch.run_id),
        "AUTOM8_ATTEMPT": "1",
        "AUTOM8_SLOT_AT": "2026-05-04T12:01:00Z",
    }
    assert (launch.argv, launch.stdin, launch.timeout) == (("true",), b"in", timedelta(seconds=5))


def test_parameters_reach_the_command_by_its_environment_only(house: House) -> None:
    worker, processes = house.worker()
    task = house.add()
    house.runs.start(task.id, parameters={"day_of": "Monday; rm -rf /"}, actor=ADA)

    work(worker)

    launch = processes.children[0].launch
    assert launch.env["AUTOM8_PARAM_DAY_OF"] == "Monday; rm -rf /"
    assert "AUTOM8_SLOT_AT" not in launch.env
    assert launch.argv == ("true",)


def test_a_start_is_committed_before_the_gate_opens(house: House) -> None:
    worker, processes = house.worker()
    run_id = house.start(house.add())
    with watched(house.database, Points(lose_commit=1)):
        worker.ring()
        with pytest.raises(Unavailable):
            worker.step()

    assert processes.begun == []
    assert house.run(run_id).state == RunState.CLAIMED
    work(worker)
    assert processes.begun == [(run_id, 1)]


def test_an_attempt_names_its_process(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    run_id = house.start(house.add())

    work(worker, 1)

    (attempt,) = house.attempts(run_id)
    identity = processes.children[0].identity
    assert (attempt.pid, attempt.process_started_ticks, attempt.boot_id) == (
        identity.pid,
        identity.started_ticks,
        identity.boot_id,
    )
    assert attempt.incarnation == worker.identity.incarnation


class TestRetries:
    def test_a_failure_waits_and_is_tried_again_until_no_retry_is_left(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(exit_code=3))
        run_id = house.start(house.add(retries_max=2, retry_first_s=60, retry_jitter=0.1))
        waits = []
        for _ in range(2):
            work(worker)
            run = house.run(run_id)
            assert (run.state, run.reason, run.exit_code) == (RunState.QUEUED, Reason.RETRY, 3)
            assert run.not_before is not None
            waits.append((run.not_before - house.clock.now()).total_seconds())
            house.clock.advance(waits[-1] - 1)
            work(worker)
            assert house.run(run_id).state == RunState.QUEUED, "it waits for its time"
            house.clock.advance(1.001)
        work(worker)

        assert 54 <= waits[0] <= 66
        assert 108 <= waits[1] <= 132
        assert (house.run(run_id).state, house.run(run_id).reason) == (RunState.FAILED, Reason.EXIT_CODE)
        assert processes.begun == [(run_id, 1), (run_id, 2), (run_id, 3)]
        assert [(each.attempt, each.state) for each in house.attempts(run_id)] == [
            (1, RunState.FAILED),
            (2, RunState.FAILED),
            (3, RunState.FAILED),
        ]
        assert house.run(run_id).attempts_max == 3

    def test_a_retry_that_succeeds_ends_the_run_well(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(exit_code=1))
        task = house.add(retries_max=1)
        run_id = house.start(task)
        work(worker)
        processes.exit_code = 0
        house.clock.advance(60)
        work(worker)

        assert house.run(run_id).state == RunState.SUCCEEDED
        view = house.tasks.get(task.id, actor=ADA)
        assert view.last_run is not None
        assert (view.last_run.id, view.last_run.state) == (run_id, RunState.SUCCEEDED)

    def test_a_command_that_cannot_start_is_told_and_retried(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(refuse="nope: not found"))
        run_id = house.start(house.add(retries_max=1))
        work(worker)
        assert house.run(run_id).state == RunState.QUEUED
        house.clock.advance(60)
        work(worker)

        run = house.run(run_id)
        assert (run.state, run.reason, run.detail) == (
            RunState.FAILED,
            Reason.NOT_STARTED,
            "nope: not found",
        )
        assert processes.begun == []

    def test_output_of_all_attempts_is_counted(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        run_id = house.start(house.add(retries_max=1, retry_first_s=0))
        for _ in range(2):
            work(worker, 1)
            processes.children[-1].say(b"12345")
            processes.children[-1].finish(1)
            work(worker, 1)

        assert (house.run(run_id).output_bytes, house.run(run_id).output_kept_bytes) == (10, 10)
        assert [each.output_bytes for each in house.attempts(run_id)] == [5, 5]


class TestOutput:
    def test_what_is_written_while_the_database_is_away_is_kept(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        first, second = house.start(house.add("one")), house.start(house.add("two"))
        work(worker)
        for child in processes.children:
            child.say(b"heard?")
        house.clock.advance(1)
        with watched(house.database, Points(strike_at=0, strike=_gone)), pytest.raises(ConnectionError):
            worker.step()
        house.clock.advance(1)
        work(worker)

        for run_id in (first, second):
            page = house.runs.output(run_id, after=None, actor=ADA)
            assert [item.text for item in page.items] == ["heard?"]

    def test_a_command_whose_output_can_not_be_written_is_not_read(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        house.start(house.add())
        work(worker)
        processes.children[0].say(b"one")
        for number in range(2):
            house.clock.advance(1)
            with (
                watched(house.database, Points(lose_commit=0)),
                pytest.raises(Unavailable),
            ):
                worker.step()
            processes.children[0].say(b"more %d" % number)

        assert len(processes.children[0].output) == 2

    def test_output_that_was_committed_without_our_knowing_is_stored_once(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        run_id = house.start(house.add())
        work(worker)
        processes.children[0].say(b"once")
        house.clock.advance(1)
        with watched(house.database, Points(lose_commit=0, lost_is_done=True)), pytest.raises(Unavailable):
            worker.step()
        processes.children[0].finish(0)
        house.clock.advance(1)
        work(worker)

        assert [each.text for each in house.runs.output(run_id, after=None, actor=ADA).items] == ["once"]


class TestStopping:
    def test_what_has_not_begun_is_given_back(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        worker, processes = house.worker()
        run_id = house.start(house.add())
        start_claimed = Worker._start_claimed

        def stop_first(self: Worker) -> None:
            if self.busy:
                self.stop_all(StopReason.SHUTDOWN)
            start_claimed(self)

        monkeypatch.setattr(Worker, "_start_claimed", stop_first)
        work(worker)

        run = house.run(run_id)
        assert (run.state, run.reason, run.attempt) == (RunState.QUEUED, None, 0)
        assert processes.begun == []
        other, others = house.worker("w2")
        monkeypatch.undo()
        work(other)
        assert others.begun == [(run_id, 1)]

    @pytest.mark.parametrize(
        ("delivery", "fate"),
        [
            ("at_most_once", (RunState.CANCELLED, Reason.SHUTDOWN)),
            ("at_least_once", (RunState.QUEUED, Reason.RETRY)),
        ],
    )
    def test_running_commands_are_asked_to_end_and_recorded_as_such(
        self, house: House, delivery: str, fate: Any
    ) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        run_id = house.start(house.add(delivery=delivery))
        work(worker)
        worker.stop_all(StopReason.SHUTDOWN)
        work(worker)

        assert processes.children[0].stopped is StopReason.SHUTDOWN
        assert (house.run(run_id).state, house.run(run_id).reason) == fate
        assert worker.busy == 0

    def test_no_more_is_claimed(self, house: House) -> None:
        worker, _ = house.worker()
        worker.stop_all(StopReason.SHUTDOWN)
        run_id = house.start(house.add())
        work(worker)

        assert house.run(run_id).state == RunState.QUEUED

    def test_killing_all_writes_nothing(self, house: House) -> None:
        worker, processes = house.worker(processes=HandProcesses(hold=True))
        run_id = house.start(house.add(grace_s=7))
        work(worker)
        assert worker.longest_grace == timedelta(seconds=7)
        worker.kill_all()

        assert processes.children[0].killed
        assert house.run(run_id).state == RunState.RUNNING


def test_a_worker_takes_no_more_than_its_slots(house: House) -> None:
    worker, _ = house.worker(slots=2, processes=HandProcesses(hold=True))
    task = house.add(concurrency="allow", concurrency_max=0)
    for _ in range(5):
        house.start(task)

    work(worker, 4)

    states = [run.state for run in house.all_runs()]
    assert states == [RunState.RUNNING] * 2 + [RunState.QUEUED] * 3


def test_the_most_urgent_goes_first_then_the_oldest(house: House) -> None:
    worker, processes = house.worker(slots=1)
    low, high, also = house.add("low"), house.add("high", priority=5), house.add("also low")
    ids = [house.start(each) for each in (low, high, also)]

    work(worker, 8)

    assert [run_id for run_id, _ in processes.begun] == [ids[1], ids[0], ids[2]]


def test_another_queue_is_not_ours(house: House) -> None:
    worker, _ = house.worker()
    run_id = house.start(house.add(queue="host:elsewhere"))
    work(worker)

    assert house.run(run_id).state == RunState.QUEUED


def test_without_a_doorbell_a_run_is_found_within_a_second(house: House) -> None:
    worker, processes = house.worker()
    worker.step()
    house.start(house.add())
    worker.step()
    assert processes.begun == []

    house.clock.advance(1)
    worker.step()
    assert len(processes.begun) == 1


def _gone() -> None:
    raise ConnectionError
