"""Long queues and large histories: no statement holds a parameter for each run, no transaction all of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, text

from autom8.kernel.vocabulary import RunState
from tests.scheduler.house import ADA, House
from tests.scheduler.test_retention import ended_run

MANY = 70_000  # more than PostgreSQL takes parameters


def test_a_task_with_a_long_queue_can_be_removed(house: House) -> None:
    task = house.add(concurrency="queue")
    house.start(task)
    _multiply(house)

    house.tasks.remove(task.id, revision=1, actor=ADA)

    with house.database.read_engine.connect() as connection:
        states = connection.execute(text("SELECT DISTINCT state FROM run")).scalars().all()
    assert states == [RunState.SKIPPED]


def test_the_history_is_walked_without_the_writers_place(house: House) -> None:
    task = house.add()
    for _ in range(3):
        ended_run(house, task.id, output=b"x" * 100)
    walked: list[str] = []

    @event.listens_for(house.database.write_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "sum(" in statement.lower() or "GROUP BY" in statement:
            walked.append(statement)

    assert house.retention(runs_max=1, output_bytes_max=50).prune() == 2
    assert walked == []


def test_much_output_goes_in_several_transactions(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autom8.scheduler.retention.DROP_BYTES_MAX", 150)
    task = house.add()
    for _ in range(5):
        ended_run(house, task.id, output=b"x" * 100)
    before = _generation(house)

    house.retention(output_bytes_max=100).prune()

    assert [run.output_kept_bytes for run in house.all_runs()] == [0, 0, 0, 0, 100]
    assert _generation(house) >= before + 2


def _multiply(house: House) -> None:
    columns = (
        "kind, task_id, task_name, task_revision, target, queue, priority, trigger, slot_count, state, "
        "delivery, attempt, attempts_max, queued_at, output_bytes, output_kept_bytes"
    )
    with house.database.write_engine.begin() as connection:
        connection.execute(
            text(
                f"INSERT INTO run ({columns}) WITH RECURSIVE k(i) AS "
                "(SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < :many) "
                f"SELECT {columns} FROM run, k"
            ),
            {"many": MANY},
        )


def _generation(house: House) -> int:
    with house.database.read_engine.connect() as connection:
        return int(connection.execute(text("SELECT value FROM generation WHERE name = 'run'")).scalar_one())
