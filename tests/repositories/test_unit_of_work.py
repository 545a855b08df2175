"""The unit of work: all or nothing, events once, and generations that rise with what is written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from autom8.kernel.actor import Actor, RequestKey
from autom8.kernel.clock import SystemClock
from autom8.kernel.events import Bus, Event, TaskChanged
from autom8.models import Generation, Task, TaskRevision
from autom8.persistence.engines import open_postgresql, open_sqlite
from autom8.repositories.unit_of_work import (
    AlreadyDone,
    DatabaseUnavailable,
    OutcomeUnknown,
    UnitsOfWork,
    Work,
)
from tests.scheduler.fault_points import Points, watched
from tests.scheduler.house import ADA, NOON, HandClock, House


def generations(house: House) -> dict[str, int]:
    with Session(house.database.read_engine) as session:
        return {each.name: each.value for each in session.scalars(select(Generation))}


def rename(work: Work, task_id: int, name: str) -> None:
    work.tasks.rename(work.tasks.lock(task_id), name)


def fail_after_renaming(house: House, actor: Actor, task_id: int) -> None:
    with house.units.writing(actor) as work:
        rename(work, task_id, "after")
        work.session.flush()
        raise ZeroDivisionError


def changed(task_id: int) -> TaskChanged:
    return TaskChanged(action="task.edited", object_type="task", object_id=str(task_id), task_id=task_id)


@pytest.fixture
def task_id(house: House) -> int:
    made = house.add("before").id
    house.heard.clear()
    return made


def test_leaving_without_commit_rolls_everything_back(house: House, task_id: int) -> None:
    with house.units.writing() as work:
        rename(work, task_id, "after")
        work.record(changed(task_id))

    assert house.task(task_id).name == "before"
    assert house.heard == []


def test_an_error_rolls_everything_back(house: House, task_id: int) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after_renaming(house, ADA, task_id)

    assert house.task(task_id).name == "before"


def test_an_observer_inside_that_fails_rolls_everything_back(house: House, task_id: int) -> None:
    def refuse(event: Event, work: Any) -> None:
        raise ZeroDivisionError

    house.bus.within(TaskChanged, refuse)
    with house.units.writing() as work:
        rename(work, task_id, "after")
        work.record(changed(task_id))
        with pytest.raises(ZeroDivisionError):
            work.commit()

    assert house.task(task_id).name == "before"
    assert house.heard == []


def test_an_observer_inside_may_write_and_announce_more(house: House, task_id: int) -> None:
    def follow(event: TaskChanged, work: Work) -> None:
        if event.action == "task.edited":
            rename(work, task_id, "by the observer")
            work.record(replace(event, action="task.followed"))

    house.bus.within(TaskChanged, follow)
    with house.units.writing() as work:
        work.record(changed(task_id))
        work.commit()

    assert house.task(task_id).name == "by the observer"
    assert [each.action for each in house.heard if isinstance(each, TaskChanged)] == [
        "task.edited",
        "task.followed",
    ]


def test_an_observer_afterwards_that_fails_harms_nothing(house: House, task_id: int) -> None:
    bus = Bus()
    told: list[Event] = []

    def fail(_event: TaskChanged) -> None:
        raise ZeroDivisionError

    bus.after(TaskChanged, fail)
    bus.after(TaskChanged, told.append)
    with UnitsOfWork(house.database, bus, HandClock()).writing() as work:
        rename(work, task_id, "after")
        work.record(changed(task_id))
        work.commit()

    assert house.task(task_id).name == "after"
    assert told == [changed(task_id)]


def test_events_are_told_once_however_often_one_commits(house: House, task_id: int) -> None:
    with house.units.writing() as work:
        work.record(changed(task_id))
        work.commit()
        work.commit()

    assert house.heard == [changed(task_id)]


def test_observers_afterwards_see_what_was_committed(house: House, task_id: int) -> None:
    seen: list[str] = []
    house.bus.after(TaskChanged, lambda _: seen.append(house.task(task_id).name))
    with house.units.writing() as work:
        rename(work, task_id, "after")
        work.record(changed(task_id))
        work.commit()

    assert seen == ["after"]


def by_orm(work: Work, task_id: int) -> None:
    work.tasks.lock(task_id).paused_reason = "x"


def by_core(work: Work, task_id: int) -> None:
    work.ledger.advance([{"task_id": task_id, "through": work.now(), "next": None}])


def by_orm_statement(work: Work, task_id: int) -> None:
    work.session.execute(update(Task).where(Task.id == task_id).values(paused_reason="x"))


def revision(work: Work, task_id: int) -> None:
    values = {"task_id": task_id, "revision": 9, "definition": {}, "created_at": work.now()}
    work.session.execute(insert(TaskRevision).values(**values))


def nothing(work: Work, task_id: int) -> None:
    work.tasks.get(task_id)


def skip_runs(work: Work, task_id: int) -> None:
    work.leases.skip([1, 2], reason="removed", at=work.now())


@pytest.mark.parametrize(
    ("deed", "raised"),
    [
        (by_orm, {"task"}),
        (by_core, {"task"}),
        (by_orm_statement, {"task"}),
        (skip_runs, {"run"}),
        (revision, set()),
        (nothing, set()),
    ],
)
def test_the_generation_of_each_written_table_rises(
    house: House, task_id: int, deed: Callable[[Work, int], None], raised: set[str]
) -> None:
    before = generations(house)
    with house.units.writing() as work:
        deed(work, task_id)
        work.commit()
    after = generations(house)

    assert {name for name in after if after[name] != before[name]} == raised
    assert all(after[name] == before[name] + 1 for name in raised)


def test_a_generation_does_not_rise_for_what_was_rolled_back(house: House, task_id: int) -> None:
    before = generations(house)
    with house.units.writing() as work:
        by_orm(work, task_id)
        work.session.flush()
    with house.units.writing() as work:  # on the same pooled connection
        revision(work, task_id)
        work.commit()

    assert generations(house) == before


def test_a_repeated_request_is_carried_out_once(house: House, task_id: int) -> None:
    asks = replace(ADA, request_key=RequestKey(key="k", digest="d"))
    with house.units.writing(asks) as work:
        rename(work, task_id, "first")
        work.commit()
    with house.units.writing(asks) as work:
        rename(work, task_id, "second")
        with pytest.raises(AlreadyDone):
            work.commit()

    assert house.task(task_id).name == "first"


def test_a_request_that_failed_may_be_tried_again(house: House, task_id: int) -> None:
    asks = replace(ADA, request_key=RequestKey(key="k", digest="d"))
    with pytest.raises(ZeroDivisionError):
        fail_after_renaming(house, asks, task_id)
    with house.units.writing(asks) as work:
        rename(work, task_id, "second")
        work.commit()

    assert house.task(task_id).name == "second"


@pytest.mark.parametrize("done", [True, False])
def test_a_commit_that_breaks_says_that_its_outcome_is_unknown(
    house: House, task_id: int, done: bool
) -> None:
    lost = Points(lose_commit=0, lost_is_done=done)
    with watched(house.database, lost), house.units.writing() as work:
        rename(work, task_id, "after")
        work.record(changed(task_id))
        with pytest.raises(OutcomeUnknown):
            work.commit()

    assert house.task(task_id).name == ("after" if done else "before")
    assert house.heard == []
    with house.units.writing() as work:  # nothing of it is left on the connection
        rename(work, task_id, "next")
        work.commit()
    assert house.task(task_id).name == "next"


def test_a_work_has_one_instant(house: House) -> None:
    with house.units.writing() as work:
        first = work.now()
        house.clock.advance(5)
        assert work.now() == first == NOON


def test_postgresql_tells_its_own_time_moved_by_the_offset(postgresql_url: str) -> None:
    database = open_postgresql(postgresql_url)
    offset = timedelta(hours=1)
    with UnitsOfWork(database, Bus(), HandClock(), offset=offset).reading() as work:
        told = work.now()
    database.dispose()

    assert abs(told - offset - SystemClock().now()) < timedelta(seconds=5)


def test_eight_writers_on_sqlite_are_never_told_that_it_is_locked(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shared.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_sqlite(path)
    house = House(database)
    task_id = house.add("counted").id
    troubles: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(25):
                with house.units.writing() as work:
                    row = work.tasks.lock(task_id)
                    row.revision += 1
                    work.commit()
        except BaseException as trouble:  # noqa: BLE001 - told below
            troubles.append(trouble)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    revision_now = house.task(task_id).revision
    database.dispose()

    assert troubles == []
    assert revision_now == 201


def test_a_reader_does_not_wait_for_a_writer(house: House, task_id: int) -> None:
    with house.units.writing() as writer:
        rename(writer, task_id, "after")
        writer.session.flush()
        with house.units.reading() as reader:
            assert reader.tasks.get(task_id).name == "before"


def test_a_database_that_is_away_is_said_to_be() -> None:
    database = open_postgresql("postgresql+psycopg://autom8@127.0.0.1:9/nowhere")
    units = UnitsOfWork(database, Bus(), HandClock())
    with pytest.raises(DatabaseUnavailable) as told, units.reading() as work:
        work.now()
    database.dispose()

    assert "127.0.0.1" not in str(told.value), "the driver's words stay inside"
    assert told.value.__cause__ is not None


def test_a_full_disk_is_said_to_be_unavailable(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_sqlite(path)
    house = House(database)
    with database.write_engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()
    with pytest.raises(DatabaseUnavailable):
        house.add(description="x" * 19_000)
    database.dispose()


def test_removed_rows_are_told_to_readers_of_the_cache_too(house: House, task_id: int) -> None:
    before = generations(house)
    with house.units.writing() as work:
        work.session.execute(delete(TaskRevision).where(TaskRevision.task_id == task_id))
        work.session.execute(delete(Task).where(Task.id == task_id))
        work.commit()

    assert generations(house)["task"] == before["task"] + 1
