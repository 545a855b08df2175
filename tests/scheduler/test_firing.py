"""Firing: each slot becomes a row once, and the cursor moves with it."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest

from autom8.kernel.events import RunsQueued
from autom8.kernel.vocabulary import Reason, RunState
from tests.scheduler.house import ADA, EVERY_MINUTE, NOON, House, opened


def test_a_due_slot_becomes_a_queued_run_and_the_cursor_moves_with_it(house: House) -> None:
    task = house.add(schedule=EVERY_MINUTE)
    house.clock.advance(60)

    fired = house.firing.fire()

    (run,) = house.all_runs()
    assert (run.state, run.slot_at, run.trigger) == (RunState.QUEUED, NOON + timedelta(minutes=1), "schedule")
    assert house.task(task.id).scheduled_through == NOON + timedelta(minutes=1)
    assert house.task(task.id).next_run == NOON + timedelta(minutes=2)
    assert (fired.due, fired.queued, fired.wait) == (1, 1, timedelta(minutes=1))
    assert [each for each in house.heard if isinstance(each, RunsQueued)] == [RunsQueued(run_ids=[run.id])]


def test_a_slot_that_is_fired_again_is_the_same_run(house: House) -> None:
    house.add(schedule=EVERY_MINUTE)
    house.clock.advance(60)

    house.firing.fire()
    again = house.neighbour().firing.fire()

    assert (again.due, again.queued) == (0, 0)
    assert len(house.all_runs()) == 1


def test_a_cursor_that_was_set_back_doubles_nothing(house: House) -> None:
    """The unique key is the last guard, should a cursor ever be wrong (a restored back-up)."""
    task = house.add(schedule=EVERY_MINUTE, catch_up="all")
    house.clock.advance(180)
    house.firing.fire()
    with house.units.writing() as work:
        row = work.tasks.lock(task.id)
        row.scheduled_through, row.next_run = NOON, NOON + timedelta(minutes=1)
        work.commit()

    fired = house.firing.fire()

    assert fired.queued == 0
    assert house.slots_told(task.id) == 3


def test_nothing_due_waits_for_the_earliest_slot_of_any_task(house: House) -> None:
    assert house.firing.fire().wait is None

    house.add(schedule=EVERY_MINUTE)
    house.add("later", schedule={"kind": "once", "at": "2026-05-04T12:00:20Z"})

    assert house.firing.fire().wait == timedelta(seconds=20)


def test_after_an_outage_the_latest_slot_runs_and_the_others_stand_as_missed(house: House) -> None:
    task = house.add(schedule=EVERY_MINUTE)
    house.clock.advance(3_600)

    house.neighbour().firing.fire()

    assert house.fates(task.id) == [
        (RunState.MISSED, Reason.SUPERSEDED, 59),
        (RunState.QUEUED, None, 1),
    ]
    missed, queued = house.all_runs()
    assert (missed.slot_at, missed.slot_through) == (
        NOON + timedelta(minutes=1),
        NOON + timedelta(minutes=59),
    )
    assert missed.ended_at == house.clock.now()
    assert queued.ended_at is None


def test_an_outage_longer_than_one_pass_is_told_in_several(house: House) -> None:
    task = house.add(schedule={"kind": "cron", "cron": "* * * * *"}, catch_up="none")
    house.clock.advance(8 * 86_400)

    passes = 0
    while house.firing.fire().due:
        passes += 1

    assert passes == 2
    assert house.slots_told(task.id) == 8 * 1_440


def test_a_once_task_fires_once_and_has_no_further_slot(house: House) -> None:
    task = house.add(schedule={"kind": "once", "at": "2026-05-04T12:05:00Z"})
    house.clock.advance(301)

    house.firing.fire()

    assert house.fates() == [(RunState.QUEUED, None, 1)]
    assert house.task(task.id).next_run is None
    house.clock.advance(86_400)
    assert house.firing.fire().due == 0


def test_a_run_keeps_the_revision_that_fired_it(house: House) -> None:
    task = house.add(schedule=EVERY_MINUTE)
    house.clock.advance(60)
    house.firing.fire()
    house.tasks.edit(task.id, {"command": ["false"]}, revision=1, actor=ADA)
    house.clock.advance(60)
    house.firing.fire()

    assert [run.task_revision for run in house.all_runs()] == [1, 2]


def test_definitions_are_kept_by_revision_and_their_number_is_bounded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autom8.scheduler.firing.DEFINITIONS_KEPT", 2)
    for number in range(4):
        house.add(f"t{number}", schedule=EVERY_MINUTE)
    house.clock.advance(60)

    assert house.firing.fire().queued == 4
    assert len(house.firing._definitions) == 2


def test_a_clock_that_is_set_back_an_hour_neither_doubles_nor_loses_slots(house: House) -> None:
    task = house.add(schedule=EVERY_MINUTE, catch_up="all")
    house.clock.advance(60)
    house.firing.fire()

    house.clock.step(timedelta(hours=-1))
    assert house.firing.fire().due == 0
    house.clock.advance(3_600 + 60)
    house.firing.fire()

    assert house.slots_told(task.id) == 2


def test_a_clock_that_is_set_on_an_hour_tells_every_slot_in_between(house: House) -> None:
    task = house.add(schedule=EVERY_MINUTE)

    house.clock.step(timedelta(hours=1))
    house.firing.fire()

    assert house.slots_told(task.id) == 60


class TestBoot:
    @pytest.fixture
    def boot_task(self, house: House) -> Any:
        task = house.add(schedule={"kind": "boot"})
        house.machine.id, house.machine.at = "boot-2", NOON + timedelta(minutes=1)
        house.clock.advance(90)
        return task

    def test_a_boot_fires_once_for_each_boot_id(self, house: House, boot_task: Any) -> None:
        assert house.firing.fire_boot() == 1
        assert house.firing.fire_boot() == 0

        house.machine.id, house.machine.at = "boot-3", NOON + timedelta(minutes=2)
        house.clock.advance(60)
        assert house.firing.fire_boot() == 1
        assert [(run.trigger, run.slot_at) for run in house.all_runs()] == [
            ("boot", NOON + timedelta(minutes=1)),
            ("boot", NOON + timedelta(minutes=2)),
        ]

    def test_the_boot_that_a_task_was_made_in_is_not_its_own(self, house: House) -> None:
        house.add(schedule={"kind": "boot"})

        assert house.firing.fire_boot() == 0

    def test_a_task_that_becomes_a_boot_task_waits_for_the_next_boot(self, house: House) -> None:
        task = house.add()
        house.tasks.edit(task.id, {"schedule": {"kind": "boot"}}, revision=1, actor=ADA)

        assert house.firing.fire_boot() == 0

    def test_a_boot_that_is_found_too_late_is_missed(self, house: House, boot_task: Any) -> None:
        house.clock.advance(2 * 86_400)

        assert house.firing.fire_boot() == 0
        assert house.fates() == [(RunState.MISSED, Reason.TOO_LATE, 1)]

    def test_a_paused_task_skips_its_boot(self, house: House, boot_task: Any) -> None:
        house.tasks.pause(boot_task.id, reason="", actor=ADA)

        assert house.firing.fire_boot() == 0
        assert house.fates() == [(RunState.SKIPPED, Reason.PAUSED, 1)]

    def test_a_boot_that_drifts_is_the_same_boot(self, house: House, boot_task: Any) -> None:
        house.firing.fire_boot()
        house.machine.at += timedelta(milliseconds=7)

        assert house.firing.fire_boot() == 0
        assert len(house.all_runs()) == 1

    def test_two_servers_that_look_at_the_same_moment_make_one_slot(
        self, house: House, boot_task: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second has looked before the first commits, and locks after: only `note_boot` can tell."""
        neighbour = house.neighbour()
        neighbour.machine.id, neighbour.machine.at = house.machine.id, NOON + timedelta(minutes=1, seconds=1)
        with house.units.writing() as work:
            stale = list(work.ledger.lock_unbooted("boot-2"))
        house.firing.fire_boot()
        monkeypatch.setattr(
            "autom8.repositories.ledger.LedgerRepository.lock_unbooted", lambda _self, _boot: stale
        )

        assert neighbour.firing.fire_boot() == 0
        assert len(house.all_runs()) == 1


