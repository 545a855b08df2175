"""A thread that waits for ever is alive, and yet the server is not well."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from autom8.kernel.errors import Unavailable
from autom8.persistence.engines import Database
from autom8.scheduler import pulse
from autom8.scheduler.firing import Fired, Firing
from autom8.scheduler.pulse import STALLED_AFTER, Pulse
from autom8.scheduler.recovery import Reconciler
from tests.faults.server import wait_until
from tests.scheduler.engines import serving
from tests.scheduler.house import HandClock


def test_a_duty_that_was_not_done_for_long_enough_is_named_until_it_is_done_again() -> None:
    clock = HandClock()
    mine = Pulse(clock)
    assert mine.stalled() == []
    mine.done("fire")
    mine.done("work")

    clock.advance(STALLED_AFTER.total_seconds())
    mine.done("work")
    assert mine.stalled() == []
    clock.advance(0.001)
    assert mine.stalled() == ["fire"]
    clock.advance(STALLED_AFTER.total_seconds())
    assert mine.stalled() == ["fire", "work"]
    mine.done("fire")
    assert mine.stalled() == ["work"]


def test_an_engine_whose_firing_hangs_is_ailing_though_all_its_threads_are_alive(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung, fire = threading.Event(), Firing.fire
    free = threading.Event()
    free.set()

    def hanging(self: Firing) -> Fired:
        if not free.is_set():
            hung.set()
            assert free.wait(60)
        return fire(self)

    monkeypatch.setattr(Firing, "fire", hanging)
    with serving(database, key="hanging") as server:
        assert server.engine.ailing() == []
        free.clear()
        assert hung.wait(10)
        monkeypatch.setattr(pulse, "STALLED_AFTER", timedelta(seconds=1.5))  # it fires each second

        wait_until(lambda: "fire" in server.engine.ailing(), within_s=10, what="its firing is missed")
        assert server.engine.healthy
        assert "work" not in server.engine.ailing()

        free.set()
        wait_until(lambda: "fire" not in server.engine.ailing(), within_s=10, what="it fires again")


def test_an_engine_that_cannot_write_is_ailing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Reconciler) -> int:
        raise Unavailable("The disk is full.")

    with serving(database, key="refused") as server:
        monkeypatch.setattr(pulse, "STALLED_AFTER", timedelta(seconds=7))  # it looks each 5
        look = Reconciler.look
        monkeypatch.setattr(Reconciler, "look", refused)
        wait_until(lambda: "reconcile" in server.engine.ailing(), within_s=20, what="its writing is missed")
        monkeypatch.setattr(Reconciler, "look", look)
        wait_until(lambda: "reconcile" not in server.engine.ailing(), within_s=20, what="it writes again")
