"""Cancelling a run at each stage of its life."""

from __future__ import annotations

import pytest

from autom8.kernel.errors import Unavailable
from autom8.kernel.vocabulary import Reason, RunState
from autom8.scheduler.ports import StopReason
from autom8.scheduler.runs import RunEndedAlready
from autom8.scheduler.worker import Worker
from tests.scheduler.fault_points import Points, watched
from tests.scheduler.house import ADA, NOON, HandProcesses, House


def work(worker: Worker, steps: int = 2) -> None:
    for _ in range(steps):
        worker.ring()
        worker.step()


def test_a_waiting_run_ends_at_once(house: House) -> None:
    run_id = house.start(house.add())

    run = house.runs.cancel(run_id, actor=ADA)

    assert (run.state, run.reason, run.ended_at) == (RunState.CANCELLED, Reason.BY_PERSON, NOON)
    assert house.runs.cancel(run_id, actor=ADA).state == RunState.CANCELLED, "asking twice is the same"


def test_a_run_that_waits_for_its_retry_ends_at_once_and_its_task_shows_it(house: House) -> None:
    worker, _ = house.worker(processes=HandProcesses(exit_code=1))
    task = house.add(retries_max=1)
    run_id = house.start(task)
    work(worker)

    house.runs.cancel(run_id, actor=ADA)

    last = house.tasks.get(task.id, actor=ADA).last_run
    assert last is not None
    assert (last.id, last.state) == (run_id, RunState.CANCELLED)


def test_a_claimed_run_never_begins(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, processes = house.worker()
    run_id = house.start(house.add())
    start_claimed = Worker._start_claimed

    def cancel_first(self: Worker) -> None:
        if self.busy:
            house.runs.cancel(run_id, actor=ADA)
        start_claimed(self)

    monkeypatch.setattr(Worker, "_start_claimed", cancel_first)
    work(worker)

    assert (house.run(run_id).state, house.run(run_id).reason) == (
        RunState.CANCELLED,
        Reason.BY_PERSON,
    )
    assert processes.begun == []
    assert processes.children[0].killed
    assert house.attempts(run_id) == []


def test_a_running_command_is_asked_to_end(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    run_id = house.start(house.add(retries_max=3))
    work(worker)
    assert house.runs.cancel(run_id, actor=ADA).state == RunState.RUNNING

    work(worker)

    assert processes.children[0].stopped is StopReason.CANCEL
    run = house.run(run_id)
    assert (run.state, run.reason, run.signal) == (RunState.CANCELLED, Reason.BY_PERSON, 15)


def test_a_command_that_fails_before_it_hears_of_it_is_not_tried_again(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    run_id = house.start(house.add(retries_max=3))
    work(worker)
    processes.children[0].finish(1)
    house.runs.cancel(run_id, actor=ADA)

    work(worker)

    assert (house.run(run_id).state, house.run(run_id).reason) == (RunState.FAILED, Reason.EXIT_CODE)


def test_a_run_that_has_ended_another_way_can_not_be_cancelled(house: House) -> None:
    worker, _ = house.worker()
    run_id = house.start(house.add())
    work(worker)

    with pytest.raises(RunEndedAlready):
        house.runs.cancel(run_id, actor=ADA)


def test_a_start_in_doubt_that_is_cancelled_leaves_no_attempt_open(house: House) -> None:
    worker, processes = house.worker()
    run_id = house.start(house.add())
    with watched(house.database, Points(lose_commit=1, lost_is_done=True)):
        worker.ring()
        with pytest.raises(Unavailable):
            worker.step()
    assert house.run(run_id).state == RunState.RUNNING
    house.runs.cancel(run_id, actor=ADA)

    work(worker)

    assert house.run(run_id).state == RunState.CANCELLED
    assert [each.ended_at for each in house.attempts(run_id)] == [NOON]
    assert processes.begun == []
