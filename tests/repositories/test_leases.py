"""The SQL of leases, each guard by itself: above it stand others that would hide its absence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from autom8.kernel import defaults
from autom8.kernel.vocabulary import RunState
from tests.scheduler.house import NOON, HandProcesses, House

UNTIL = NOON + defaults.LEASE


@pytest.fixture
def held(house: House) -> tuple[int, int, str]:
    """A run in a worker's hands: the run, the worker and the token."""
    worker, _ = house.worker(processes=HandProcesses(hold=True))
    run_id = house.start(house.add())
    worker.step()
    token = house.run(run_id).lease_token
    assert token is not None
    return run_id, worker.identity.id, token


@pytest.mark.parametrize("final", [False, True])
def test_only_a_queued_run_can_be_claimed(house: House, held: tuple[int, int, str], final: bool) -> None:
    run_id, worker_id, token = held
    with house.units.writing() as work:
        if final:
            work.leases.finish(run_id=run_id, token=token, values={"state": "failed", "ended_at": NOON})
        for claimer in ("another", token):
            claimed = work.leases.claim([run_id], worker_id=worker_id, token=claimer, until=UNTIL)
            assert claimed == []
        work.commit()

    assert house.run(run_id).lease_token == token


def test_a_claim_repeated_with_its_token_returns_the_same(house: House) -> None:
    worker, _ = house.worker()
    run_id = house.start(house.add())
    with house.units.writing() as work:
        for _ in range(2):
            rows = work.leases.claim([run_id], worker_id=worker.identity.id, token="t", until=UNTIL)
            assert [row.id for row in rows] == [run_id]
        assert [row.id for row in work.leases.held_under("t")] == [run_id]


@pytest.mark.parametrize("token", ["stale", ""])
def test_every_write_of_a_worker_names_its_fence(
    house: House, held: tuple[int, int, str], token: str
) -> None:
    run_id, worker_id, _ = held
    attempt = {
        "attempt": 2,
        "worker_id": worker_id,
        "incarnation": "x",
        "pid": None,
        "process_started_ticks": None,
        "boot_id": None,
        "state": RunState.RUNNING,
        "started_at": NOON,
        "output_bytes": 0,
    }
    with house.units.writing() as work:
        assert work.leases.heartbeat({run_id: token}, until=UNTIL) == {}
        assert not work.leases.start(run_id=run_id, token=token, attempt=attempt)
        assert work.leases.finish(run_id=run_id, token=token, values={"state": "failed"}) is None
        work.leases.finish_attempt(run_id=run_id, attempt=1, token=token, values={"state": "failed"})
        assert work.leases.still_held({run_id: token}) == set()
        assert not work.leases.ended_by(run_id, token)
        assert work.leases.take_over(run_id, token=token, lease_until=UNTIL) is None
        work.commit()

    assert house.run(run_id).state == RunState.RUNNING
    assert [(each.attempt, each.state) for each in house.attempts(run_id)] == [(1, RunState.RUNNING)]


def test_nothing_held_needs_no_statement(house: House) -> None:
    with house.units.writing() as work:
        assert work.leases.heartbeat({}, until=UNTIL) == {}
        work.leases.skip([], reason="overlap", at=NOON)
        work.outputs.append([])
        work.ledger.advance([])
        assert work.ledger.add_runs([]) == ([], [])
        assert work.ledger.definitions([]) == {}
        assert list(work.runs.recent([], limit=5)) == []


def test_an_older_run_never_covers_a_newer_one_in_its_tasks_status(house: House) -> None:
    task = house.add()
    status = {"task_id": task.id, "reason": None, "started_at": NOON, "ended_at": NOON}
    with house.units.writing() as work:
        work.leases.note_status({**status, "run_id": 5, "state": "succeeded"})
        work.leases.note_status({**status, "run_id": 4, "state": "failed"})
        work.commit()
        assert work.tasks.get(task.id).last_state == "succeeded"


def test_the_latest_success_is_kept_whatever_came_after_and_whichever_run_it_was(house: House) -> None:
    task = house.add()
    status = {"task_id": task.id, "reason": None, "started_at": NOON}

    def noted(run_id: int, state: RunState, minute: int) -> tuple[str, int, int | None]:
        """The status's state and run, and the minute of the latest success."""
        with house.units.writing() as work:
            ended_at = NOON + timedelta(minutes=minute)
            work.leases.note_status({**status, "run_id": run_id, "state": state, "ended_at": ended_at})
            work.commit()
            row = work.tasks.get(task.id)
            facts = work.task_facts.of([task.id], ended=()).tasks[0]
        at = facts.succeeded_at
        return row.last_state, row.last_run_id, int((at - NOON) / timedelta(minutes=1)) if at else None

    assert noted(5, RunState.FAILED, 1) == ("failed", 5, None)
    assert noted(6, RunState.SUCCEEDED, 2) == ("succeeded", 6, 2)
    assert noted(8, RunState.FAILED, 3) == ("failed", 8, 2)
    assert noted(7, RunState.SUCCEEDED, 4) == ("failed", 8, 4)  # it began before, and ended well after
    assert noted(4, RunState.LOST, 5) == ("failed", 8, 4)