@pytest.mark.parametrize("servers", [2, 4])
def test_servers_that_race_neither_double_nor_miss_a_slot(house: House, servers: int) -> None:
    tasks = [house.add(f"t{number}", schedule=EVERY_MINUTE, catch_up="all") for number in range(12)]
    house.clock.advance(60 * 5)
    start = threading.Barrier(servers)
    troubles: list[BaseException] = []

    def serve(server: House) -> None:
        start.wait()
        try:
            for _ in range(8):
                server.firing.fire()
        except BaseException as trouble:  # noqa: BLE001 - told below
            troubles.append(trouble)

    threads = [threading.Thread(target=serve, args=(house.neighbour(),)) for _ in range(servers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.firing.fire()

    assert troubles == []
    assert [house.slots_told(task.id) for task in tasks] == [5] * 12
    assert len({(run.task_id, run.slot_at) for run in house.all_runs()}) == 60


def test_servers_in_processes_of_their_own_neither_double_nor_miss_a_slot(
    house: House, migrated_url: str
) -> None:
    tasks = [house.add(f"t{number}", schedule=EVERY_MINUTE, catch_up="all") for number in range(12)]
    house.database.dispose()
    argv = [sys.executable, "-m", "tests.scheduler.racers", migrated_url, "4", "5"]

    told = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)

    assert told.returncode == 0, told.stderr
    house.clock.advance(60 * 5)
    house.firing.fire()
    assert [house.slots_told(task.id) for task in tasks] == [5] * 12
    assert len({(run.task_id, run.slot_at) for run in house.all_runs()}) == 60


def test_a_task_that_somebody_is_changing_is_left_to_them(postgresql_url: str) -> None:
    """On PostgreSQL two can write at once: firing neither waits for a change nor fires what it changes."""
    with opened(postgresql_url) as database:
        house = House(database)
        held, free = house.add("held", schedule=EVERY_MINUTE), house.add("free", schedule=EVERY_MINUTE)
        house.clock.advance(60)
        with house.units.writing() as work:
            work.tasks.lock(held.id)
            assert house.firing.fire().due == 1
        fired = house.firing.fire()

        assert [run.task_id for run in house.all_runs()] == [free.id, held.id]
        assert fired.due == 1
