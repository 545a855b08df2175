"""Concurrency policies as racing workers meet them, on a real database."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest

from autom8.kernel.vocabulary import Reason, RunState
from autom8.repositories.leases import LeaseRepository
from autom8.repositories.query import AnyRow
from autom8.scheduler.ports import StopReason
from autom8.scheduler.worker import Worker
from tests.scheduler.house import ADA, HandProcesses, House, opened


def work(worker: Worker, steps: int = 3) -> None:
    for _ in range(steps):
        worker.ring()
        worker.step()


def test_eight_racing_workers_never_exceed_what_a_task_allows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = LeaseRepository.in_progress

    def count_slowly(self: LeaseRepository, task_ids: Collection[int]) -> Sequence[AnyRow]:
        counted = count(self, task_ids)
        time.sleep(0.05)  # so that all would have counted before one of them claims
        return counted

    monkeypatch.setattr(LeaseRepository, "in_progress", count_slowly)
    task = house.add(concurrency="allow", concurrency_max=3)
    for _ in range(24):
        house.start(task)
    pairs = [house.neighbour().worker(f"w{n}", processes=HandProcesses(hold=True)) for n in range(8)]
    start = threading.Barrier(8)
    seen: list[int] = []
    troubles: list[BaseException] = []

    def race(worker: Worker) -> None:
        start.wait()
        try:
            for _ in range(4):
                worker.ring()
                worker.step()
                seen.append(sum(run.state in {"claimed", "running"} for run in house.all_runs()))
        except BaseException as trouble:  # noqa: BLE001 - told below
            troubles.append(trouble)

    threads = [threading.Thread(target=race, args=(worker,)) for worker, _ in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []
    assert max(seen) == 3
    assert sum(len(processes.begun) for _, processes in pairs) == 3


def test_forbid_skips_a_run_while_another_is_in_progress(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    task = house.add()
    first = house.start(task)
    work(worker)
    second = house.start(task)
    work(worker)

    assert house.run(first).state == RunState.RUNNING
    assert (house.run(second).state, house.run(second).reason) == (RunState.SKIPPED, Reason.OVERLAP)
    assert processes.begun == [(first, 1)]


def test_forbid_counts_a_run_that_waits_for_its_retry(house: House) -> None:
    worker, _ = house.worker(processes=HandProcesses(exit_code=1))
    task = house.add(retries_max=1)
    first = house.start(task)
    work(worker)
    second = house.start(task)
    work(worker)

    assert house.run(first).state == RunState.QUEUED
    assert house.run(second).reason == Reason.OVERLAP


def test_queue_runs_one_after_another_in_order(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    task = house.add(concurrency="queue")
    ids = [house.start(task) for _ in range(3)]
    for number in range(3):
        work(worker)
        assert [run_id for run_id, _ in processes.begun] == ids[: number + 1]
        processes.children[-1].finish(0)
    work(worker)

    assert {run.state for run in house.all_runs()} == {RunState.SUCCEEDED}


def test_queue_waits_for_a_retry_before_it_and_starves_no_other_task(house: House) -> None:
    """More wait than a worker's window holds: the other task must be seen nevertheless."""
    worker, processes = house.worker(slots=2, processes=HandProcesses(exit_code=1))
    task = house.add(concurrency="queue", retries_max=1)
    first = house.start(task)
    work(worker)
    waiting = [house.start(task) for _ in range(20)]
    other = house.start(house.add("other"))
    processes.exit_code = 0
    work(worker)

    assert (first, 1) in processes.begun
    assert (other, 1) in processes.begun
    assert not {run_id for run_id, _ in processes.begun} & set(waiting)
    house.clock.advance(60)
    work(worker, 50)
    assert [run_id for run_id, _ in processes.begun if run_id != other] == [first, first, *waiting]


def test_replace_ends_the_run_in_progress_and_begins_the_newest(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    task = house.add(concurrency="replace")
    first = house.start(task)
    work(worker)
    second, third = house.start(task), house.start(task)
    work(worker, 5)

    assert (house.run(first).state, house.run(first).reason) == (RunState.CANCELLED, Reason.REPLACED)
    assert (house.run(second).state, house.run(second).reason) == (RunState.SKIPPED, Reason.REPLACED)
    assert house.run(third).state == RunState.RUNNING
    assert processes.children[0].stopped is StopReason.CANCEL


def test_runs_that_wait_for_a_stubborn_one_to_be_replaced_starve_no_other_task(house: House) -> None:
    processes = HandProcesses(hold=True, stubborn=True)
    worker, _ = house.worker(slots=8, processes=processes)
    tasks = [house.add(f"t{number}", concurrency="replace") for number in range(6)]
    for task in tasks:
        house.start(task)
    work(worker)
    for task in tasks:
        house.start(task)
    work(worker)
    other = house.start(house.add("other", priority=-1))
    idle, others = house.worker("w2", slots=1)
    work(idle)

    assert others.begun == [(other, 1)]


def test_retries_left_by_a_change_of_policy_run_one_after_the_other(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(exit_code=1))
    task = house.add(concurrency="allow", concurrency_max=0, retries_max=1)
    ids = [house.start(task) for _ in range(2)]
    work(worker)
    house.tasks.edit(task.id, {"concurrency": "queue"}, revision=1, actor=ADA)
    house.clock.advance(60)
    processes.exit_code = 0
    work(worker, 6)

    assert [house.run(run_id).state for run_id in ids] == [RunState.SUCCEEDED] * 2


@pytest.mark.parametrize("servers", [4])
def test_racing_workers_start_each_run_once(house: House, servers: int) -> None:
    for number in range(20):
        house.start(house.add(f"t{number}"))
    pairs = [house.neighbour().worker(f"w{n}") for n in range(servers)]
    start = threading.Barrier(servers)

    def race(worker: Worker) -> None:
        start.wait()
        work(worker, 12)

    threads = [threading.Thread(target=race, args=(worker,)) for worker, _ in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(pairs[0][0])

    begun = [start for _, processes in pairs for start in processes.begun]
    assert len(begun) == len(set(begun)) == 20
    assert {run.state for run in house.all_runs()} == {RunState.SUCCEEDED}


def test_a_worker_that_counts_keeps_others_from_counting_the_same_task(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL a claim that is not committed yet is seen by nobody: only the task's lock tells of it."""
    counted, go_on = threading.Event(), threading.Event()
    count = LeaseRepository.in_progress

    def count_and_wait(self: LeaseRepository, task_ids: Collection[int]) -> Sequence[AnyRow]:
        rows = count(self, task_ids)
        if threading.current_thread().name == "first":
            counted.set()
            go_on.wait(4)
        return rows

    with opened(postgresql_url) as database:
        house = House(database)
        task = house.add(concurrency="allow", concurrency_max=1)
        ids = [house.start(task) for _ in range(2)]
        with house.units.writing() as later:
            later.runs.lock(ids[1]).not_before = house.clock.now() + timedelta(seconds=1)
            later.commit()
        workers = [house.worker(f"w{n}", processes=HandProcesses(hold=True))[0] for n in range(2)]
        monkeypatch.setattr(LeaseRepository, "in_progress", count_and_wait)
        first = threading.Thread(target=workers[0].step, name="first")
        first.start()
        assert counted.wait(5)
        house.clock.advance(2)
        workers[1].step()
        go_on.set()
        first.join()
        work(workers[1])

        assert [run.state for run in house.all_runs()] == [RunState.RUNNING, RunState.QUEUED]
