"""Watching leases: a time in which nobody could write is no sign that a worker is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from autom8.kernel.actor import SYSTEM, Actor
from autom8.kernel.errors import Unavailable
from autom8.kernel.vocabulary import RunState
from autom8.repositories.leases import LeaseRepository
from autom8.repositories.unit_of_work import Work
from autom8.scheduler.recovery import Reconciler
from autom8.scheduler.worker import Worker
from tests.scheduler.house import HandProcesses, House


@pytest.fixture
def worker(house: House) -> Worker:
    """A worker with a run in its hands."""
    worker, _ = house.worker(processes=HandProcesses(hold=True))
    house.start(house.add())
    worker.step()
    assert _state(house) == RunState.RUNNING
    return worker


def test_after_a_full_disk_the_worker_may_renew_before_its_runs_are_taken(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Unavailable("The database can't write now.")

    reconciler = house.reconciler()
    monkeypatch.setattr(LeaseRepository, "finish", full)
    for _ in range(12):
        house.clock.advance(5)
        with suppress(Unavailable):
            reconciler.look()
    monkeypatch.undo()

    house.clock.advance(5)
    assert reconciler.look() == 0
    assert house.look_until_expired(reconciler, beat=worker.heartbeat) == 0
    assert _state(house) == RunState.RUNNING


def test_who_has_to_wait_for_its_turn_to_write_knows_that_others_had_to(house: House, worker: Worker) -> None:
    free_at = house.clock.monotonic() + 40  # until then somebody else writes

    @contextmanager
    def begin(actor: Actor = SYSTEM) -> Iterator[Work]:
        house.clock.advance(max(0.0, free_at - house.clock.monotonic()))
        with house.units.writing(actor) as work:
            yield work

    def beat() -> None:
        if house.clock.monotonic() > free_at:
            worker.heartbeat()

    assert house.look_until_expired(Reconciler(begin=begin, clock=house.clock), beat=beat) == 0
    assert _state(house) == RunState.RUNNING


def _state(house: House) -> str:
    (run,) = house.all_runs()
    return run.state
