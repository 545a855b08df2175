"""What becomes of a batch after an answer, and how long until the next try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.metrics.collecting.fates import RETRY_AFTER_S_MAX, RETRY_LONGEST_S, Fate, fate_of, wait_s
from autom8.metrics.collecting.ports import Reply


@pytest.mark.parametrize(
    ("fate", "statuses"),
    [
        (Fate.DELIVERED, [200, 201, 202, 204]),
        (Fate.LATER, [301, 308, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504, 599]),
        (Fate.REFUSED, [400, 409, 410, 413, 415, 422]),
    ],
)
def test_each_status_has_its_fate(fate: Fate, statuses: list[int]) -> None:
    assert {fate_of(Reply(status)) for status in statuses} == {fate}


def test_a_repeat_whose_first_answer_is_lost_is_delivered() -> None:
    assert fate_of(Reply(409, code="already_done")) is Fate.DELIVERED
    assert fate_of(Reply(409, code="idempotency_key_reused")) is Fate.REFUSED


def test_waits_double_to_a_minute() -> None:
    waits = [wait_s(failures, asked_s=None, chance=0) for failures in range(1, 9)]

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(1, 10_000), st.none() | st.floats(-1e6, 1e9), st.floats(0, 1))
def test_a_wait_is_never_short_and_never_without_end(
    failures: int, asked_s: float | None, chance: float
) -> None:
    wait = wait_s(failures, asked_s=asked_s, chance=chance)

    assert 0.5 <= wait <= max(RETRY_LONGEST_S, RETRY_AFTER_S_MAX)
    assert wait >= min(asked_s or 0.0, RETRY_AFTER_S_MAX)
