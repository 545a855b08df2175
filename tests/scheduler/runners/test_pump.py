"""The loop under the runner: calls, timers, descriptors, and a failure of one that spares the others."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from autom8.kernel.clock import SystemClock
from autom8.scheduler.runners.pump import Pump
from tests.scheduler.runners.rig import until


@pytest.fixture
def pump() -> Iterator[Pump]:
    """A pump that runs."""
    pump = Pump(SystemClock().monotonic)
    pump.start()
    yield pump
    pump.close()


def test_calls_are_made_in_order_by_one_thread(pump: Pump) -> None:
    seen: list[tuple[int, int]] = []
    for number in range(1_000):
        pump.call(lambda number=number: seen.append((number, threading.get_ident())))  # type: ignore[misc]

    until(lambda: len(seen) == 1_000)

    assert [number for number, _ in seen] == list(range(1_000))
    assert {thread for _, thread in seen} != {threading.get_ident()}
    assert len({thread for _, thread in seen}) == 1


def test_timers_fire_in_order_and_not_when_cancelled(pump: Pump) -> None:
    seen: list[str] = []

    def set_timers() -> None:
        pump.after(0.03, lambda: seen.append("second"))
        pump.after(0.01, lambda: seen.append("first"))
        pump.after(0.02, lambda: seen.append("never")).cancel()

    pump.call(set_timers)

    until(lambda: len(seen) == 2)
    assert seen == ["first", "second"]


def test_a_failing_action_is_logged_and_spares_the_others(
    pump: Pump, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    reader, writer = os.pipe()
    os.write(writer, b"ready for ever")

    def fail() -> None:
        seen.append("failed")
        raise RuntimeError("broken on purpose")

    pump.call(lambda: pump.watch(reader, fail))
    until(lambda: seen)
    pump.call(fail)
    pump.call(lambda: seen.append("fine"))
    until(lambda: "fine" in seen)

    assert seen == ["failed", "failed", "fine"]  # the ready descriptor failed once, not for ever
    assert {record.message for record in caplog.records} == {"runner_pump_action_failed"}
    os.close(reader)
    os.close(writer)


def test_an_event_of_a_closed_descriptor_is_not_taken_for_one_of_its_successor(pump: Pump) -> None:
    seen: list[str] = []
    one, two = os.pipe(), os.pipe()
    holding, go = threading.Event(), threading.Event()

    def succeed() -> None:
        """Close both and put, under the same numbers, descriptors with nothing to read."""
        for reader, _ in (one, two):
            pump.unwatch(reader)
        fresh, _writer = os.pipe()
        for reader, _ in (one, two):
            os.dup2(fresh, reader)
            pump.watch(reader, lambda: seen.append("successor"))
        seen.append("ready")
        os.close(fresh)
        kept.append(_writer)

    kept: list[int] = []
    pump.call(lambda: (pump.watch(one[0], succeed), pump.watch(two[0], succeed)))  # type: ignore[func-returns-value, arg-type]
    pump.call(lambda: (holding.set(), go.wait()))  # type: ignore[func-returns-value, arg-type]
    holding.wait()
    os.write(one[1], b"x")
    os.write(two[1], b"x")
    go.set()

    until(lambda: seen)
    done = threading.Event()
    pump.call(done.set)
    done.wait()
    assert seen == ["ready"]
    for number in (*one, *two, *kept):
        os.close(number)


def test_a_closed_pump_takes_calls_and_does_nothing() -> None:
    pump = Pump(SystemClock().monotonic)
    pump.start()
    pump.close()
    seen: list[str] = []

    pump.call(lambda: seen.append("too late"))
    pump.close()

    assert seen == []
