"""A server that dies between any two statements of firing, claim, start and finish loses and doubles nothing.

(a) It is told to die inside the process, at each place in turn, and comes back. (b) A real process kills
itself there; see `victim.py`.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from autom8.kernel.vocabulary import Delivery, RunState
from tests.scheduler.fault_points import Crash, Points, add_due_task, live, live_on, restart, watched
from tests.scheduler.house import HandProcesses, House, opened


def places_of_a_life(house: House) -> int:
    """How many places there are in which the server could die."""
    worker, _ = house.worker()
    add_due_task(house, "counted")
    with watched(house.database, Points()) as points:
        live(house, worker)
    assert house.fates()[-1][0] == RunState.SUCCEEDED
    return points.passed


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_crash_at_any_statement_loses_no_slot_and_starts_nothing_twice(
    house: House, delivery: Delivery
) -> None:
    places = places_of_a_life(house)
    assert places > 20, "firing, claim, start and finish have at least so many statements"

    for place in range(places):
        task_id = add_due_task(house, f"at {place}", delivery=delivery)
        processes = HandProcesses()
        worker, _ = house.worker(processes=processes)
        with watched(house.database, Points(strike_at=place)) as points, pytest.raises(Crash):
            live(house, worker)
        restart(house, processes)

        where = f"{place}: {points.told[-1]}"
        assert house.slots_told(task_id) == 1, where
        (run,) = house.all_runs(task_id)
        starts = Counter(processes.begun)
        assert max(starts.values(), default=0) <= 1, f"{where}: an attempt began twice"
        assert RunState(run.state).final, f"{where}: stuck as {run.state}"
        if delivery is Delivery.AT_MOST_ONCE:
            assert sum(starts.values()) <= 1, f"{where}: begun {starts}"
            assert run.state == RunState.SUCCEEDED or run.state == RunState.LOST, where  # noqa: PLR1714
        else:
            assert run.state == RunState.SUCCEEDED, where


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_commit_of_unknown_outcome_starts_nothing_twice_and_loses_no_end(
    house: House, done: bool, caplog: pytest.LogCaptureFixture
) -> None:
    worker, _ = house.worker()
    add_due_task(house, "counted")
    with watched(house.database, Points()) as points:
        live(house, worker)
    assert points.commits == 4  # fire, claim, start, finish

    for number in range(points.commits):
        task_id = add_due_task(house, f"lost {number}")
        worker, processes = house.worker()
        with watched(house.database, Points(lose_commit=number, lost_is_done=done)):
            live_on(house, worker)

        (run,) = house.all_runs(task_id)
        assert run.state == RunState.SUCCEEDED, number
        assert processes.begun == [(run.id, 1)], number
        assert [attempt.state for attempt in house.attempts(run.id)] == [RunState.SUCCEEDED]
        assert worker.busy == 0
    assert "finish_refused" not in caplog.messages, "its own end is known again"


def test_a_claim_in_doubt_is_found_again_and_not_claimed_twice(house: House) -> None:
    """The claim is done, its worker is not told, and another worker must not take the run meanwhile."""
    task_id = add_due_task(house, "doubted")
    house.firing.fire()
    worker, processes = house.worker("w1")
    other, others = house.worker("w2")
    with watched(house.database, Points(lose_commit=0, lost_is_done=True)):
        live_on(house, worker)
    other.ring()
    other.step()

    assert len(processes.begun) == 1
    assert others.begun == []
    assert house.fates(task_id) == [(RunState.SUCCEEDED, None, 1)]


@pytest.mark.parametrize("places", ["some", pytest.param("all", marks=pytest.mark.full)])
def test_kill_9_between_statements_loses_no_slot_and_starts_nothing_twice(
    migrated_url: str, tmp_path: Path, places: str
) -> None:
    starts = tmp_path / "starts"
    starts.touch()
    argv = [sys.executable, "-m", "tests.scheduler.victim", migrated_url, str(starts), places]
    told = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr

    with opened(migrated_url) as database:
        house = House(database)
        names = {run.task_id: run.task_name for run in house.all_runs()}
        assert len(names) >= 5
        for task_id, name in names.items():
            assert house.slots_told(task_id) == 1, name
            (run,) = house.all_runs(task_id)
            begun = starts.read_text().splitlines().count(str(run.id))
            assert run.state in {RunState.SUCCEEDED, RunState.LOST}, f"{name}: {run.state}"
            assert begun <= 1, f"{name}: begun {begun} times"
            if run.state == RunState.SUCCEEDED:
                assert begun == 1, f"{name}: told to have run, and has not"
