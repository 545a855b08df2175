"""Which processes are named: the first, and few new ones in an hour."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autom8.metrics.collecting.top import FIRST, NEW_AT_ONCE_MAX, NEW_PER_HOUR, OTHERS, Process, Top


def process(pid: int, name: str = "job") -> Process:
    return Process(pid=pid, started=pid, name=name)


def test_the_first_five_are_named_with_what_they_use() -> None:
    found = Top(at_least=1).choose({process(n): float(n) for n in range(10)}, now_s=0)

    assert found == {("job", str(n)): float(n) for n in (9, 8, 7, 6, 5)}


def test_what_uses_next_to_nothing_has_no_name() -> None:
    assert Top(at_least=1).choose({process(1): 0.9, process(2): 1.0}, now_s=0) == {("job", "2"): 1.0}


def test_who_is_named_stays_so_until_clearly_overtaken() -> None:
    top = Top(at_least=1)
    top.choose({process(n): 10.0 for n in range(5)}, now_s=0)
    still = top.choose({process(n): 10.0 for n in range(5)} | {process(7): 12.0}, now_s=15)
    overtaken = top.choose({process(n): 10.0 for n in range(5)} | {process(7): 13.0}, now_s=30)

    assert ("job", "7") not in still
    assert overtaken["job", "7"] == 13.0


def test_beyond_the_allowance_newcomers_are_told_together() -> None:
    top = Top(at_least=1)
    for begun in range(0, NEW_AT_ONCE_MAX, FIRST):
        assert OTHERS not in top.choose({process(begun + n): 5.0 for n in range(FIRST)}, now_s=0)

    assert top.choose({process(100 + n): 5.0 for n in range(FIRST)}, now_s=0) == {OTHERS: 25.0}
    later = top.choose(
        {process(200 + n): 5.0 for n in range(FIRST)}, now_s=121
    )  # a name is earned each minute
    assert later == {("job", "200"): 5.0, ("job", "201"): 5.0, OTHERS: 15.0}


@given(
    st.lists(st.tuples(st.floats(0, 120), st.lists(st.integers(1, 60), min_size=1, max_size=8)), max_size=200)
)
def test_in_no_time_are_more_named_than_the_allowance(ticks: list[tuple[float, list[int]]]) -> None:
    top, now_s, newcomers, named = Top(at_least=1), 0.0, 0, set[tuple[str, str]]()
    for wait_s, pids in ticks:
        now_s += wait_s
        found = top.choose({process(pid): float(pid) for pid in pids}, now_s=now_s)
        fresh = found.keys() - named - {OTHERS}
        newcomers += len(fresh)
        named = set(found) - {OTHERS}
        assert len(named) <= FIRST
        assert sum(found.values()) > 0

    assert newcomers <= NEW_AT_ONCE_MAX + now_s * NEW_PER_HOUR / 3_600 + 1
