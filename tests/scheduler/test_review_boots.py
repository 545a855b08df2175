"""Tasks that run at boot, where several machines share one database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from autom8.kernel.vocabulary import RunState
from tests.scheduler.house import ADA, NOON, House, OneMachine

AT_BOOT = {"kind": "boot"}


@pytest.fixture
def elsewhere(house: House) -> House:
    """A server on another machine, which has been up for an hour as well."""
    other = House(house.database, clock=house.clock, machine=OneMachine(id="boot-elsewhere"))
    other.worker("elsewhere")
    return other


def test_a_new_task_waits_for_the_next_boot_of_every_machine(house: House, elsewhere: House) -> None:
    house.add(schedule=AT_BOOT)

    assert elsewhere.firing.fire_boot() == 0

    elsewhere.machine.id, elsewhere.machine.at = "its-next-boot", NOON
    assert elsewhere.firing.fire_boot() == 1


def test_a_task_that_becomes_one_waits_for_the_next_boot_of_every_machine(
    house: House, elsewhere: House
) -> None:
    task = house.add()
    house.tasks.edit(task.id, {"schedule": AT_BOOT}, revision=1, actor=ADA)

    assert elsewhere.firing.fire_boot() == 0


def test_machines_that_boot_in_the_same_second_have_a_slot_each(house: House, elsewhere: House) -> None:
    task = house.add(schedule=AT_BOOT)
    house.machine.id, house.machine.at = "after-the-power-cut", NOON
    elsewhere.machine.id, elsewhere.machine.at = "after-it-elsewhere", NOON

    assert [house.firing.fire_boot(), elsewhere.firing.fire_boot()] == [1, 1]

    assert [(run.state, run.slot_at) for run in house.all_runs(task.id)] == [
        (RunState.QUEUED, NOON),
        (RunState.QUEUED, NOON + timedelta(microseconds=1)),
    ]
