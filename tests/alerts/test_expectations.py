"""What a task's runs say of what is expected of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.expectations import (
    CODES_KNOWN_MIN,
    COUNT_MAX,
    DEFAULTS,
    TIME_MAX,
    Expectation,
    RunFact,
    TaskFacts,
    Threshold,
    judge,
)
from autom8.alerts.states import Observation
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Reason, RunState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
VIOLATED, FINE, BETWEEN = Observation.VIOLATED, Observation.FINE, Observation.BETWEEN
GOOD, BAD = RunState.SUCCEEDED, RunState.FAILED
NEVER_RAN = frozenset({RunState.MISSED, RunState.SKIPPED})


def a_run(
    number: int, state: RunState, *, reason: Reason | None = None, code: int | None = None, slots: int = 1
) -> RunFact:
    """A run that took the second up to `number` minutes after noon."""
    end = NOON + number * MINUTE
    began = None if state in NEVER_RAN else end - SECOND
    return RunFact(
        id=number,
        state=state,
        reason=reason,
        slots=slots,
        slot_at=end - SECOND,
        started_at=began,
        ended_at=end,
        exit_code=code,
    )


def seen(
    expectation: Expectation, facts: TaskFacts, threshold: Threshold | None = None, at: datetime = NOON + HOUR
) -> tuple[Observation, ...]:
    return judge(expectation, threshold or DEFAULTS[expectation], facts, at=at).observations


def test_a_failure_is_seen_though_the_next_run_was_fine_before_anybody_looked() -> None:
    judged = judge(
        Expectation.FAILED,
        Threshold(),
        TaskFacts(ended=[a_run(2, GOOD), a_run(1, BAD)]),
        at=NOON + HOUR,
    )

    assert judged.observations == (VIOLATED, FINE)
    assert judged.run_id == 1


def test_the_run_that_is_named_is_the_latest_that_violated() -> None:
    facts = TaskFacts(ended=[a_run(1, BAD), a_run(2, BAD), a_run(3, GOOD)])

    assert judge(Expectation.FAILED, Threshold(), facts, at=NOON + HOUR).run_id == 2


def test_so_many_in_a_row_are_counted_over_two_looks() -> None:
    threshold = Threshold(count=3)
    before = [a_run(1, BAD), a_run(2, RunState.TIMED_OUT)]

    assert seen(Expectation.FAILED, TaskFacts(ended=before), threshold) == (BETWEEN, BETWEEN)
    assert seen(Expectation.FAILED, TaskFacts(before=before, ended=[a_run(3, BAD)]), threshold) == (VIOLATED,)
    assert seen(Expectation.FAILED, TaskFacts(before=before), threshold) == ()


@given(
    states=st.lists(
        st.sampled_from([GOOD, BAD, RunState.TIMED_OUT, RunState.CANCELLED, RunState.SKIPPED]), max_size=12
    ),
    count=st.integers(1, 4),
    cut=st.integers(0, 12),
)
def test_failures_in_a_row_are_those_of_a_plain_count_however_looks_fall(
    states: list[RunState], count: int, cut: int
) -> None:
    expected, row = [], 0
    for state in states:
        if state is GOOD:
            row = 0
            expected.append(FINE)
        elif state in {BAD, RunState.TIMED_OUT}:
            row += 1
            expected.append(VIOLATED if row >= count else BETWEEN)
    runs = [a_run(number, state) for number, state in enumerate(states)]

    first = seen(Expectation.FAILED, TaskFacts(ended=runs[:cut]), Threshold(count=count))
    second = seen(Expectation.FAILED, TaskFacts(before=runs[:cut], ended=runs[cut:]), Threshold(count=count))

    assert [*first, *second] == expected


def test_what_somebody_wanted_so_violates_nothing() -> None:
    wanted = [
        a_run(1, RunState.CANCELLED, reason=Reason.BY_PERSON),
        a_run(2, RunState.SKIPPED, reason=Reason.PAUSED, slots=50),
        a_run(3, RunState.SKIPPED, reason=Reason.REMOVED, slots=50),
    ]

    for expectation, threshold in DEFAULTS.items():
        assert VIOLATED not in seen(expectation, TaskFacts(ended=wanted), threshold)


def test_a_run_that_the_servers_stop_cut_off_is_lost() -> None:
    cut_off = a_run(1, RunState.CANCELLED, reason=Reason.SHUTDOWN)

    assert seen(Expectation.LOST, TaskFacts(ended=[cut_off, a_run(2, BAD)])) == (VIOLATED, FINE)
    assert seen(Expectation.LOST, TaskFacts(ended=[a_run(1, RunState.LOST)])) == (VIOLATED,)


def test_a_missed_slot_is_seen_though_a_later_one_was_run_in_its_place() -> None:
    missed = a_run(1, RunState.MISSED, reason=Reason.SUPERSEDED)

    assert seen(Expectation.MISSED, TaskFacts(ended=[missed, a_run(2, GOOD)])) == (VIOLATED, FINE)


def test_the_end_of_a_run_that_began_before_the_missed_slot_makes_nothing_good() -> None:
    missed = a_run(5, RunState.MISSED, reason=Reason.TOO_LATE)
    long = RunFact(id=1, state=GOOD, started_at=NOON, ended_at=NOON + 9 * MINUTE)

    assert seen(Expectation.MISSED, TaskFacts(before=[missed], ended=[long])) == ()
    cancelled = a_run(9, RunState.CANCELLED, reason=Reason.BY_PERSON)
    assert seen(Expectation.MISSED, TaskFacts(before=[missed], ended=[cancelled])) == ()
    assert seen(Expectation.MISSED, TaskFacts(before=[missed], ended=[a_run(10, GOOD)])) == (FINE,)


def test_a_run_that_does_not_begin_is_late_at_the_very_instant_that_was_announced() -> None:
    waiting = RunFact(id=7, state=RunState.QUEUED, slot_at=NOON)
    facts = TaskFacts(running=[waiting], active_since=NOON)
    early = judge(Expectation.LATE_BY, Threshold(time=MINUTE), facts, at=NOON)
    assert early.observations == ()
    assert early.look_at == NOON + MINUTE

    late = judge(Expectation.LATE_BY, Threshold(time=MINUTE), facts, at=early.look_at)

    assert late.observations == (VIOLATED,)
    assert late.run_id == 7
    assert late.look_at is None


def test_a_slot_that_nobody_fired_is_late_too_unless_the_task_is_paused() -> None:
    threshold = Threshold(time=MINUTE)
    unfired = TaskFacts(next_run=NOON, active_since=NOON - HOUR)

    assert seen(Expectation.LATE_BY, unfired, threshold, at=NOON + MINUTE - SECOND) == ()
    assert seen(Expectation.LATE_BY, unfired, threshold, at=NOON + MINUTE) == (VIOLATED,)
    assert seen(Expectation.LATE_BY, TaskFacts(next_run=NOON), threshold, at=NOON + MINUTE) == ()


def test_what_waits_to_be_tried_again_is_not_late() -> None:
    retried = RunFact(id=7, state=RunState.QUEUED, slot_at=NOON, again=True)

    assert seen(Expectation.LATE_BY, TaskFacts(running=[retried])) == ()


def test_late_lasts_until_a_run_begins_in_time() -> None:
    threshold = Threshold(time=MINUTE)
    late = RunFact(id=1, state=GOOD, slot_at=NOON, started_at=NOON + MINUTE, ended_at=NOON + 2 * MINUTE)
    begun = RunFact(id=2, state=RunState.RUNNING, slot_at=NOON, started_at=NOON + SECOND)

    assert seen(Expectation.LATE_BY, TaskFacts(ended=[late]), threshold) == (VIOLATED,)
    assert seen(Expectation.LATE_BY, TaskFacts(before=[late]), threshold) == ()
    assert seen(Expectation.LATE_BY, TaskFacts(before=[late], running=[begun]), threshold) == (FINE,)


def test_a_run_that_goes_on_is_late_if_it_began_as_late_as_that() -> None:
    threshold = Threshold(time=MINUTE)
    for began, expected in ((NOON + MINUTE - SECOND, FINE), (NOON + MINUTE, VIOLATED)):
        begun = RunFact(id=2, state=RunState.RUNNING, slot_at=NOON, started_at=began)
        assert seen(Expectation.LATE_BY, TaskFacts(running=[begun]), threshold) == (expected,)


def test_a_run_by_hand_has_no_slot_to_be_late_for() -> None:
    by_hand = RunFact(id=1, state=RunState.RUNNING, started_at=NOON)

    assert seen(Expectation.LATE_BY, TaskFacts(running=[by_hand])) == ()


def test_a_run_that_goes_on_is_too_long_at_the_instant_that_was_announced() -> None:
    threshold = Threshold(time=HOUR)
    going_on = TaskFacts(running=[RunFact(id=3, state=RunState.RUNNING, started_at=NOON)])
    early = judge(Expectation.RUNNING_LONGER_THAN, threshold, going_on, at=NOON + MINUTE)
    assert early.observations == (FINE,)
    assert early.look_at == NOON + HOUR

    long = judge(Expectation.RUNNING_LONGER_THAN, threshold, going_on, at=early.look_at)

    assert (long.observations, long.run_id) == ((VIOLATED,), 3)


def test_a_run_that_was_too_long_is_seen_though_it_has_ended() -> None:
    ended = RunFact(id=3, state=GOOD, started_at=NOON, ended_at=NOON + HOUR)

    judged = seen(Expectation.RUNNING_LONGER_THAN, TaskFacts(ended=[ended]), Threshold(time=HOUR))

    assert judged == (VIOLATED, FINE)


def test_a_retry_that_waits_does_not_run_though_it_began_once() -> None:
    waiting = RunFact(id=3, state=RunState.QUEUED, started_at=NOON, again=True)

    judged = seen(Expectation.RUNNING_LONGER_THAN, TaskFacts(running=[waiting]), Threshold(time=MINUTE))

    assert judged == (FINE,)


def test_no_success_counts_from_the_latest_of_success_and_resumption() -> None:
    threshold = Threshold(time=HOUR)
    for facts, since in (
        (TaskFacts(active_since=NOON), NOON),
        (TaskFacts(active_since=NOON, succeeded_at=NOON - HOUR), NOON),
        (TaskFacts(active_since=NOON - HOUR, succeeded_at=NOON), NOON),
        (TaskFacts(active_since=NOON, ended=[a_run(5, GOOD), a_run(6, BAD)]), NOON + 5 * MINUTE),
    ):
        early = judge(Expectation.NO_SUCCESS_FOR, threshold, facts, at=since + HOUR - SECOND)
        assert (early.observations, early.look_at) == ((FINE,), since + HOUR)
        assert seen(Expectation.NO_SUCCESS_FOR, facts, threshold, at=since + HOUR) == (VIOLATED,)


def test_nothing_is_expected_of_a_paused_task() -> None:
    facts = TaskFacts(succeeded_at=NOON - 100 * HOUR)

    assert seen(Expectation.NO_SUCCESS_FOR, facts, Threshold(time=HOUR)) == (FINE,)


def test_an_exit_code_is_strange_only_beside_enough_that_are_known() -> None:
    known = [a_run(number, GOOD, code=0) for number in range(CODES_KNOWN_MIN)]
    strange = a_run(50, BAD, code=3)
    expectation, threshold = Expectation.EXIT_PATTERN_CHANGED, Threshold()

    assert seen(expectation, TaskFacts(before=known[1:], ended=[strange]), threshold) == ()
    assert seen(expectation, TaskFacts(before=known, ended=[strange]), threshold) == (VIOLATED,)
    usual = a_run(51, GOOD, code=0)
    assert seen(expectation, TaskFacts(before=[*known, strange], ended=[usual]), threshold) == (FINE,)


def test_an_exit_code_is_forgotten_after_twenty_runs_with_others() -> None:
    once = a_run(0, BAD, code=3)
    since = [a_run(number, GOOD, code=0) for number in range(1, 21)]
    expectation, again = Expectation.EXIT_PATTERN_CHANGED, a_run(50, BAD, code=3)

    assert seen(expectation, TaskFacts(before=[once, *since], ended=[again]), Threshold()) == (VIOLATED,)
    assert seen(expectation, TaskFacts(before=[once, *since[1:]], ended=[again]), Threshold()) == (FINE,)


@given(
    minutes=st.lists(st.integers(0, 200), max_size=8, unique=True),
    slots=st.integers(1, 3),
    count=st.integers(1, 6),
    now=st.integers(0, 300),
)
def test_skipped_slots_are_those_of_a_plain_count_and_it_looks_when_the_next_is_forgotten(
    minutes: list[int], slots: int, count: int, now: int
) -> None:
    at = NOON + now * MINUTE
    runs = [
        a_run(minute, RunState.SKIPPED, reason=Reason.OVERLAP, slots=slots)
        for minute in minutes
        if minute <= now
    ]
    inside = [run.id for run in runs if now - run.id < 60]
    number = slots * len(inside)
    expected = VIOLATED if number >= count else BETWEEN if number >= count / 2 else FINE

    judged = judge(
        Expectation.TOO_MANY_SKIPPED, Threshold(count=count, time=HOUR), TaskFacts(ended=runs), at=at
    )

    assert judged.observations == (expected,)
    assert judged.look_at == (NOON + (min(inside) + 60) * MINUTE if inside else None)


def test_a_skipped_slot_is_forgotten_at_the_very_instant_that_was_announced() -> None:
    skipped = TaskFacts(before=[a_run(0, RunState.SKIPPED, reason=Reason.OVERLAP)])
    threshold = Threshold(time=HOUR)

    assert seen(Expectation.TOO_MANY_SKIPPED, skipped, threshold, at=NOON + HOUR - SECOND) == (VIOLATED,)
    assert seen(Expectation.TOO_MANY_SKIPPED, skipped, threshold, at=NOON + HOUR) == (FINE,)


@pytest.mark.parametrize("expectation", Expectation)
def test_a_task_of_which_nothing_is_known_violates_nothing(expectation: Expectation) -> None:
    timed = Threshold(time=HOUR)

    assert VIOLATED not in judge(expectation, timed, TaskFacts(), at=NOON).observations


@pytest.mark.parametrize("expectation", DEFAULTS)
def test_the_defaults_can_be_meant(expectation: Expectation) -> None:
    assert DEFAULTS[expectation].check(expectation) == DEFAULTS[expectation]


@pytest.mark.parametrize(
    ("expectation", "threshold", "field"),
    [
        (Expectation.FAILED, Threshold(count=0), "count"),
        (Expectation.FAILED, Threshold(count=COUNT_MAX + 1), "count"),
        (Expectation.FAILED, Threshold(time=HOUR), "time"),
        (Expectation.MISSED, Threshold(count=2), "count"),
        (Expectation.LATE_BY, Threshold(), "time"),
        (Expectation.LATE_BY, Threshold(time=timedelta()), "time"),
        (Expectation.NO_SUCCESS_FOR, Threshold(time=TIME_MAX + SECOND), "time"),
        (Expectation.RUNNING_LONGER_THAN, Threshold(count=2, time=HOUR), "count"),
        (Expectation.TOO_MANY_SKIPPED, Threshold(count=2), "time"),
    ],
)
def test_a_threshold_that_means_nothing_is_refused_by_name(
    expectation: Expectation, threshold: Threshold, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        threshold.check(expectation)

    assert list(refused.value.fields) == [field]
