"""Import of many tasks: all or nothing, and the same twice."""

from __future__ import annotations

from typing import Any

import pytest

from autom8.kernel.errors import Invalid
from autom8.kernel.paging import Page
from autom8.scheduler.imports import TASKS_MAX, ImportFate
from tests.scheduler.house import ADA, EVERY_MINUTE, House


def line(ordinal: int, name: str = "backup", **data: Any) -> dict[str, Any]:
    source = {"path": "/etc/crontab", "user": "root", "line": "0 4 * * * backup", "ordinal": ordinal}
    return {"name": name, "command": ["backup"], "schedule": EVERY_MINUTE, "source": source, **data}


def apply(house: House, *tasks: dict[str, Any], plan: bool = False, paused: bool = False) -> list[ImportFate]:
    return house.imports.apply(tasks, plan=plan, paused=paused, actor=ADA)


def names(house: House) -> list[str]:
    return [task.definition.name for task in house.tasks.list_(Page(limit=200), actor=ADA).items]


def test_equal_names_get_numbers_and_importing_twice_changes_nothing(house: House) -> None:
    house.add("backup")
    first = apply(house, line(1), line(2), line(3))
    again = apply(house, line(1), line(2), line(3))

    assert [(each.name, each.fate) for each in first] == [
        ("backup (2)", "create"),
        ("backup (3)", "create"),
        ("backup (4)", "create"),
    ]
    assert [(each.name, each.fate) for each in again] == [(each.name, "unchanged") for each in first]
    assert [each.task_id for each in again] == [each.task_id for each in first]
    assert len(names(house)) == 4


def test_a_plan_says_what_would_be_done_and_does_nothing(house: House) -> None:
    planned = apply(house, line(1), line(2), plan=True)

    assert [(each.name, each.fate, each.task_id) for each in planned] == [
        ("backup", "create", None),
        ("backup (2)", "create", None),
    ]
    assert names(house) == []


def test_one_bad_task_stops_all_and_every_wrong_field_is_named(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        apply(house, line(1), line(2, command=[]), line(3, zone="Mars/Base"))

    assert set(refused.value.fields) == {"tasks.1.command", "tasks.2.zone"}
    assert names(house) == []


def test_two_tasks_of_one_source_are_refused(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        apply(house, line(1), line(1))
    assert set(refused.value.fields) == {"tasks"}


def test_too_many_at_once_are_refused(house: House) -> None:
    with pytest.raises(Invalid):
        house.imports.apply([{}] * (TASKS_MAX + 1), plan=False, paused=False, actor=ADA)


def test_paused_tasks_are_imported_paused(house: House) -> None:
    (fate,) = apply(house, line(1), paused=True)
    assert fate.task_id is not None

    assert house.tasks.get(fate.task_id, actor=ADA).enabled is False


def test_a_task_without_a_source_is_made_each_time(house: House) -> None:
    plain = {"name": "plain", "command": ["true"]}
    apply(house, plain)
    apply(house, plain)

    assert names(house) == ["plain", "plain (2)"]


def test_a_long_name_is_cut_for_its_number(house: House) -> None:
    long = "x" * 200
    house.add(long)
    (fate,) = apply(house, line(1, name=long))

    assert fate.name == "x" * 196 + " (2)"


def test_a_line_that_was_removed_by_hand_is_imported_again(house: House) -> None:
    (fate,) = apply(house, line(1))
    assert fate.task_id is not None
    house.tasks.remove(fate.task_id, revision=1, actor=ADA)

    assert [each.fate for each in apply(house, line(1))] == ["create"]


@pytest.mark.parametrize("text", ["\0", "a\x1fb", "\ud800", "x" * 20_001])
def test_a_source_that_can_not_be_stored_is_refused(house: House, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        apply(house, line(1, source={"path": text, "user": "root", "line": "x", "ordinal": 1}))
    assert set(refused.value.fields) == {"tasks.0.source.path"}
