"""What is asked often is answered by an index, and a list takes few statements however long it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import RunState
from autom8.persistence.engines import open_sqlite
from autom8.repositories.task_facts import Wanted
from autom8.repositories.unit_of_work import Work
from tests.scheduler.house import ADA, NOON, House
from tests.services.sql import statements


@pytest.mark.parametrize("count", [3, 40])
def test_lists_take_as_many_statements_for_forty_as_for_three(house: House, count: int) -> None:
    for number in range(count):
        house.start(house.add(f"t{number}"))

    with statements(house.database) as tasks:
        assert len(house.tasks.list_(Page(), actor=ADA, recent=30).items) == count
    with statements(house.database) as runs:
        assert len(house.runs.list_(Page(), actor=ADA).items) == count

    assert len(tasks) == 2
    assert len(runs) == 1


OFTEN: list[Callable[[Work], object]] = [
    lambda work: work.leases.ready(NOON, queues=["default"], limit=5),
    lambda work: work.leases.in_progress([1, 2]),
    lambda work: work.leases.live(),
    lambda work: work.leases.cancelled(1),
    lambda work: work.leases.held_under("token"),
    lambda work: work.ledger.lock_due(NOON, limit=5),
    lambda work: work.ledger.earliest(),
    lambda work: work.ledger.last_slot(1),
    lambda work: work.looks.dues(),
    lambda work: work.own_signs.newest_instant(),
    lambda work: work.task_facts.of([1, 2], ended=[7]),
    lambda work: work.task_facts.ended([Wanted(1, state, NOON) for state in RunState]),
    lambda work: work.runs.recent([1, 2], limit=5),
    lambda work: work.outputs.after(1, attempt=0, seq=-1, limit=5),
]


@pytest.fixture
def sqlite_house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """On SQLite alone: the planner of PostgreSQL rightly walks tables as small as a test's."""
    path = tmp_path / "planned.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_sqlite(path)
    yield House(database)
    database.dispose()


@pytest.mark.parametrize("number", range(len(OFTEN)))
def test_what_is_asked_often_walks_no_whole_table(sqlite_house: House, number: int) -> None:
    with sqlite_house.units.writing() as work, statements(sqlite_house.database) as seen:
        OFTEN[number](work)
        connection: Any = work.session.connection().connection.driver_connection
        for statement, parameters in list(seen):
            plan = connection.execute("EXPLAIN QUERY PLAN " + statement, parameters).fetchall()
            walked = [step[3] for step in plan if step[3] in {"SCAN run", "SCAN task", "SCAN run_attempt"}]
            assert walked == [], statement


def test_runs_of_a_state_since_an_instant_are_read_by_an_index_in_their_order(sqlite_house: House) -> None:
    with sqlite_house.units.writing() as work, statements(sqlite_house.database) as seen:
        work.task_facts.ended([Wanted(1, RunState.SKIPPED, NOON)])
        connection: Any = work.session.connection().connection.driver_connection
        (statement, parameters) = seen[0]
        plan = [
            step[3] for step in connection.execute("EXPLAIN QUERY PLAN " + statement, parameters).fetchall()
        ]
    assert any("ix_run_ended_as (task_id=? AND state=? AND ended_at>?)" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
