"""What becomes of due slots under each policy: the cases a person would ask about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import CatchUp, Reason, RunState
from autom8.scheduler.catch_up import PASS_SLOTS_MAX, Entry, Plan, Policy, plan_due, plan_paused
from autom8.scheduler.schedules import BootTime, Cron, Interval, Manual, Once, Rule, Schedule

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MINUTELY = Rule(schedule=Cron(expression="* * * * *"))
LATEST, ALL, NONE = (Policy(catch_up=each) for each in (CatchUp.LATEST, CatchUp.ALL, CatchUp.NONE))


def due(policy: Policy, minutes: int, late: timedelta = SECOND, rule: Rule = MINUTELY) -> Plan:
    """The plan for `minutes` slots, the newest of them `late`."""
    return plan_due(rule, policy, through=NOON, now=NOON + minutes * MINUTE + late)


def queued(minute: int) -> Entry:
    return Entry(slot_at=NOON + minute * MINUTE, state=RunState.QUEUED)


def missed(minute: int, reason: Reason) -> Entry:
    return Entry(slot_at=NOON + minute * MINUTE, state=RunState.MISSED, reason=reason)


def missed_range(first: int, last: int, reason: Reason) -> Entry:
    return Entry(
        slot_at=NOON + first * MINUTE,
        slot_through=NOON + last * MINUTE,
        slot_count=last - first + 1,
        state=RunState.MISSED,
        reason=reason,
    )


@pytest.mark.parametrize("policy", [LATEST, ALL, NONE])
def test_a_slot_on_time_is_queued_under_every_policy(policy: Policy) -> None:
    plan = due(policy, 1)

    assert plan.entries == (queued(1),)
    assert plan.through == NOON + MINUTE + SECOND
    assert plan.next_run == NOON + 2 * MINUTE


@pytest.mark.parametrize("policy", [LATEST, ALL, NONE])
def test_a_slot_is_due_at_its_very_instant_and_not_before(policy: Policy) -> None:
    assert due(policy, 1, late=timedelta()).entries == (queued(1),)
    assert due(policy, 1, late=-timedelta(microseconds=1)).entries == ()


def test_latest_runs_the_newest_and_misses_the_others_for_it() -> None:
    assert due(LATEST, 3).entries == (
        missed(1, Reason.SUPERSEDED),
        missed(2, Reason.SUPERSEDED),
        queued(3),
    )


def test_all_runs_each() -> None:
    assert due(ALL, 3).entries == (queued(1), queued(2), queued(3))


def test_all_is_bounded_to_the_newest() -> None:
    plan = due(ALL, defaults.CATCH_UP_RUNS_MAX + 20)

    assert plan.entries[0] == missed_range(1, 20, Reason.SUPERSEDED)
    assert plan.entries[1:] == tuple(queued(21 + n) for n in range(defaults.CATCH_UP_RUNS_MAX))


def test_none_runs_what_is_on_time_and_misses_the_rest() -> None:
    assert due(NONE, 2, late=defaults.ON_TIME).entries == (missed(1, Reason.NO_CATCH_UP), queued(2))
    assert due(NONE, 2, late=defaults.ON_TIME + timedelta(microseconds=1)).entries == (
        missed(1, Reason.NO_CATCH_UP),
        missed(2, Reason.NO_CATCH_UP),
    )


def test_none_runs_every_beat_that_is_on_time() -> None:
    beating = Rule(schedule=Interval(every=2 * SECOND, anchor=NOON))

    plan = plan_due(beating, NONE, through=NOON, now=NOON + 5 * SECOND)

    assert [entry.state for entry in plan.entries] == [RunState.QUEUED] * 2


@pytest.mark.parametrize("catch_up", CatchUp)
def test_what_is_later_than_the_greatest_lateness_is_missed_under_every_policy(
    catch_up: CatchUp,
) -> None:
    strict = Policy(catch_up=catch_up, lateness_max=5 * SECOND)

    assert due(strict, 1, late=5 * SECOND).entries == (queued(1),)
    assert due(strict, 2, late=6 * SECOND).entries == (
        missed(1, Reason.TOO_LATE),
        missed(2, Reason.TOO_LATE),
    )


def test_an_outage_of_three_days_is_told_in_three_rows_by_default() -> None:
    day = 24 * 60  # slots

    assert due(Policy(), 3 * day).entries == (
        missed_range(1, 2 * day, Reason.TOO_LATE),
        missed_range(2 * day + 1, 3 * day - 1, Reason.SUPERSEDED),
        queued(3 * day),
    )


def test_a_few_missed_slots_have_a_row_each_and_more_share_one() -> None:
    few = due(LATEST, defaults.RANGE_OVER + 1)
    more = due(LATEST, defaults.RANGE_OVER + 2)

    assert len(few.entries) == defaults.RANGE_OVER + 1
    assert more.entries == (
        missed_range(1, defaults.RANGE_OVER + 1, Reason.SUPERSEDED),
        queued(defaults.RANGE_OVER + 2),
    )


def test_nothing_is_due_between_slots() -> None:
    plan = plan_due(MINUTELY, LATEST, through=NOON, now=NOON + 59 * SECOND)

    assert plan == Plan(entries=(), through=NOON + 59 * SECOND, next_run=NOON + MINUTE)


def test_a_clock_that_was_set_back_plans_nothing_twice() -> None:
    for plan in (
        plan_due(MINUTELY, ALL, through=NOON, now=NOON - timedelta(hours=1)),
        plan_paused(MINUTELY, through=NOON, now=NOON - timedelta(hours=1)),
    ):
        assert plan == Plan(entries=(), through=NOON, next_run=NOON + MINUTE)


@pytest.mark.parametrize("schedule", [BootTime(), Manual(), Once(at=NOON)])
def test_a_schedule_without_further_slots_has_no_next_run(schedule: Schedule) -> None:
    plan = due(LATEST, 5, rule=Rule(schedule=schedule))

    assert plan == Plan(entries=(), through=NOON + 5 * MINUTE + SECOND, next_run=None)


def test_a_long_outage_of_a_cron_task_is_told_in_bounded_passes() -> None:
    minutes = PASS_SLOTS_MAX + defaults.CATCH_UP_RUNS_MAX + 1
    week_late = Policy(catch_up=CatchUp.ALL, lateness_max=timedelta(days=30))

    first = due(week_late, minutes)
    rest = plan_due(MINUTELY, week_late, through=first.through, now=NOON + minutes * MINUTE + SECOND)

    assert first.entries == (missed_range(1, PASS_SLOTS_MAX, Reason.SUPERSEDED),)
    assert first.through == NOON + PASS_SLOTS_MAX * MINUTE
    assert first.next_run == first.through + MINUTE
    assert rest.entries[0] == missed(PASS_SLOTS_MAX + 1, Reason.SUPERSEDED)
    assert [entry.state for entry in rest.entries[1:]] == [RunState.QUEUED] * defaults.CATCH_UP_RUNS_MAX


def test_years_of_an_interval_are_told_in_one_pass() -> None:
    beating = Rule(schedule=Interval(every=SECOND, anchor=NOON))

    plan = plan_due(beating, LATEST, through=NOON, now=NOON.replace(year=2036))

    assert plan.through == NOON.replace(year=2036)
    assert sum(entry.slot_count for entry in plan.entries) == plan.through.timestamp() - NOON.timestamp()
    assert len(plan.entries) == 3


def test_paused_slots_are_one_row_however_few_or_many() -> None:
    one = plan_paused(MINUTELY, through=NOON, now=NOON + MINUTE)
    two = plan_paused(MINUTELY, through=NOON, now=NOON + 2 * MINUTE)

    assert one.entries == (Entry(slot_at=NOON + MINUTE, state=RunState.SKIPPED, reason=Reason.PAUSED),)
    assert two.entries == (
        Entry(
            slot_at=NOON + MINUTE,
            slot_through=NOON + 2 * MINUTE,
            slot_count=2,
            state=RunState.SKIPPED,
            reason=Reason.PAUSED,
        ),
    )
    assert two.next_run == NOON + 3 * MINUTE


@pytest.mark.parametrize("lateness_max", [timedelta(), -MINUTE, timedelta(days=3_661)])
def test_a_lateness_that_cannot_be_meant_is_refused(lateness_max: timedelta) -> None:
    with pytest.raises(Invalid) as refusal:
        Policy(lateness_max=lateness_max).check()

    assert list(refusal.value.fields) == ["lateness_max_s"]


def test_the_default_policy_is_that_of_the_defaults() -> None:
    assert Policy().check() == Policy(catch_up=defaults.CATCH_UP, lateness_max=defaults.LATENESS_MAX)
