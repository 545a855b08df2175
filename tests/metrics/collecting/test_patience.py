"""A call that hangs is left behind and named; others go on."""

from __future__ import annotations

import threading
import time

import pytest

from autom8.metrics.collecting.patience import Hangs, Patience


def test_results_and_errors_come_back_as_they_are() -> None:
    patience = Patience("results")

    def fails() -> None:
        raise OSError(5, "broken")

    assert patience.call("a", lambda: 7, within_s=5) == 7
    with pytest.raises(OSError, match="broken"):
        patience.call("a", fails, within_s=5)
    assert patience.call("a", lambda: 8, within_s=5) == 8


def test_one_thread_serves_all_calls_that_return() -> None:
    patience = Patience("one")

    assert len({patience.call(str(n), threading.get_ident, within_s=5) for n in range(20)}) == 1


def test_one_that_hangs_is_not_called_again_until_it_returns_and_stops_no_other() -> None:
    patience, lets_go, calls = Patience("hangs"), threading.Event(), []

    def hangs() -> int:
        calls.append(1)
        lets_go.wait(20)
        return 1

    for _ in range(3):
        with pytest.raises(Hangs, match="nfs"):
            patience.call("nfs", hangs, within_s=0.02)
        assert patience.call("other", lambda: 2, within_s=5) == 2
    assert len(calls) == 1

    lets_go.set()
    end_s = time.monotonic() + 10
    while time.monotonic() < end_s:
        try:
            assert patience.call("nfs", hangs, within_s=5) == 1
            break
        except Hangs:
            time.sleep(0.01)
    assert len(calls) == 2


def test_threads_that_are_left_behind_end_when_their_call_returns() -> None:
    patience, lets_go = Patience("left-behind"), threading.Event()
    for n in range(5):
        with pytest.raises(Hangs):
            patience.call(str(n), lambda: lets_go.wait(20), within_s=0.01)
    lets_go.set()
    end_s = time.monotonic() + 10
    while any(each.name == "collect-left-behind" for each in threading.enumerate()):
        assert time.monotonic() < end_s
        time.sleep(0.01)
