"""A notice arrives, or is tried again in time, or is a dead letter that says why; never neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.retrying import (
    END_GOOD_FOR,
    FIRST_WAIT_MAX,
    GOOD_FOR,
    LONGEST_WAIT,
    RETRY_AFTER_MAX,
    SHORTEST_WAIT,
    UNKNOWN_MAX,
    Again,
    Dead,
    DeathReason,
    Decision,
    Delivered,
    Result,
    Tried,
    Urgency,
    decide,
    wait,
)

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
PAGES, INFORMS = Urgency(made_at=NOON, pages=True), Urgency(made_at=NOON, pages=False)
END = Urgency(made_at=NOON, pages=False, ends=True)
MINUTE = timedelta(minutes=1)


def after(
    result: Result, urgency: Urgency, *, tries: int = 1, unknown: int = 0, later: timedelta = MINUTE
) -> Decision:
    tried = Tried(result=result, tries=tries, unknown=unknown)
    return decide(tried, urgency, at=NOON + later, chance=0.5)


@pytest.mark.parametrize("urgency", [PAGES, INFORMS, END])
def test_what_has_arrived_or_is_refused_for_good_is_not_tried_again(urgency: Urgency) -> None:
    assert after(Result.DELIVERED, urgency) == Delivered()
    assert after(Result.REFUSED, urgency) == Dead(DeathReason.REFUSED)
    assert after(Result.DELIVERED, urgency, later=timedelta(days=9)) == Delivered()


def test_a_try_of_unknown_result_is_repeated_when_it_pages_and_not_when_it_informs() -> None:
    assert isinstance(after(Result.UNKNOWN, PAGES, unknown=1), Again)
    assert after(Result.UNKNOWN, INFORMS, unknown=1) == Dead(DeathReason.OUTCOME_UNKNOWN)
    assert isinstance(after(Result.UNKNOWN, END, unknown=1), Again)  # no end is lost


def test_nobody_is_paged_for_ever_by_a_channel_that_never_answers() -> None:
    assert isinstance(after(Result.UNKNOWN, PAGES, tries=9, unknown=UNKNOWN_MAX - 1), Again)
    last = after(Result.UNKNOWN, PAGES, tries=9, unknown=UNKNOWN_MAX)
    assert last == Dead(DeathReason.OUTCOME_UNKNOWN)


@pytest.mark.parametrize(
    ("urgency", "good_for"), [(PAGES, GOOD_FOR), (INFORMS, GOOD_FOR), (END, END_GOOD_FOR)]
)
def test_it_is_tried_until_it_is_too_old_and_what_says_that_all_is_well_for_longer(
    urgency: Urgency, good_for: timedelta
) -> None:
    assert urgency.deadline == NOON + good_for
    early = after(Result.FAILED, urgency, tries=99, later=good_for - LONGEST_WAIT)
    assert isinstance(early, Again)
    assert early.at <= urgency.deadline
    late = after(Result.FAILED, urgency, tries=99, later=good_for - SHORTEST_WAIT)
    assert late == Dead(DeathReason.TOO_OLD)


@given(tries=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_the_wait_is_by_chance_below_a_bound_that_doubles(tries: int, chance: float) -> None:
    bound = FIRST_WAIT_MAX
    for _ in range(min(tries, 50) - 1):
        bound = min(bound + bound, LONGEST_WAIT)

    waits = wait(Tried(result=Result.FAILED, tries=tries), chance=chance)
    assert SHORTEST_WAIT <= waits <= bound
    assert wait(Tried(result=Result.FAILED, tries=tries), chance=0.999999) > bound * 0.99


def test_the_other_sides_wish_is_heeded_when_it_asks_for_more() -> None:
    asked = Tried(result=Result.FAILED, tries=1, retry_after=timedelta(minutes=3))
    assert wait(asked, chance=0.5) == timedelta(minutes=3)
    greedy = Tried(result=Result.FAILED, tries=1, retry_after=timedelta(hours=13))
    assert decide(greedy, PAGES, at=NOON, chance=0.5) == Again(
        NOON + RETRY_AFTER_MAX
    )  # and it is no dead letter
    hurried = Tried(result=Result.FAILED, tries=1, retry_after=timedelta())
    assert wait(hurried, chance=0.0) == SHORTEST_WAIT


@given(
    results=st.lists(st.sampled_from([Result.FAILED, Result.UNKNOWN]), min_size=1, max_size=400),
    pages=st.booleans(),
    ends=st.booleans(),
    chance=st.floats(0.2, 1, exclude_max=True),  # with less luck it only takes longer
)
def test_a_life_of_failures_ends_as_a_dead_letter_by_its_deadline(
    results: list[Result], pages: bool, ends: bool, chance: float
) -> None:
    urgency, at, unknown = Urgency(made_at=NOON, pages=pages, ends=ends), NOON, 0
    for tries in range(1, 2_000):
        result = results[tries % len(results)]
        unknown += result is Result.UNKNOWN
        tried = Tried(result=result, tries=tries, unknown=unknown)
        decision = decide(tried, urgency, at=at, chance=chance)
        if isinstance(decision, Dead):
            assert (decision.reason is DeathReason.TOO_OLD) or result is Result.UNKNOWN
            return
        assert isinstance(decision, Again)
        assert at < decision.at <= urgency.deadline
        at = decision.at
    raise AssertionError("it is tried for ever")
