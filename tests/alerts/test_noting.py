"""Each run that ends in a way that rules judge leaves an end to be judged, whoever ended it and how."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from autom8.alerts.looking import noting
from autom8.kernel.events import RunEnded, RunsSettled
from autom8.kernel.vocabulary import LookKind, Reason, RunState
from autom8.models import AlertEnd, AlertLook, table_of
from autom8.repositories.unit_of_work import Work
from autom8.scheduler.ports import StopReason
from autom8.scheduler.worker import Worker
from tests.scheduler.house import ADA, EVERY_MINUTE, NOON, HandProcesses, House


@pytest.fixture
def house(house: House) -> House:
    noting.subscribe(house.bus)
    return house


def work_on(house: House, worker: Worker) -> None:
    for _ in range(3):
        house.clock.advance(1)
        worker.ring()
        worker.step()


def running(house: House, **task: Any) -> tuple[Worker, HandProcesses, int]:
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    run_id = house.start(house.add(**task))
    work_on(house, worker)
    return worker, processes, run_id


def succeeded(house: House) -> None:
    worker, processes, _ = running(house)
    processes.children[0].finish(0)
    work_on(house, worker)


def failed(house: House) -> None:
    worker, processes, _ = running(house)
    processes.children[0].finish(3)
    work_on(house, worker)


def failed_after_a_retry(house: House) -> None:
    worker, processes = house.worker(processes=HandProcesses(exit_code=1))
    house.start(house.add(retries_max=1, retry_first_s=1.0, retry_jitter=0.0))
    for _ in range(3):
        work_on(house, worker)
    assert len(processes.begun) == 2


def timed_out(house: House) -> None:
    worker, processes, _ = running(house)
    processes.children[0].stop(StopReason.TIMEOUT)
    work_on(house, worker)


def not_started(house: House) -> None:
    worker, _ = house.worker(processes=HandProcesses(refuse="no such file"))
    house.start(house.add())
    work_on(house, worker)


def cancelled_while_it_runs(house: House) -> None:
    worker, _, run_id = running(house)
    house.runs.cancel(run_id, actor=ADA)
    work_on(house, worker)


def cancelled_while_it_waits(house: House) -> None:
    house.runs.cancel(house.start(house.add()), actor=ADA)


def lost_with_its_lease(house: House) -> None:
    running(house)
    assert house.look_until_expired(house.reconciler()) == 1


def lost_with_its_worker(house: House) -> None:
    running(house)
    house.worker()  # the same one, restarted


def skipped_for_an_earlier_one(house: House) -> None:
    worker, processes, run_id = running(house)
    house.runs.start(house.run(run_id).task_id, parameters={}, actor=ADA)
    work_on(house, worker)
    processes.children[0].finish(0)
    work_on(house, worker)


def replaced_by_newer_ones(house: House) -> None:
    worker, _, run_id = running(house, concurrency="replace")
    for _ in range(2):
        house.runs.start(house.run(run_id).task_id, parameters={}, actor=ADA)
    for _ in range(3):
        work_on(house, worker)
    house.runs.cancel(house.all_runs()[-1].id, actor=ADA)
    work_on(house, worker)


def missed_by_firing(house: House) -> None:
    house.add(schedule=EVERY_MINUTE, catch_up="none")
    house.clock.advance(3_600)
    house.firing.fire()


def missed_before_an_edit(house: House) -> None:
    task = house.add(schedule=EVERY_MINUTE, catch_up="none")
    house.clock.advance(3_600)
    house.tasks.edit(task.id, {"description": "new"}, revision=1, actor=ADA)


def missed_before_a_pause(house: House) -> None:
    task = house.add(schedule=EVERY_MINUTE, catch_up="none")
    house.clock.advance(3_600)
    house.tasks.pause(task.id, reason="", actor=ADA)


def missed_at_boot(house: House) -> None:
    house.add(schedule={"kind": "boot"}, lateness_max_s=60.0)
    house.machine.id, house.machine.at = "boot-2", NOON
    house.clock.advance(3_600)
    house.firing.fire_boot()


WAYS: list[tuple[Callable[[House], None], set[tuple[str, str | None]]]] = [
    (succeeded, {(RunState.SUCCEEDED, None)}),
    (failed, {(RunState.FAILED, Reason.EXIT_CODE)}),
    (failed_after_a_retry, {(RunState.FAILED, Reason.EXIT_CODE)}),
    (timed_out, {(RunState.TIMED_OUT, Reason.TIMEOUT)}),
    (not_started, {(RunState.FAILED, Reason.NOT_STARTED)}),
    (cancelled_while_it_runs, {(RunState.CANCELLED, Reason.BY_PERSON)}),
    (cancelled_while_it_waits, {(RunState.CANCELLED, Reason.BY_PERSON)}),
    (lost_with_its_lease, {(RunState.LOST, Reason.WORKER_GONE)}),
    (lost_with_its_worker, {(RunState.LOST, Reason.WORKER_RESTARTED)}),
    (skipped_for_an_earlier_one, {(RunState.SKIPPED, Reason.OVERLAP), (RunState.SUCCEEDED, None)}),
    (
        replaced_by_newer_ones,
        {
            (RunState.CANCELLED, Reason.REPLACED),
            (RunState.SKIPPED, Reason.REPLACED),
            (RunState.CANCELLED, Reason.BY_PERSON),
        },
    ),
    (missed_by_firing, {(RunState.MISSED, Reason.NO_CATCH_UP), (RunState.QUEUED, None)}),
    (missed_before_an_edit, {(RunState.MISSED, Reason.NO_CATCH_UP), (RunState.QUEUED, None)}),
    (missed_before_a_pause, {(RunState.MISSED, Reason.NO_CATCH_UP), (RunState.QUEUED, None)}),
    (missed_at_boot, {(RunState.MISSED, Reason.TOO_LATE)}),
]


@pytest.mark.parametrize(("way", "fates"), WAYS, ids=[way.__name__ for way, _ in WAYS])
def test_every_end_is_noted_to_be_judged(
    house: House, way: Callable[[House], None], fates: set[tuple[str, str | None]]
) -> None:
    way(house)

    runs = house.all_runs()
    assert {(run.state, run.reason) for run in runs} == fates
    assert ends(house) == sorted((run.task_id, run.id) for run in runs if RunState(run.state).final)
    assert looks(house) == {run.task_id for run in runs}


def test_what_somebody_wanted_not_to_run_is_judged_by_no_rule(house: House) -> None:
    paused = house.add("paused", schedule=EVERY_MINUTE, enabled=False)
    house.clock.advance(3_600)
    house.firing.complete_paused()
    removed = house.add("removed")
    house.start(removed)
    house.tasks.remove(removed.id, revision=1, actor=ADA)

    assert house.fates(paused.id) == [(RunState.SKIPPED, Reason.PAUSED, 60)]
    assert house.fates(removed.id) == [(RunState.SKIPPED, Reason.REMOVED, 1)]
    assert ends(house) == []
    assert looks(house) == {paused.id, removed.id}  # the change of a task is looked at, too


@pytest.mark.parametrize("way", [failed, missed_by_firing, cancelled_while_it_waits])
def test_an_end_and_its_note_are_one_transaction(house: House, way: Callable[[House], None]) -> None:
    """Whatever ends a run is undone where its note can't be kept."""

    def fall(_: object, __: Work) -> None:
        raise ConnectionError("the machine stops here")

    house.bus.within(RunEnded, fall)
    house.bus.within(RunsSettled, fall)
    with pytest.raises(ConnectionError):
        way(house)

    assert ends(house) == []
    assert not any(RunState(run.state).final for run in house.all_runs())


def test_a_look_is_brought_forward_and_never_put_off(house: House) -> None:
    task = house.add()
    look = table_of(AlertLook)

    def due_after(at: timedelta) -> object:
        with house.units.writing() as work:
            work.looks.bring_forward(LookKind.TASK, [task.id], NOON + at)
            work.commit()
        with house.units.reading() as work:
            return work.session.execute(select(look.c.due_at)).scalar_one()

    assert due_after(timedelta(hours=1)) == NOON
    assert due_after(timedelta(hours=-1)) == NOON - timedelta(hours=1)


def ends(house: House) -> list[tuple[int, int]]:
    end = table_of(AlertEnd)
    with house.units.reading() as work:
        return [tuple(row) for row in work.session.execute(select(end).order_by(end.c.task_id, end.c.run_id))]


def looks(house: House) -> set[int]:
    look = table_of(AlertLook)
    with house.units.reading() as work:
        rows = work.session.execute(select(look.c.object_id).where(look.c.kind == LookKind.TASK))
        return set(rows.scalars())
