"""The clockwork: it wakes, repeats, and notices its own death."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from autom8.kernel.clock import SystemClock
from autom8.scheduler.clockwork import DEAD_AFTER_S, Clockwork
from tests.scheduler.house import HandClock


@pytest.fixture
def rung() -> threading.Event:
    return threading.Event()


@pytest.fixture
def clockwork(rung: threading.Event) -> Iterator[Clockwork]:
    works = Clockwork(clock=SystemClock(), wake=rung.set)
    yield works
    works.stop()


def test_it_wakes_after_the_wait_and_the_last_word_counts(
    clockwork: Clockwork, rung: threading.Event
) -> None:
    clockwork.start()
    clockwork.wake_at(timedelta(hours=1))
    began = time.monotonic()
    clockwork.wake_at(timedelta(seconds=0.2))

    assert rung.wait(5)
    assert time.monotonic() - began >= 0.15


def test_a_chore_comes_again_and_never_beside_itself(clockwork: Clockwork) -> None:
    beside: list[int] = []
    running = threading.Semaphore(1)
    times = threading.Semaphore(0)

    def chore() -> None:
        if not running.acquire(blocking=False):
            beside.append(1)
            return
        time.sleep(0.3)
        running.release()
        times.release()

    clockwork.every(timedelta(seconds=0.1), chore, name="chore")
    clockwork.start()

    assert times.acquire(timeout=5)
    assert times.acquire(timeout=5)
    assert beside == []


def test_a_wake_up_in_the_past_is_not_dropped(clockwork: Clockwork, rung: threading.Event) -> None:
    clockwork.start()
    clockwork.wake_at(timedelta(seconds=-30))

    assert rung.wait(5)


def test_long_chores_do_not_stop_the_pulse_or_the_wake_up(
    clockwork: Clockwork, rung: threading.Event
) -> None:
    end = threading.Event()
    started = threading.Semaphore(0)

    def long() -> None:
        started.release()
        end.wait(10)

    for name in ("one", "two", "three"):
        clockwork.every(timedelta(seconds=0.05), long, name=name)
    clockwork.start()
    assert started.acquire(timeout=5)
    assert started.acquire(timeout=5)
    clockwork.wake_at(timedelta())

    assert rung.wait(2)
    end.set()


def test_one_whose_pulse_has_stopped_is_dead() -> None:
    clock = HandClock()
    works = Clockwork(clock=clock, wake=lambda: None)
    assert works.alive

    clock.advance(DEAD_AFTER_S)
    dead = not works.alive
    works._pulse()

    assert dead
    assert works.alive
    works.stop()


def test_after_a_clock_step_every_job_is_planned_anew(clockwork: Clockwork) -> None:
    clockwork.every(timedelta(hours=1), lambda: None, name="chore")
    clockwork.start()
    job = clockwork._scheduler.get_job("chore")
    job.modify(next_run_time=job.next_run_time + timedelta(hours=1))
    late = clockwork._scheduler.get_job("chore").next_run_time

    clockwork.clock_stepped()

    assert clockwork._scheduler.get_job("chore").next_run_time < late


def test_stopping_while_it_wakes_kills_no_thread() -> None:
    """APScheduler's own one-shot jobs die of it: an exception of its thread fails this test."""
    for _ in range(60):
        rung = threading.Event()
        works = Clockwork(clock=SystemClock(), wake=rung.set)
        works.start()
        works.wake_at(timedelta(seconds=-1))
        assert rung.wait(5)
        works.stop()
