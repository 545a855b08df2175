"""Two workers that write of the same tasks never wait for each other in a circle."""

from __future__ import annotations

import threading

from autom8.kernel.errors import Unavailable
from autom8.kernel.events import RunEnded
from autom8.scheduler.worker import Worker
from tests.scheduler.house import HandProcesses, House

ROUNDS = 10


def test_ends_are_written_in_the_order_of_tasks_and_not_of_claims(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    first, second = house.add("first"), house.add("second")
    for task in (second, first):
        house.start(task)
        _work(worker)
    for child in processes.children:
        child.finish()
    _work(worker)

    assert [each.task_id for each in house.heard if isinstance(each, RunEnded)] == [first.id, second.id]


def test_workers_that_end_runs_of_the_same_tasks_at_once_do_not_meet_in_a_deadlock(house: House) -> None:
    tasks = [house.add(name, concurrency="allow", concurrency_max=0) for name in ("first", "second")]
    there, back = (
        house.worker("w1", processes=HandProcesses(hold=True)),
        house.worker("w2", processes=HandProcesses(hold=True)),
    )
    troubles: list[Unavailable] = []

    def end(worker: Worker) -> None:
        try:
            worker.step()
        except Unavailable as trouble:
            troubles.append(trouble)

    for _ in range(ROUNDS):
        for (worker, _), order in ((there, tasks), (back, tasks[::-1])):
            for task in order:
                house.start(task)
                _work(worker)
        for _, processes in (there, back):
            for child in processes.children:
                child.finish()
        threads = [threading.Thread(target=end, args=(worker,)) for worker, _ in (there, back)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert troubles == []


def test_renewing_leases_and_ending_runs_do_not_meet_in_a_deadlock(house: House) -> None:
    tasks = [house.add(f"t{number}", concurrency="allow", concurrency_max=0) for number in range(8)]
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    troubles: list[Unavailable] = []

    def beat() -> None:
        try:
            for _ in range(20):
                worker.heartbeat()
        except Unavailable as trouble:
            troubles.append(trouble)

    for _ in range(ROUNDS):
        for task in reversed(tasks):
            house.start(task)
        _work(worker)
        for child in processes.children:
            child.finish()
        beating = threading.Thread(target=beat)
        beating.start()
        try:
            worker.step()
        except Unavailable as trouble:
            troubles.append(trouble)
        beating.join()
        _work(worker)

    assert troubles == []


def _work(worker: Worker) -> None:
    worker.ring()
    worker.step()
