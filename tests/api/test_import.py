"""The import of many tasks over HTTP: all or nothing, and the same again changes nothing."""

from __future__ import annotations

from tests.api.rig import Caller, Json


def _line(number: int, **settings: object) -> Json:
    source = {
        "path": "/etc/crontab",
        "user": "root",
        "line": f"{number} * * * * x",
        "ordinal": 1,
        "text": "x",
    }
    return {
        "name": f"line {number}",
        "command": ["x"],
        "shell": "/bin/sh",
        "schedule": {"kind": "cron", "cron": f"{number} * * * *"},
        "source": source,
        **settings,
    }


def _fates(answer_json: Json) -> list[str]:
    return [each["fate"] for each in answer_json["items"]]


def test_importing_twice_makes_the_tasks_once(api: Caller) -> None:
    body = {"tasks": [_line(1), _line(2, notes=["MAILTO=root: no mail goes out yet"])]}

    planned = api.post("/tasks/import", body | {"plan": True})
    made = api.post("/tasks/import", body)
    again = api.post("/tasks/import", body)

    assert (planned.status_code, made.status_code) == (200, 200)
    assert _fates(planned.json) == _fates(made.json) == ["create", "create"]
    assert _fates(again.json) == ["unchanged", "unchanged"]
    assert [each["task_id"] for each in planned.json["items"]] == [None, None]
    tasks = api.get("/tasks").json["items"]
    assert [task["id"] for task in tasks] == [each["task_id"] for each in made.json["items"]]
    assert tasks[1]["notes"] == ["MAILTO=root: no mail goes out yet"]
    assert tasks[0]["source"] == _line(1)["source"]


def test_tasks_can_be_imported_asleep(local: Caller) -> None:
    local.post("/tasks/import", {"tasks": [_line(1)], "paused": True})

    (task,) = local.get("/tasks").json["items"]
    assert (task["state"], task["next_run"]) == ("paused", None)


def test_one_bad_task_means_that_none_is_made_and_all_that_is_wrong_is_named(local: Caller) -> None:
    cron = {"kind": "cron", "cron": "99 * * * *"}
    tasks = [_line(1), _line(2, schedule=cron), _line(3, env=5, zone="Mars"), {"name": "x"}, 5]

    refused = local.post("/tasks/import", {"tasks": tasks, "colour": "red"})

    assert refused.status_code == 400
    assert set(refused.json["fields"]) == {
        "tasks.1.schedule.cron",
        "tasks.2.env",
        "tasks.2.zone",
        "tasks.3.command",
        "tasks.3.source",
        "tasks.4",
        "colour",
    }
    assert local.get("/tasks").json["items"] == []


def test_tasks_that_are_well_typed_but_senseless_are_named_too(local: Caller) -> None:
    refused = local.post("/tasks/import", {"tasks": [_line(1, name="42"), _line(2, cwd="here")]})

    assert set(refused.json["fields"]) == {"tasks.0.name", "tasks.1.cwd"}


def test_a_list_of_tasks_that_is_none_is_refused(local: Caller) -> None:
    tasks: object
    for tasks in ({}, "x", None):
        refused = local.post("/tasks/import", {"tasks": tasks})
        assert (refused.status_code, set(refused.json["fields"])) == (400, {"tasks"})
