"""Runs whose worker is gone, and workers whose runs were taken: the fence, the leases, the restart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from autom8.kernel import defaults
from autom8.kernel.vocabulary import Reason, RunState
from autom8.scheduler.outcomes import LOST_STARTS_MAX
from autom8.scheduler.worker import Worker
from tests.scheduler.fault_points import Points, watched
from tests.scheduler.house import ADA, HandProcesses, House


def work(worker: Worker, steps: int = 2) -> None:
    for _ in range(steps):
        worker.ring()
        worker.step()


def running(house: House, key: str = "w1", **task: Any) -> tuple[Worker, HandProcesses, int]:
    """A worker with a run of a task in its hands."""
    worker, processes = house.worker(key, processes=HandProcesses(hold=True))
    run_id = house.start(house.add(**task))
    work(worker)
    assert house.run(run_id).state == RunState.RUNNING
    return worker, processes, run_id


class TestLostRuns:
    def test_at_most_once_is_lost_and_never_started_again(self, house: House) -> None:
        *_, run_id = running(house)

        assert house.look_until_expired(house.reconciler()) == 1

        run = house.run(run_id)
        assert (run.state, run.reason) == (RunState.LOST, Reason.WORKER_GONE)
        assert run.detail is not None
        other, others = house.worker("w2")
        work(other)
        assert others.begun == []
        (attempt,) = house.attempts(run_id)
        assert (attempt.state, attempt.ended_at) == (RunState.LOST, run.ended_at)

    def test_at_least_once_is_started_again_elsewhere(self, house: House) -> None:
        *_, run_id = running(house, delivery="at_least_once")

        house.look_until_expired(house.reconciler())
        other, others = house.worker("w2")
        work(other)

        assert others.begun == [(run_id, 2)]
        assert house.run(run_id).state == RunState.SUCCEEDED

    def test_at_least_once_gives_up_on_a_command_that_takes_its_worker_down(self, house: House) -> None:
        *_, run_id = running(house, delivery="at_least_once")
        for attempt in range(1, LOST_STARTS_MAX):
            house.look_until_expired(house.reconciler())
            assert house.run(run_id).attempt == attempt
            worker, _ = house.worker(f"again{attempt}", processes=HandProcesses(hold=True))
            work(worker, 1)
        house.look_until_expired(house.reconciler())

        assert house.run(run_id).attempt == LOST_STARTS_MAX
        assert house.run(run_id).state == RunState.LOST

    def test_what_was_claimed_and_not_begun_is_queued_again(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worker, processes = house.worker()
        run_id = house.start(house.add())
        monkeypatch.setattr(Worker, "_start_claimed", lambda _self: None)
        work(worker)
        monkeypatch.undo()
        assert house.run(run_id).state == RunState.CLAIMED

        house.look_until_expired(house.reconciler())

        assert (house.run(run_id).state, house.run(run_id).attempt) == (RunState.QUEUED, 0)
        other, others = house.worker("w2")
        work(other)
        assert others.begun == [(run_id, 1)]
        assert processes.begun == []

    def test_output_of_a_lost_attempt_counts(self, house: House) -> None:
        worker, processes, run_id = running(house)
        processes.children[0].say(b"last words")
        house.clock.advance(1)
        worker.step()
        house.look_until_expired(house.reconciler())

        assert house.run(run_id).output_kept_bytes == len(b"last words")

    def test_a_lost_run_that_somebody_wanted_to_end_is_not_started_again(self, house: House) -> None:
        *_, run_id = running(house, delivery="at_least_once")
        house.runs.cancel(run_id, actor=ADA)

        house.look_until_expired(house.reconciler())

        assert house.run(run_id).state == RunState.LOST


class TestLeases:
    def test_a_lease_that_is_renewed_never_expires(self, house: House) -> None:
        worker, _, run_id = running(house)

        assert house.look_until_expired(house.reconciler(), beat=worker.heartbeat) == 0
        assert house.run(run_id).state == RunState.RUNNING

    @pytest.mark.parametrize("hours", [1, -1])
    def test_a_clock_step_expires_no_live_lease(self, house: House, hours: int) -> None:
        worker, _, run_id = running(house)
        reconciler = house.reconciler()
        reconciler.look()

        house.clock.step(timedelta(hours=hours))
        house.clock.advance(5)

        assert reconciler.look() == 0
        assert house.look_until_expired(reconciler, beat=worker.heartbeat) == 0
        assert house.run(run_id).state == RunState.RUNNING

    def test_an_observer_that_has_just_come_waits_for_a_whole_lease(self, house: House) -> None:
        *_, run_id = running(house)
        house.clock.advance(3_600)
        reconciler = house.reconciler()

        assert reconciler.look() == 0
        house.clock.advance(14)
        assert reconciler.look() == 0
        assert house.run(run_id).state == RunState.RUNNING

    def test_time_in_which_nobody_could_renew_does_not_count(self, house: House) -> None:
        """The database was away for a minute, or the machine stood still: the workers are not dead."""
        worker, _, run_id = running(house)
        reconciler = house.reconciler()
        reconciler.look()

        house.clock.advance(60)

        assert reconciler.look() == 0
        worker.heartbeat()
        assert house.look_until_expired(reconciler, beat=worker.heartbeat) == 0
        assert house.run(run_id).state == RunState.RUNNING

    def test_a_lease_renewed_between_looking_and_taking_is_left_alone(self, house: House) -> None:
        worker, _, run_id = running(house)
        reconciler = house.reconciler()
        reconciler.look()
        for _ in range(6):
            house.clock.advance(5)
            reconciler._expired()
        expired = reconciler._expired()
        assert [each[0] for each in expired] == [run_id]
        worker.heartbeat()
        with house.units.writing() as unit:
            sighting = expired[0][1]
            taken = unit.leases.take_over(run_id, token=sighting.token, lease_until=sighting.lease_until)

        assert taken is None
        assert house.run(run_id).state == RunState.RUNNING

    def test_two_reconcilers_settle_a_run_once(self, house: House) -> None:
        *_, run_id = running(house, delivery="at_least_once")
        first, second = house.reconciler(), house.neighbour().reconciler()
        settled = 0
        for _ in range(8):
            settled += first.look() + second.look()
            house.clock.advance(5)

        assert settled == 1
        assert house.run(run_id).state == RunState.QUEUED


class TestTheFence:
    """A worker that was frozen, whose run another one has, and that wakes."""

    @pytest.fixture
    def taken(self, house: House) -> tuple[Worker, HandProcesses, int, Worker, HandProcesses]:
        worker, processes, run_id = running(house, delivery="at_least_once", retries_max=2)
        house.look_until_expired(house.reconciler())
        other, others = house.worker("w2", processes=HandProcesses(hold=True))
        work(other)
        assert others.begun == [(run_id, 2)]
        return worker, processes, run_id, other, others

    def test_it_can_not_finish_the_run(
        self, house: House, taken: tuple[Worker, HandProcesses, int, Worker, HandProcesses]
    ) -> None:
        worker, processes, run_id, other, others = taken
        processes.children[0].finish(0)
        work(worker)

        assert house.run(run_id).state == RunState.RUNNING
        assert house.run(run_id).worker_id == other.identity.id
        assert worker.busy == 0
        others.children[0].finish(4)
        work(other, 1)
        assert house.run(run_id).exit_code == 4

    def test_it_can_not_have_the_run_retried(
        self, house: House, taken: tuple[Worker, HandProcesses, int, Worker, HandProcesses]
    ) -> None:
        worker, processes, run_id, *_ = taken
        processes.children[0].finish(1)
        work(worker)

        assert house.run(run_id).state == RunState.RUNNING
        assert [(each.attempt, each.state) for each in house.attempts(run_id)] == [
            (1, RunState.LOST),
            (2, RunState.RUNNING),
        ]

    def test_its_heartbeat_tells_it_and_it_kills_the_command(
        self, house: House, taken: tuple[Worker, HandProcesses, int, Worker, HandProcesses]
    ) -> None:
        worker, processes, run_id, *_ = taken
        lease = house.run(run_id).lease_until
        house.clock.advance(1)
        worker.heartbeat()

        assert processes.children[0].killed
        assert worker.busy == 0
        assert house.run(run_id).lease_until == lease

    def test_it_can_not_write_output(
        self, house: House, taken: tuple[Worker, HandProcesses, int, Worker, HandProcesses]
    ) -> None:
        worker, processes, run_id, *_ = taken
        processes.children[0].say(b"from beyond")
        house.clock.advance(1)
        worker.step()

        assert house.runs.output(run_id, after=None, actor=ADA).items == []

    def test_it_can_not_start_what_it_had_claimed(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        worker, processes = house.worker()
        run_id = house.start(house.add())
        monkeypatch.setattr(Worker, "_start_claimed", lambda _self: None)
        work(worker, 1)
        monkeypatch.undo()
        house.look_until_expired(house.reconciler())
        other, others = house.worker("w2", processes=HandProcesses(hold=True))
        work(other)
        work(worker)

        assert processes.begun == []
        assert processes.children[0].killed
        assert others.begun == [(run_id, 1)]
        assert house.run(run_id).worker_id == other.identity.id

    def test_a_run_that_comes_back_to_it_is_not_run_beside_its_older_command(self, house: House) -> None:
        worker, processes, run_id = running(house, delivery="at_least_once")
        house.look_until_expired(house.reconciler())
        work(worker)

        assert processes.begun == [(run_id, 1), (run_id, 2)]
        assert [child.killed for child in processes.children] == [True, False]

    def test_a_gate_does_not_open_when_the_start_took_too_long(self, house: House) -> None:
        """It froze between the commit and the gate: meanwhile its run may have been taken."""
        worker, processes = house.worker()
        run_id = house.start(house.add())

        def freeze(commit: int) -> None:
            if commit == 1:  # the first is the claim's
                house.clock.advance(60)

        with watched(house.database, Points(committed=freeze)):
            worker.step()
        assert house.run(run_id).state == RunState.RUNNING
        assert processes.begun == []
        house.look_until_expired(house.reconciler())
        work(worker)

        assert processes.begun == []
        assert house.run(run_id).state == RunState.LOST


class TestRestart:
    def test_a_restarted_worker_kills_what_survives_and_then_settles_its_own_runs(self, house: House) -> None:
        _, processes, lost = running(house, name="once")
        _, _, others_run = running(house, "w2", name="another's")
        again = house.start(house.add("again", delivery="at_least_once"))
        first_life, _ = house.worker("w3", processes=HandProcesses(hold=True))
        work(first_life)
        assert house.run(again).state == RunState.RUNNING

        house.worker("w1", processes=processes)
        house.worker("w3")

        assert (house.run(lost).state, house.run(lost).reason) == (RunState.LOST, Reason.WORKER_RESTARTED)
        assert house.run(again).state == RunState.QUEUED
        assert house.run(others_run).state == RunState.RUNNING
        identities, run_ids = processes.ended_survivors[-1]
        assert list(identities) == [processes.children[0].identity]
        assert list(run_ids) == [lost]

    def test_survivors_of_runs_that_others_gave_up_are_killed_too(self, house: House) -> None:
        _, processes, run_id = running(house)
        house.look_until_expired(house.reconciler())
        assert house.run(run_id).state == RunState.LOST

        house.worker("w1", processes=processes)

        identities, run_ids = processes.ended_survivors[-1]
        assert list(identities) == [processes.children[0].identity]
        assert list(run_ids) == [run_id]
        house.worker("w1", processes=processes)
        assert len(processes.ended_survivors) == 1, "the next start has nothing to look for"

    def test_a_worker_keeps_its_id_over_restarts(self, house: House) -> None:
        first, _ = house.worker("w1")
        second, _ = house.worker("w1")

        assert first.identity.id == second.identity.id
        assert first.identity.incarnation != second.identity.incarnation


def test_leases_are_renewed_three_times_in_their_life() -> None:
    assert defaults.HEARTBEAT * 3 <= defaults.LEASE
