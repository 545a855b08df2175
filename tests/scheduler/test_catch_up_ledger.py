"""The ledger's promise: no slot is lost or doubled, however time is cut and clocks step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autom8.kernel import defaults
from autom8.kernel.vocabulary import CatchUp, Gap, Overlap, Reason, RunState
from autom8.scheduler import catch_up
from autom8.scheduler.catch_up import Entry, Policy, plan_due, plan_paused
from autom8.scheduler.schedules import Cron, Interval, Once, Rule
from autom8.scheduler.slots import slot_count, slots_after

PASS, RUNS, RANGE = 7, 3, 2  # small, so that a few slots reach every bound
START = datetime(2026, 10, 23, tzinfo=UTC)  # two days before Europe turns its clocks back
Fate = tuple[RunState, Reason | None]

RULES = st.builds(
    Rule,
    schedule=st.sampled_from(
        [
            Cron(expression="*/20 * * * *"),
            Cron(expression="0,30 1-3 * * *"),
            Cron(expression="15 2 * * *"),
            Cron(expression="0 0 29 2 *"),
            Once(at=START + timedelta(hours=30)),
        ]
    )
    | st.builds(
        Interval,
        every=st.timedeltas(timedelta(minutes=3), timedelta(days=1)),
        anchor=st.just(START + timedelta(hours=5)),
    ),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Chatham"]),
    gap=st.sampled_from(Gap),
    overlap=st.sampled_from(Overlap),
)
POLICIES = st.builds(
    Policy,
    catch_up=st.sampled_from(CatchUp),
    lateness_max=st.timedeltas(timedelta(seconds=1), timedelta(days=2)),
)
# When the scheduler wakes, as steps of the wall clock: also backwards.
WAKES = st.lists(
    st.timedeltas(-timedelta(hours=6), timedelta(hours=30)) | st.sampled_from([timedelta(minutes=20)]),
    min_size=1,
    max_size=12,
)


@pytest.fixture(autouse=True, scope="module")
def _small_bounds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catch_up, "PASS_SLOTS_MAX", PASS)
        patch.setattr(defaults, "CATCH_UP_RUNS_MAX", RUNS)
        patch.setattr(defaults, "RANGE_OVER", RANGE)
        yield


def fate(slot: datetime, newer: int, policy: Policy, now: datetime) -> Fate:
    """What the policy's description says of a slot with so many `newer` ones due."""
    late = now - slot
    if late > policy.lateness_max:
        return RunState.MISSED, Reason.TOO_LATE
    if policy.catch_up is CatchUp.NONE:
        on_time = late <= defaults.ON_TIME
        return (RunState.QUEUED, None) if on_time else (RunState.MISSED, Reason.NO_CATCH_UP)
    runs = newer < (RUNS if policy.catch_up is CatchUp.ALL else 1)
    return (RunState.QUEUED, None) if runs else (RunState.MISSED, Reason.SUPERSEDED)


def due_slots(rule: Rule, through: datetime, now: datetime) -> list[datetime]:
    return list(takewhile(lambda slot: slot <= now, slots_after(rule, through)))


def unfolded(entries: tuple[Entry, ...], slots: list[datetime]) -> list[tuple[datetime, Fate]]:
    """Each slot of `entries` with its fate, once their starts, ends and counts are checked."""
    found: list[tuple[datetime, Fate]] = []
    for entry in entries:
        covered = slots[len(found) : len(found) + entry.slot_count]
        assert entry.slot_at == covered[0]
        assert entry.slot_through == (covered[-1] if entry.slot_count > 1 else None)
        found += [(slot, (entry.state, entry.reason)) for slot in covered]
    return found


@settings(max_examples=200)
@given(
    rule=RULES,
    policy=POLICIES,
    wakes=WAKES,
    paused=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_plans_account_for_each_slot_once_with_the_fate_its_policy_gives(
    rule: Rule, policy: Policy, wakes: list[timedelta], paused: list[bool]
) -> None:
    through = now = START
    told = 0
    for wake, is_paused in zip(wakes, paused, strict=False):
        now += wake
        while True:
            slots = due_slots(rule, through, now)
            plan = (
                plan_paused(rule, through=through, now=now)
                if is_paused
                else plan_due(rule, policy, through=through, now=now)
            )

            for place, (slot, got) in enumerate(unfolded(plan.entries, slots)):
                newer = len(slots) - place - 1
                expected = (RunState.SKIPPED, Reason.PAUSED) if is_paused else fate(slot, newer, policy, now)
                assert through < slot <= plan.through
                assert got == expected
            assert through <= plan.through <= max(through, now)
            assert plan.next_run == next(slots_after(rule, plan.through), None)
            told += sum(entry.slot_count for entry in plan.entries)
            through = plan.through
            if plan.next_run is None or plan.next_run > now:
                break

        assert through >= now
        assert told == slot_count(rule, START, through)


@given(rule=RULES, policy=POLICIES, wake=st.timedeltas(timedelta(), timedelta(days=3)))
def test_neighbours_share_a_row_only_beyond_the_bound(rule: Rule, policy: Policy, wake: timedelta) -> None:
    plan = plan_due(rule, policy, through=START, now=START + wake)

    singles = [entry for entry in plan.entries if entry.slot_through is None]
    for reason in Reason:
        assert len([entry for entry in singles if entry.reason is reason]) <= RANGE
    for entry in plan.entries:
        assert entry.slot_count == 1 or (entry.slot_count > RANGE and entry.state is RunState.MISSED)
    assert sum(entry.state is RunState.QUEUED for entry in plan.entries) <= RUNS
