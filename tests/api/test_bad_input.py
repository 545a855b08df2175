"""Bodies that can't be meant: each is refused with every wrong field named, and nothing is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import PASSWORD, Caller, House

GOOD = {"name": "a", "command": ["x"]}


def _refused(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["code"] == "invalid"
    return dict(answer.json["fields"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "command"}),
        ({"name": "a"}, {"command"}),
        (GOOD | {"command": []}, {"command"}),
        (GOOD | {"command": [" "]}, {"command"}),
        (GOOD | {"command": "true"}, {"command"}),
        (GOOD | {"command": ["a", 5]}, {"command.1"}),
        (GOOD | {"command": ["a\0b"]}, {"command.0"}),
        (GOOD | {"command": ["two", "words"], "shell": "/bin/sh"}, {"command"}),
        (GOOD | {"shell": "sh"}, {"shell"}),
        (GOOD | {"name": ""}, {"name"}),
        (GOOD | {"name": "42"}, {"name"}),
        (GOOD | {"name": "x" * 201}, {"name"}),
        (GOOD | {"name": "bell\a"}, {"name"}),
        (GOOD | {"name": "nul\0"}, {"name"}),
        (GOOD | {"name": "hidden\u202e"}, {"name"}),
        (GOOD | {"name": None}, {"name"}),
        (GOOD | {"description": "a\0"}, {"description"}),
        (GOOD | {"schedule": {"kind": "cron", "cron": "61 * * * *"}}, {"schedule.cron"}),
        (GOOD | {"schedule": {"kind": "cron", "cron": 5}}, {"schedule.cron"}),
        (GOOD | {"schedule": {"kind": "cron"}}, {"schedule.cron"}),
        (GOOD | {"schedule": {"kind": "lunar"}}, {"schedule"}),
        (GOOD | {"schedule": {"cron": "* * * * *"}}, {"schedule"}),
        (GOOD | {"schedule": "* * * * *"}, {"schedule"}),
        (GOOD | {"schedule": {"kind": "cron", "cron": "* * * * *", "every_s": 5}}, {"schedule.every_s"}),
        (GOOD | {"schedule": {"kind": "interval", "every_s": 0.5}}, {"schedule.every_s"}),
        (GOOD | {"schedule": {"kind": "interval", "every_s": "5"}}, {"schedule.every_s"}),
        (GOOD | {"schedule": {"kind": "interval", "every_s": 1e300}}, {"schedule.every_s"}),
        (GOOD | {"schedule": {"kind": "once", "at": "tomorrow"}}, {"schedule.at"}),
        (GOOD | {"schedule": {"kind": "once", "at": "2027-01-01T00:00:00"}}, {"schedule.at"}),
        (GOOD | {"schedule": {"kind": "once", "at": "1969-01-01T00:00:00Z"}}, {"schedule.at"}),
        (GOOD | {"schedule": {"kind": "once", "at": 1}}, {"schedule.at"}),
        (GOOD | {"zone": "Mars/Olympus"}, {"zone"}),
        (GOOD | {"gap": "leap"}, {"gap"}),
        (GOOD | {"env": {"A=B": "x"}}, {"env.A=B"}),
        (GOOD | {"env": {"A": 5}}, {"env.A"}),
        (GOOD | {"env": {"AUTOM8_TASK": "x"}}, {"env.AUTOM8_TASK"}),
        (GOOD | {"timeout_s": 0}, {"timeout_s"}),
        (GOOD | {"timeout_s": True}, {"timeout_s"}),
        (GOOD | {"timeout_s": "60"}, {"timeout_s"}),
        (GOOD | {"retries_max": 1.5}, {"retries_max"}),
        (GOOD | {"priority": 10**30}, {"priority"}),
        (GOOD | {"concurrency_max": 2**63}, {"concurrency_max"}),
        (GOOD | {"retry_jitter": -0.1}, {"retry_jitter"}),
        (GOOD | {"cwd": "relative"}, {"cwd"}),
        (GOOD | {"source": {}}, {"source"}),
        (GOOD | {"id": 5, "revision": 1}, {"id", "revision"}),
        (GOOD | {"notes": ["a\nb"]}, {"notes.0"}),
        (GOOD | {"description": None, "priority": None}, {"priority"}),
        (GOOD | {"schedule": {"kind": "once", "at": "2027-01-01t00:00:00z"}, "gap": 5}, {"gap"}),
        (GOOD | {"priority": 10**30, "gap": 5}, {"priority", "gap"}),
        (
            {"name": 5, "zone": "X", "retries_max": 101, "foo": 1, "schedule": {"kind": "cron", "cron": "x"}},
            {"name", "command", "zone", "retries_max", "foo", "schedule.cron"},
        ),
    ],
)
def test_a_task_that_can_not_be_meant_names_every_wrong_field(
    local: Caller, body: dict[str, Any], fields: set[str]
) -> None:
    assert set(_refused(local.post("/tasks", body))) == fields
    assert local.get("/tasks").json["items"] == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"name": "a", "command": ["x"], "timeout_s": NaN}',
        b'{"name": "a", "command": ["x"], "timeout_s": Infinity}',
        b'{"name": "a", "command": ["x"], "timeout_s": 1e999}',
        b'{"name": "\\ud800", "command": ["x"]}',
        b'{"name": "a", "command": ["\\udc80"]}',
        b'{"name": "a", "command": ["x"], "env": {"\\ud800": "x"}}',
        b"[" * 100_000,
        b'{"name":' * 50_000,
        b'{"name": "a", "command": ["x"], "priority": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda raw: repr(raw[:60]),
)
def test_what_is_no_json_object_is_refused(local: Caller, raw: bytes) -> None:
    assert _refused(local.post("/tasks", data=raw, content_type="application/json"))
    assert local.get("/tasks").json["items"] == []


def test_a_body_of_another_type_is_refused(local: Caller) -> None:
    answer = local.post("/tasks", data=json.dumps(GOOD), content_type="text/plain")

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


def test_a_body_where_none_is_needed_must_still_be_an_empty_object(local: Caller) -> None:
    path = f"/tasks/{local.add_task()['id']}/resume"

    assert _refused(local.post(path, {"force": True})) == {"force": "is not known here"}
    assert local.post(path, {}).status_code == 200


def test_a_name_of_a_hundred_thousand_characters_is_not_sent_back(local: Caller) -> None:
    answer = local.post("/tasks", GOOD | {"x" * 100_000: 1} | {f"f{n}": 1 for n in range(1_000)})

    fields = _refused(answer)
    assert len(fields) == 100
    assert len(answer.data) < 20_000
    assert answer.json["detail"].endswith("and 901 more")


def test_what_is_refused_is_not_repeated(local: Caller) -> None:
    body = GOOD | {"env": {"TOKEN": ["s3cret-value"]}, "timeout_s": "s3cret-value"}

    assert "s3cret-value" not in local.post("/tasks", body).text


def test_an_edit_is_judged_as_a_whole(local: Caller) -> None:
    made = local.post("/tasks", GOOD | {"shell": "/bin/sh"})
    path = f"/tasks/{made.json['id']}"

    answer = local.patch(path, {"command": ["two", "words"]}, made.headers["ETag"])

    assert set(_refused(answer)) == {"command"}
    assert local.get(path).json["revision"] == 1


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"1A": "x"}, "parameters.1A"),
        ({"A B": "x"}, "parameters.A B"),
        ({"A": "x\0"}, "parameters.A"),
        ({"A": 5}, "parameters.A"),
        ({"a": "1", "A": "2"}, "parameters"),
        ({"A": "x" * 40_000}, "parameters.A"),
        (["A"], "parameters"),
    ],
)
def test_parameters_that_can_not_be_passed_on_are_named(local: Caller, parameters: Any, field: str) -> None:
    task = local.add_task()

    assert set(_refused(local.post(f"/tasks/{task['id']}/run", {"parameters": parameters}))) == {field}
    assert local.get("/runs").json["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/tasks/9223372036854775808",
        "/tasks/99999999999999999999999999",
        "/tasks/-1",
        "/tasks/0x1",
        "/tasks/1/",
        "//api/v1//tasks",
        "/tasks/%00",
    ],
)
def test_a_path_that_leads_nowhere_is_not_found(local: Caller, path: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        answer = local.ask(method, path)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), method


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "password", "role"}),
        ({"name": "a\0b", "password": PASSWORD, "role": "viewer"}, {"name"}),
        ({"name": "bell\a", "password": "short", "role": "king"}, {"name", "role"}),
        ({"name": "", "password": "short", "role": "viewer"}, {"name", "password"}),
        ({"name": "ada", "password": "nul\0" + PASSWORD, "role": "viewer"}, {"password"}),
        ({"name": "ada", "password": "x" * 1_001, "role": "viewer"}, {"password"}),
    ],
)
def test_a_user_that_can_not_be_added_names_every_wrong_field(
    local: Caller, body: dict[str, Any], fields: set[str]
) -> None:
    assert set(_refused(local.post("/users", body))) == fields
    assert local.get("/users").json["items"] == []


def test_nul_never_reaches_the_database(each_house: House) -> None:
    """PostgreSQL takes no NUL in text, so each way to it is tried there."""
    api = each_house.local
    task = api.add_task()
    source = {"path": "/x\0", "user": "", "line": "x\0", "ordinal": 1, "text": "\0"}

    _refused(api.get("/tasks?q=%00"))
    _refused(api.get("/runs?task=%00"))
    _refused(api.get("/audit?actor=%00&action=%00&object_type=%00&object_id=%00"))
    _refused(api.post(f"/tasks/{task['id']}/pause", {"reason": "\0"}))
    _refused(api.post(f"/tasks/{task['id']}/run", {"parameters": {"A\0": ""}}))
    _refused(api.post("/tasks/import", {"tasks": [GOOD | {"source": source}]}))
    _refused(api.post("/auth/login", {"name": "a\0", "password": "b"}))
    _refused(api.post("/auth/refresh", {"refresh_token": "\0"}))
    _refused(api.post("/auth/setup", {"token": "\0", "name": "a", "password": PASSWORD}))
    assert api.post("/auth/login", {"name": "\U0001f980", "password": "b"}).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer \xe9", "Bearer a8l_\xe9", "Basic YTpi", "x"])
def test_odd_credentials_are_refused_politely(house: House, header: str) -> None:
    answer = house.stranger.get("/tasks", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_odd_cookie_is_refused_politely(house: House) -> None:
    for value in ("x", "\xe9", '"', "a8s_" + "x" * 5_000):
        answer = house.stranger.get("/tasks", headers={"Cookie": f"__Host-autom8={value}"})
        assert answer.status_code == 401, value


def test_an_operator_hears_the_same_of_wrong_input(house: House) -> None:
    assert set(_refused(house.user(Role.OPERATOR).post("/tasks", {}))) == {"name", "command"}
