"""The API's description: complete, valid, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from autom8.api.endpoint import PUBLIC, endpoint_of
from tests.api.rig import Caller, House, Json

# What ends access must not fail because somebody else was quicker.
WITHOUT_VERSION = {
    ("DELETE", "/api/v1/auth/factor"),
    ("DELETE", "/api/v1/auth/keys/{id_}"),
    ("DELETE", "/api/v1/auth/sessions"),
    ("DELETE", "/api/v1/auth/sessions/{session_id}"),
    ("DELETE", "/api/v1/oncall/schedules/{schedule_id}/overrides/{override_id}"),
    ("DELETE", "/api/v1/users/{user_id}/factor"),
    ("DELETE", "/api/v1/users/{user_id}/keys"),
    ("DELETE", "/api/v1/users/{user_id}/keys/{id_}"),
    ("DELETE", "/api/v1/users/{user_id}/sessions"),
    ("DELETE", "/api/v1/users/{user_id}/sessions/{session_id}"),
}


@pytest.fixture
def description(house: House) -> Json:
    answer = house.stranger.get("/openapi.json")
    assert answer.status_code == 200
    found: Json = answer.json or {}
    return found


def _operations(description: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_of_the_api_is_described(house: House, description: Json) -> None:
    app = house.client.application
    assert isinstance(app, Flask)
    there = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.rule.startswith("/api/v1/")
    }

    assert {(method, path) for method, path, _ in _operations(description)} == there


def test_every_operation_says_in_words_what_it_does_and_who_may_ask(description: Json) -> None:
    for method, path, operation in _operations(description):
        assert operation["summary"].endswith("."), (method, path)
        assert "open to everybody" in operation["description"].lower() or "Needs" in operation["description"]
        assert operation["security"] in ([], [{"bearer": []}])
    ids = [operation["operationId"] for _, _, operation in _operations(description)]
    assert len(ids) == len(set(ids))


def test_what_is_open_is_described_as_open(house: House, description: Json) -> None:
    app = house.client.application
    assert isinstance(app, Flask)
    scopes = {
        found.view.__name__: found.scope
        for found in map(endpoint_of, app.view_functions.values())
        if found is not None
    }

    for _, path, operation in _operations(description):
        assert (operation["security"] == []) == (
            scopes[re.sub(r"_\d+$", "", operation["operationId"])] == PUBLIC
        ), path


def test_every_refusal_is_a_problem_and_described(description: Json) -> None:
    for method, path, operation in _operations(description):
        answers = operation["responses"]
        assert {"400", "429", "503"} <= set(answers), path
        if operation["security"]:
            assert {"401", "403"} <= set(answers), path
        if method in {"PATCH", "DELETE"} and (method, path) not in WITHOUT_VERSION:
            assert {"404", "412", "428"} <= set(answers), path
            assert "If-Match" in [each["name"] for each in operation["parameters"]]
        for status, answer in answers.items():
            if status >= "400":
                assert "application/problem+json" in answer["content"], (path, status)


def test_every_reference_leads_somewhere(description: Json) -> None:
    def references(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for name, value in node.items():
                if name == "$ref":
                    yield value
                else:
                    yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    schemas = description["components"]["schemas"]
    found = set(references(description))
    assert found
    assert {each.removeprefix("#/components/schemas/") for each in found} <= set(schemas)


def test_the_defaults_of_a_task_are_those_of_the_one_table(description: Json, local: Caller) -> None:
    described = description["components"]["schemas"]["TaskIn"]["properties"]
    made = local.add_task()

    for name in ("zone", "gap", "overlap", "catch_up", "lateness_max_s", "timeout_s", "delivery", "queue"):
        assert described[name]["default"] == made[name]
    assert "default" not in description["components"]["schemas"]["TaskChanges"]["properties"]["timeout_s"]


def test_what_is_answered_is_what_is_described(house: House, description: Json) -> None:
    """Answers are made by hand for speed, so each is held against its shape: no field more, none less."""
    api = house.local
    source = {"path": "/etc/crontab", "user": "root", "line": "* * * * * x", "ordinal": 1, "text": "x"}
    ada = api.post("/users", {"name": "ada", "password": "a long and unlikely password", "role": "admin"})
    task = api.add_task(schedule={"kind": "interval", "every_s": 60}, notes=["MAILTO=root"])
    imported = api.post(
        "/tasks/import", {"tasks": [{"name": "b", "command": ["x"], "shell": "/bin/sh", "source": source}]}
    )
    run = api.post(f"/tasks/{task['id']}/run", {"parameters": {"A": "1"}})
    login = house.stranger.post("/auth/login", {"name": "ada", "password": "a long and unlikely password"})
    shapes = {
        "UserOut": [ada, api.get("/users/1")],
        "UsersOut": [api.get("/users")],
        "TaskOut": [api.get("/tasks/1?recent=3"), api.get("/tasks/2"), api.post("/tasks/1/pause")],
        "TasksOut": [api.get("/tasks?recent=3")],
        "ImportOut": [imported],
        "RunOut": [run, api.get("/runs/1"), api.post("/runs/1/cancel")],
        "RunsOut": [api.get("/runs")],
        "OutputOut": [api.get("/runs/1/output")],
        "PreviewOut": [api.get("/tasks/1/preview"), api.get("/slots/preview?cron=@daily")],
        "AuditOut": [api.get("/audit")],
        "HealthOut": [api.get("/health")],
        "SetupOut": [api.get("/auth/setup")],
        "LoginOut": [login],
        "SessionOut": [api.get("/auth/session")],
        "Problem": [api.get("/nope"), api.post("/tasks", {})],
    }

    for name, answers in shapes.items():
        validator = jsonschema_rs.Draft202012Validator(_strict(description, name))
        for answer in answers:
            validator.validate(answer.json)


def _strict(description: Json, name: str) -> Json:
    """The schema of a shape, in which no object may hold what is not described."""

    def closed(node: Any) -> Any:
        if isinstance(node, dict):
            made = {key: closed(value) for key, value in node.items()}
            if "properties" in made and "additionalProperties" not in made:
                made["additionalProperties"] = False
            return made
        return [closed(each) for each in node] if isinstance(node, list) else node

    return {"$ref": f"#/components/schemas/{name}", "components": closed(description["components"])}


def test_the_description_may_be_asked_for_again_for_nothing(house: House) -> None:
    etag = house.stranger.get("/openapi.json").headers["ETag"]

    answer = house.stranger.get("/openapi.json", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.data) == (304, b"")
