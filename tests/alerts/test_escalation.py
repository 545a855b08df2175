"""An incident is told further until somebody acts: each step once, in order, late but never in a rush."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.escalation import (
    Due,
    Escalation,
    Policy,
    Step,
    acknowledge,
    advance,
    begin,
    hasten,
    next_look,
    take,
)
from autom8.kernel.errors import Invalid

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def policy(*delays: int, repeats: int | None = 0) -> Policy:
    steps = tuple(Step(targets=(f"who-{n}",), after=delay * MINUTE) for n, delay in enumerate(delays))
    return Policy(steps=steps, repeats=repeats, repeated_after=15 * MINUTE).check()


def walked(escalation: Escalation, mine: Policy, *looks: int) -> list[tuple[int, int, int]]:
    """At which minute after noon which step of which round is taken."""
    taken = []
    for minute in looks:
        escalation, due = advance(escalation, mine, at=NOON + minute * MINUTE)
        if due:
            taken.append((minute, due.round, due.step))
    return taken


def test_steps_follow_each_other_by_their_delays_and_end() -> None:
    mine = policy(0, 5, 10)

    assert walked(begin(mine, at=NOON), mine, *range(60)) == [(0, 0, 0), (5, 0, 1), (15, 0, 2)]


def test_a_round_is_repeated_as_often_as_the_policy_says() -> None:
    mine = policy(0, 5, repeats=1)
    assert walked(begin(mine, at=NOON), mine, *range(300)) == [(0, 0, 0), (5, 0, 1), (20, 1, 0), (25, 1, 1)]

    mine = policy(0, repeats=None)
    assert walked(begin(mine, at=NOON), mine, *range(301))[-1] == (300, 20, 0)


def test_a_server_that_was_away_takes_one_step_late_and_rushes_through_none() -> None:
    mine = policy(0, 5, 5, 5)

    assert walked(begin(mine, at=NOON), mine, 0, *range(60, 80)) == [
        (0, 0, 0),
        (60, 0, 1),
        (65, 0, 2),
        (70, 0, 3),
    ]


def test_an_acknowledgement_holds_all_back_and_when_it_expires_the_next_step_is_due_at_once() -> None:
    mine = policy(0, 5, 10)
    escalation, first = advance(begin(mine, at=NOON), mine, at=NOON)
    escalation = acknowledge(escalation, until=NOON + 30 * MINUTE)

    assert first == Due(number=0, round=0, step=0, targets=("who-0",))
    assert next_look(escalation) == NOON + 30 * MINUTE
    assert walked(escalation, mine, *range(90)) == [(30, 0, 1), (40, 0, 2)]


def test_an_acknowledgement_that_ends_before_the_next_step_hastens_nothing() -> None:
    mine = policy(0, 60)
    escalation, _ = advance(begin(mine, at=NOON), mine, at=NOON)

    assert walked(acknowledge(escalation, until=NOON + 5 * MINUTE), mine, *range(90)) == [(60, 0, 1)]


def test_a_step_that_reached_nobody_makes_the_next_one_due() -> None:
    mine = policy(0, 60)
    escalation, _ = advance(begin(mine, at=NOON), mine, at=NOON)

    assert walked(hasten(escalation, at=NOON), mine, *range(90)) == [(0, 0, 1)]
    ended, _ = advance(hasten(escalation, at=NOON), mine, at=NOON)
    assert hasten(ended, at=NOON) == ended


def test_steps_that_reach_nobody_are_asked_again_until_one_does() -> None:
    mine = policy(0, 60)
    asked: list[int] = []

    def nobody(due: Due) -> bool:
        asked.append(due.step)
        return False

    later = take(begin(mine, at=NOON), mine, nobody, at=NOON)
    assert (later, asked) == (Escalation(taken=0, due_at=NOON + 15 * MINUTE), [0, 1])
    reached = take(later, mine, lambda due: due.step == 1, at=NOON + 15 * MINUTE)
    assert (reached.taken, reached.due_at) == (2, None)


def test_a_later_round_that_reaches_nobody_is_over() -> None:
    mine = policy(0, 60, repeats=None)
    told, _ = advance(begin(mine, at=NOON), mine, at=NOON)
    later = take(told, mine, lambda _: False, at=NOON + 60 * MINUTE)
    assert (later.taken, later.due_at) == (3, NOON + 75 * MINUTE)


def test_a_policy_that_was_shortened_meanwhile_ends_the_escalation() -> None:
    long, short = policy(0, 5, 5), policy(0)
    escalation, _ = advance(begin(long, at=NOON), long, at=NOON)
    escalation, due = advance(escalation, short, at=NOON + 5 * MINUTE)

    assert (due, next_look(escalation)) == (None, None)


def test_a_policy_that_grows_meanwhile_gives_no_number_twice() -> None:
    two, three = policy(0, 1, repeats=9), policy(0, 1, 1, repeats=9)
    escalation, numbers = begin(two, at=NOON), []
    for minute in range(90):
        mine = two if minute < 20 else three
        escalation, due = advance(escalation, mine, at=NOON + minute * MINUTE)
        numbers += [due.number] if due else []

    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 9


STEP = Step(targets=("ada",))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"steps": ()}, "steps"),
        ({"steps": (STEP,) * 21}, "steps"),
        ({"steps": (Step(targets=()),)}, "steps"),
        ({"steps": (replace(STEP, after=-MINUTE),)}, "steps"),
        ({"steps": (replace(STEP, after=timedelta(days=8)),)}, "steps"),
        ({"repeats": -1}, "repeats"),
        ({"repeated_after": timedelta(seconds=59)}, "repeated_after"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        Policy(**({"steps": (STEP,)} | wrong)).check()  # type: ignore[arg-type]
    assert list(caught.value.fields) == [field]


@given(
    delays=st.lists(st.integers(0, 20), min_size=1, max_size=5),
    repeats=st.none() | st.integers(0, 3),
    acts=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["look", "look", "look", "ack", "hold"])), max_size=60
    ),
)
def test_whatever_happens_each_step_is_taken_once_in_order_and_none_before_its_delay(
    delays: list[int], repeats: int | None, acts: list[tuple[int, str]]
) -> None:
    mine = policy(*delays, repeats=repeats)
    escalation, at, held_until = begin(mine, at=NOON), NOON, NOON
    taken: list[tuple[datetime, int, int]] = []
    for later, act in acts:
        at += later * MINUTE
        if act == "ack":
            held_until = at + 30 * MINUTE
            escalation = acknowledge(escalation, until=held_until)
        elif act == "look":
            due_at = next_look(escalation)
            escalation, due = advance(escalation, mine, at=at)
            assert (due is not None) == (due_at is not None and due_at <= at)
            if due:
                assert at >= held_until, "a step in spite of an acknowledgement"
                taken.append((at, due.round, due.step))

    order = [(turn, step) for _, turn, step in taken]
    assert order == [divmod(n, len(delays)) for n in range(len(taken))]
    assert repeats is None or len(taken) <= len(delays) * (repeats + 1)
    for (before, *_), (now, _, step) in pairwise(taken):
        assert now - before >= (delays[step] if step else max(15, delays[0])) * MINUTE
