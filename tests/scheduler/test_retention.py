"""Retention by age, by count and by bytes; what is open stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from autom8.kernel.vocabulary import RunState
from tests.scheduler.house import ADA, HandProcesses, House


def ended_run(house: House, task_id: int, *, output: bytes = b"") -> int:
    """A run of this task that has ended now."""
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    run_id = house.runs.start(task_id, parameters={}, actor=ADA).id
    worker.step()
    if output:
        processes.children[0].say(output)
    processes.children[0].finish(0)
    worker.step()
    return run_id


def kept(house: House) -> list[int]:
    return [run.id for run in house.all_runs()]


def test_runs_go_with_their_attempts_and_output_when_they_are_too_old(house: House) -> None:
    task = house.add()
    old = ended_run(house, task.id, output=b"old")
    house.clock.advance(86_400 * 2)
    young = ended_run(house, task.id)

    assert house.retention(age_max=timedelta(days=1)).prune() == 1
    assert kept(house) == [young]
    assert house.attempts(old) == []


def test_each_task_keeps_its_newest_runs(house: House) -> None:
    busy, calm = house.add("busy"), house.add("calm")
    first = ended_run(house, calm.id)
    ids = [ended_run(house, busy.id) for _ in range(5)]

    assert house.retention(runs_max=2).prune() == 3
    assert kept(house) == [first, *ids[-2:]]


def test_the_oldest_output_goes_when_there_is_too_much_and_its_runs_stay(house: House) -> None:
    task = house.add()
    ids = [ended_run(house, task.id, output=b"x" * 100) for _ in range(5)]

    house.retention(output_bytes_max=250).prune()

    sizes = [house.run(run_id).output_kept_bytes for run_id in ids]
    assert sizes == [0, 0, 0, 100, 100]
    texts = [len(house.runs.output(run_id, after=None, actor=ADA).items) for run_id in ids]
    assert texts == [0, 0, 0, 1, 1]


def test_open_runs_are_never_touched(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    task = house.add(concurrency="allow", concurrency_max=1)
    running = house.start(task)
    worker.step()
    processes.children[0].say(b"x" * 100)
    house.clock.advance(1)
    worker.step()
    queued = house.start(task)
    house.clock.advance(86_400 * 1_000)

    removed = house.retention(age_max=timedelta(days=1), runs_max=1, output_bytes_max=0).prune()

    assert removed == 0
    assert kept(house) == [running, queued]
    assert house.run(running).state == RunState.RUNNING
    assert len(house.runs.output(running, after=None, actor=ADA).items) == 1


def test_old_answers_to_repeated_requests_are_forgotten(house: House) -> None:
    with house.units.writing() as work:
        assert work.installation.reserve_answer(key="k", request_hash="h", at=work.now())
        work.commit()
    house.clock.advance(86_400 + 1)
    house.retention().prune()

    with house.units.writing() as work:
        assert work.installation.reserve_answer(key="k", request_hash="h", at=work.now())


def test_more_than_a_batch_goes_in_several_transactions(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autom8.scheduler.retention.BATCH", 2)
    task = house.add()
    for _ in range(5):
        ended_run(house, task.id)
    house.clock.advance(86_400 * 2)

    assert house.retention(age_max=timedelta(days=1)).prune() == 5


def test_output_that_no_longer_matters_is_dropped_in_steps(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = house.add()
    for _ in range(3):
        ended_run(house, task.id, output=b"x")

    house.retention(output_bytes_max=0).prune()

    assert sum(run.output_kept_bytes for run in house.all_runs()) == 0
