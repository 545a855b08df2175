"""Firing after a long outage: many short transactions, for a long one is never let through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scheduler.house import NOON, House

MINUTELY = {"kind": "cron", "cron": "* * * * *"}


@pytest.fixture
def slots_at_once(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("autom8.scheduler.firing.SLOTS_MAX", 50)
    return 50


def test_what_one_short_transaction_cannot_take_is_fired_by_the_next(
    house: House, slots_at_once: int
) -> None:
    tasks = [house.add(f"t{number}", schedule=MINUTELY) for number in range(3)]
    house.clock.advance(60 * slots_at_once)

    fired = [house.firing.fire() for _ in tasks]

    assert [each.due for each in fired] == [1, 1, 1]
    assert [each.wait for each in fired] == [timedelta(), timedelta(), timedelta(minutes=1)]
    assert {house.slots_told(each.id) for each in tasks} == {slots_at_once}


def test_the_slots_of_an_interval_are_only_counted_and_cost_nothing(house: House, slots_at_once: int) -> None:
    every_second = {"kind": "interval", "every_s": 1.0, "anchor_at": NOON.isoformat()}
    for number in range(3):
        house.add(f"t{number}", schedule=every_second)
    house.clock.advance(60 * slots_at_once)

    assert house.firing.fire().due == 3


def test_paused_tasks_are_completed_in_short_transactions(house: House, slots_at_once: int) -> None:
    tasks = [house.add(f"t{number}", schedule=MINUTELY, enabled=False) for number in range(3)]
    house.clock.advance(60 * slots_at_once)
    heard = len(house.heard)
    generation = _task_generation(house)

    assert house.firing.complete_paused() == 3

    assert {house.slots_told(each.id) for each in tasks} == {slots_at_once}
    assert _task_generation(house) == generation + 3  # raised once a transaction
    assert len(house.heard) == heard


def _task_generation(house: House) -> int:
    with house.database.read_engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT value FROM generation WHERE name = 'task'").scalar_one()
    return int(found)
