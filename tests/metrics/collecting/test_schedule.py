"""Readings are due at a steady beat, whatever each takes; what was missed is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autom8.metrics.collecting.schedule import Schedule


def test_the_first_is_due_at_once_and_the_next_after_every() -> None:
    schedule = Schedule(every_s=15, start_s=100)

    assert schedule.wait_s(100) == 0
    assert schedule.begin(100) == 0
    assert schedule.wait_s(103.5) == 11.5


def test_a_late_one_moves_no_other() -> None:
    schedule = Schedule(every_s=15, start_s=100)
    schedule.begin(114.9)

    assert schedule.wait_s(114.9) == 100 + 15 - 114.9


def test_a_sleep_is_told_as_what_was_missed_in_it() -> None:
    schedule = Schedule(every_s=15, start_s=0)
    schedule.begin(0)

    assert schedule.begin(15 * 240 + 7) == 239  # an hour's sleep: the 240th is taken now, late
    assert schedule.wait_s(15 * 240 + 7) == 8


@given(st.floats(1, 60), st.floats(0, 1e6), st.lists(st.floats(0, 200), max_size=100))
def test_taken_and_missed_are_all_that_were_due(every_s: float, start_s: float, takes_s: list[float]) -> None:
    schedule, now_s, taken, missed = Schedule(every_s=every_s, start_s=start_s), start_s, 0, 0
    for take_s in takes_s:
        now_s += max(0.0, schedule.wait_s(now_s))
        missed += schedule.begin(now_s)
        taken += 1
        assert schedule.wait_s(now_s) > -1e-6
        now_s += take_s

    assert abs((taken + missed) - (now_s - start_s) / every_s) <= 200 / every_s + 2
