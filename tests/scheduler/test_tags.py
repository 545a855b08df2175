"""Tags of tasks: as they are kept, beside the definition in a table by which tasks are found."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from autom8.kernel.errors import Invalid
from autom8.kernel.paging import Page
from autom8.models import TaskTag, table_of
from autom8.scheduler.definition import TaskDefinition, from_json, to_json
from tests.scheduler.house import ADA, House

SOURCE = {"path": "/etc/crontab", "user": "root", "line": "* * * * * true", "ordinal": 1}


def kept(house: House) -> list[tuple[str, int]]:
    tag = table_of(TaskTag)
    with house.units.reading() as work:
        rows = work.session.execute(select(tag.c.tag, tag.c.task_id).order_by(tag.c.task_id, tag.c.tag))
        return [(row.tag, row.task_id) for row in rows]


def named(house: House, tag: str) -> list[str]:
    page = house.tasks.list_(Page(filters={"tag": tag}), actor=ADA)
    return [each.definition.name for each in page.items]


def test_tags_are_kept_small_once_and_in_order(house: House) -> None:
    task = house.add(tags=["Nightly", " db  main ", "nightly"])

    assert task.definition.tags == ("db main", "nightly")
    assert kept(house) == [("db main", task.id), ("nightly", task.id)]


def test_an_edit_gives_takes_and_keeps_tags(house: House) -> None:
    task = house.add(tags=["a", "b"])

    edited = house.tasks.edit(task.id, {"tags": ["C", "b"]}, revision=1, actor=ADA)
    assert edited.definition.tags == ("b", "c")
    assert kept(house) == [("b", task.id), ("c", task.id)]
    house.tasks.edit(task.id, {"description": "of something else"}, revision=2, actor=ADA)
    assert kept(house) == [("b", task.id), ("c", task.id)]
    house.tasks.edit(task.id, {"tags": []}, revision=3, actor=ADA)
    assert kept(house) == []


def test_the_same_tags_in_other_letters_are_no_change(house: House) -> None:
    task = house.add(tags=["db", "nightly"])

    again = house.tasks.edit(task.id, {"tags": ["NIGHTLY", "db"]}, revision=1, actor=ADA)

    assert again.revision == 1


def test_imported_tasks_have_theirs_and_a_plan_makes_none(house: House) -> None:
    data = [{"name": "job", "command": ["true"], "tags": ["Cron"], "source": SOURCE}]

    house.imports.apply(data, plan=True, paused=False, actor=ADA)
    assert kept(house) == []
    (fate,) = house.imports.apply(data, plan=False, paused=False, actor=ADA)
    assert fate.task_id is not None
    assert kept(house) == [("cron", fate.task_id)]


def test_a_removed_task_carries_none(house: House) -> None:
    task, other = house.add("mine", tags=["db"]), house.add("other", tags=["db"])
    house.tasks.remove(task.id, revision=1, actor=ADA)

    assert kept(house) == [("db", other.id)]
    assert named(house, "db") == ["other"]


def test_tasks_are_found_by_a_tag_in_any_letters_and_by_the_whole_of_it(house: House) -> None:
    house.add("a", tags=["Straße"])
    house.add("b", tags=["STRASSE", "db"])
    house.add("c", tags=["strassen"])

    assert named(house, "strasse") == ["a", "b"]
    assert named(house, "STRASSE") == ["a", "b"]
    assert named(house, "stra") == []


@pytest.mark.parametrize(
    "tags",
    [[""], ["a,b"], ["a;b"], ["a\u200bb"], ["a\nb\0"], ["x" * 51], [str(number) for number in range(51)]],
    ids=["empty", "comma", "semicolon", "hidden", "control", "long", "many"],
)
def test_what_is_no_tag_is_refused_and_nothing_is_written(house: House, tags: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        house.add(tags=tags)

    assert set(refused.value.fields) == {"tags"}
    assert house.tasks.list_(Page(), actor=ADA).items == []


def test_a_definition_from_before_there_were_tags_has_none() -> None:
    old = to_json(TaskDefinition(name="old", command=("true",)))
    del old["tags"]

    assert from_json(old).tags == ()
