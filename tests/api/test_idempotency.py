"""Idempotency-Key: a request that is repeated is carried out once and answered again."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from sqlalchemy import select

from autom8.kernel.vocabulary import Role
from autom8.models import IdempotencyKey
from autom8.repositories.answers import KeptRequests
from tests.api.rig import Answer, Caller, House

KEY = {"Idempotency-Key": "3f2a-one"}
BODY = {"name": "a", "command": ["x"]}


def _count(api: Caller) -> int:
    return len(api.get("/tasks").json["items"])


def test_a_repeated_request_is_answered_again_and_not_carried_out(api: Caller) -> None:
    first = api.post("/tasks", BODY, headers=KEY)
    api.patch(f"/tasks/{first.json['id']}", {"priority": 1}, first.headers["ETag"])

    again = api.post("/tasks", BODY, headers=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    for name in ("ETag", "Location", "Content-Type", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert _count(api) == 1


def test_a_run_is_started_once_however_often_it_is_asked_for(api: Caller) -> None:
    path = f"/tasks/{api.add_task()['id']}/run"

    answers = [api.post(path, {"parameters": {"A": "1"}}, headers=KEY) for _ in range(3)]

    assert [each.status_code for each in answers] == [202] * 3
    assert {each.json["id"] for each in answers} == {answers[0].json["id"]}
    assert len(api.get("/runs").json["items"]) == 1


def test_what_is_kept_of_a_request_can_not_be_tried_out(house: House) -> None:
    """A plain hash would let whoever has a copy of the database guess passwords and phone numbers quickly."""
    body = orjson.dumps({"name": "newcomer", "password": "correct horse battery", "role": "viewer"})
    ask = house.local.having(**KEY, Content_Type="application/json")
    assert ask.post("/users", data=body).status_code == 201

    with house.services.units.reading() as work:
        rows = work.session.connection().exec_driver_sql("SELECT request_hash FROM idempotency_key")
        [kept] = rows.scalars().all()

    assert kept != hashlib.sha256(body).hexdigest()
    assert ask.post("/users", data=body).headers["Idempotency-Replayed"] == "true"


def test_the_same_key_for_something_else_is_refused(api: Caller) -> None:
    api.post("/tasks", BODY, headers=KEY)

    refused = api.post("/tasks", BODY | {"name": "b"}, headers=KEY)

    assert (refused.status_code, refused.json["code"]) == (409, "idempotency_key_reused")
    assert _count(api) == 1


def test_what_is_kept_of_a_request_lets_nobody_try_guesses_at_its_secrets(house: House) -> None:
    body = b'{"name":"eve","password":"a long and unlikely password","role":"viewer"}'

    added = house.local.ask("POST", "/users", data=body, content_type="application/json", headers=KEY)
    with house.services.units.reading() as work:
        row = work.session.scalars(select(IdempotencyKey)).one()

    assert added.status_code == 201
    assert hashlib.sha256(body).hexdigest() != row.request_hash
    again = house.local.ask("POST", "/users", data=body, content_type="application/json", headers=KEY)
    assert again.json == added.json


def test_a_key_belongs_to_a_caller_and_a_route(house: House) -> None:
    operator = house.user(Role.OPERATOR)
    task = house.local.post("/tasks", BODY, headers=KEY).json

    other_route = house.local.post(f"/tasks/{task['id']}/run", headers=KEY)
    other_caller = operator.post("/tasks", BODY | {"name": "b"}, headers=KEY)

    assert (other_route.status_code, other_caller.status_code) == (202, 201)


def test_a_request_that_was_refused_may_be_tried_again_with_its_key(local: Caller) -> None:
    local.add_task("a")
    taken = local.post("/tasks", BODY, headers=KEY)
    wrong = local.post("/tasks", {}, headers={"Idempotency-Key": "two"})
    etag = local.get("/tasks/1").headers["ETag"]
    local.delete("/tasks/1", etag)

    assert (taken.status_code, taken.json["code"], wrong.status_code) == (409, "name_taken", 400)
    assert local.post("/tasks", BODY, headers=KEY).status_code == 201
    assert local.post("/tasks", BODY | {"name": "b"}, headers={"Idempotency-Key": "two"}).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\xe9"])
def test_a_key_that_is_none_is_refused(local: Caller, key: str) -> None:
    refused = local.post("/tasks", BODY, headers={"Idempotency-Key": key})

    assert (refused.status_code, list(refused.json["fields"])) == (400, ["Idempotency-Key"])
    assert _count(local) == 0


def test_a_plan_changes_nothing_so_it_is_made_afresh_each_time(local: Caller) -> None:
    plan = {"tasks": [], "plan": True}

    answers = [local.post("/tasks/import", plan, headers=KEY) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert "Idempotency-Replayed" not in answers[1].headers


def test_of_requests_at_the_same_time_one_is_carried_out(each_house: House) -> None:
    api, together = each_house.local, threading.Barrier(6)

    def ask(_: int) -> Answer:
        together.wait()
        return api.post("/tasks", BODY, headers=KEY)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(6)))

    done = {each.data for each in answers if each.status_code == 201}
    others = {each.json["code"] for each in answers if each.status_code != 201}
    assert len(done) == 1
    assert others <= {"already_done"}  # those that came before the first one's answer was kept
    assert _count(api) == 1


def test_a_crash_before_the_answer_was_kept_leaves_the_work_done_and_said_to_be(
    each_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(KeptRequests, "store", crash)
        assert each_house.local.post("/tasks", BODY, headers=KEY).status_code == 500

    again = each_house.local.post("/tasks", BODY, headers=KEY)

    assert (again.status_code, again.json["code"]) == (409, "already_done")
    assert _count(each_house.local) == 1
