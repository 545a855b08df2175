"""What the end of an attempt means for its run."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.kernel.vocabulary import Delivery, Reason, RunState
from autom8.scheduler.definition import TaskDefinition
from autom8.scheduler.outcomes import LOST_STARTS_MAX, Outcome, of_ending, of_loss, of_refusal, retry_wait
from autom8.scheduler.ports import Ending, StopReason


def ending(**given: Any) -> Ending:
    values = {"exit_code": None, "signal": None, "stopped": None, "cpu_s": 0.0, "memory_bytes_max": 1}
    return Ending(**{**values, "output_bytes": 0, **given})


def outcome(end: Ending, *, cancel_reason: str | None = None, **definition: Any) -> Outcome:
    task = TaskDefinition(name="t", command=("true",), **definition)
    return of_ending(end, definition=task, attempt=1, cancel_reason=cancel_reason, chance=Random(1))


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (ending(exit_code=0), RunState.SUCCEEDED, None),
        (ending(exit_code=3), RunState.FAILED, Reason.EXIT_CODE),
        (ending(signal=11), RunState.FAILED, Reason.SIGNAL),
        (ending(signal=15, stopped=StopReason.TIMEOUT), RunState.TIMED_OUT, Reason.TIMEOUT),
        (ending(signal=15, stopped=StopReason.CANCEL), RunState.CANCELLED, Reason.BY_PERSON),
        (ending(signal=9, stopped=StopReason.SHUTDOWN), RunState.CANCELLED, Reason.SHUTDOWN),
        (ending(exit_code=0, stopped=StopReason.TIMEOUT), RunState.TIMED_OUT, Reason.TIMEOUT),
    ],
)
def test_each_way_to_end_has_its_state_and_reason(
    end: Ending, state: RunState, reason: Reason | None
) -> None:
    assert outcome(end) == Outcome(state=state, reason=reason)


def test_a_cancelled_run_says_who_wanted_it() -> None:
    end = ending(signal=15, stopped=StopReason.CANCEL)

    assert outcome(end, cancel_reason="replaced", retries_max=3).reason is Reason.REPLACED


def test_failures_and_timeouts_are_retried_while_retries_are_left() -> None:
    for end in (ending(exit_code=1), ending(signal=15, stopped=StopReason.TIMEOUT)):
        assert outcome(end, retries_max=1).retry_after is not None
        assert outcome(end).retry_after is None
    assert outcome(ending(exit_code=0), retries_max=1).retry_after is None
    assert outcome(ending(signal=15, stopped=StopReason.CANCEL), retries_max=1).retry_after is None


def test_a_shutdown_requeues_only_what_may_run_twice() -> None:
    end = ending(signal=15, stopped=StopReason.SHUTDOWN)

    assert outcome(end, delivery=Delivery.AT_LEAST_ONCE).retry_after == timedelta()
    assert outcome(end, retries_max=5).retry_after is None


def test_a_command_that_could_not_be_started_says_why_and_is_retried() -> None:
    task = TaskDefinition(name="t", command=("nope",), retries_max=1)

    first = of_refusal("nope: not found", definition=task, attempt=1, chance=Random(1))
    last = of_refusal("nope: not found", definition=task, attempt=2, chance=Random(1))

    assert (first.state, first.reason, first.detail) == (
        RunState.FAILED,
        Reason.NOT_STARTED,
        "nope: not found",
    )
    assert first.retry_after is not None
    assert last.retry_after is None


@given(
    attempt=st.integers(1, 100),
    first_s=st.floats(0, 86_400),
    longest_s=st.floats(0, 86_400),
    jitter=st.floats(0, 1),
    seed=st.integers(),
)
def test_the_wait_doubles_up_to_the_longest_and_strays_by_the_jitter(
    attempt: int, first_s: float, longest_s: float, jitter: float, seed: int
) -> None:
    task = TaskDefinition(
        name="t",
        command=("true",),
        retries_max=100,
        retry_first=timedelta(seconds=first_s),
        retry_longest=timedelta(seconds=longest_s),
        retry_jitter=jitter,
    )

    wait = retry_wait(task, attempt=attempt, chance=Random(seed))

    assert wait is not None
    middle = min(task.retry_first.total_seconds() * 2 ** (attempt - 1), task.retry_longest.total_seconds())
    assert middle * (1 - jitter) - 0.001 <= wait.total_seconds() <= middle * (1 + jitter) + 0.001


def test_the_jitter_reaches_both_sides() -> None:
    task = TaskDefinition(name="t", command=("true",), retries_max=9)
    waits = [retry_wait(task, attempt=1, chance=Random(seed)) for seed in range(40)]
    seconds = [wait.total_seconds() for wait in waits if wait is not None]

    assert 27 <= min(seconds) < 28
    assert 32 < max(seconds) <= 33


class TestLoss:
    @staticmethod
    def lost(**given: Any) -> Outcome:
        values = {"started": True, "delivery": Delivery.AT_MOST_ONCE, "attempt": 1, "cancel_reason": None}
        return of_loss(Reason.WORKER_GONE, **{**values, **given})

    def test_at_most_once_is_lost_and_says_so(self) -> None:
        lost = self.lost()

        assert (lost.state, lost.reason, lost.retry_after) == (RunState.LOST, Reason.WORKER_GONE, None)
        assert "attempt 1" in (lost.detail or "")

    def test_at_least_once_is_started_again_but_not_for_ever(self) -> None:
        again = {"delivery": Delivery.AT_LEAST_ONCE}

        assert self.lost(**again).retry_after == timedelta()
        assert self.lost(**again, attempt=LOST_STARTS_MAX - 1).retry_after == timedelta()
        assert self.lost(**again, attempt=LOST_STARTS_MAX).retry_after is None

    def test_what_was_only_claimed_is_whole_and_is_queued_again(self) -> None:
        assert self.lost(started=False).retry_after == timedelta()

    def test_what_somebody_wanted_to_end_is_not_started_again(self) -> None:
        assert self.lost(delivery=Delivery.AT_LEAST_ONCE, cancel_reason="by_person").retry_after is None
        whole = self.lost(started=False, cancel_reason="replaced")
        assert whole == Outcome(state=RunState.CANCELLED, reason=Reason.REPLACED)
