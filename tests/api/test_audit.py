"""The audit trail over HTTP: what people did here is there, by whom and from where."""

from __future__ import annotations

from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House, Json


def _entries(api: Caller, query: str = "") -> list[Json]:
    answer = api.get(f"/audit?{query}")
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json["items"]
    return items


def test_who_did_what_is_told_newest_first(each_house: House) -> None:
    operator = each_house.user(Role.OPERATOR, "olga")
    task = operator.post("/tasks", {"name": "a", "command": ["x"]}, headers={"X-Request-Id": "request-0001"})
    operator.post(f"/tasks/{task.json['id']}/pause", {"reason": "because"})

    newest, before, *_ = _entries(each_house.local, "limit=2")

    assert (newest["action"], newest["details"]["reason"]) == ("task.paused", "because")
    assert before["action"] == "task.added"
    assert before["actor"] == {"kind": "user", "id": 1, "name": "olga", "key": None}
    assert (before["object_type"], before["object_id"]) == ("task", str(task.json["id"]))
    assert (before["address"], before["request_id"]) == ("127.0.0.1", "request-0001")
    assert newest["seq"] == before["seq"] + 1
    assert len(newest["hash"]) == 64


def test_the_trail_is_searched_by_who_what_and_when(house: House) -> None:
    api = house.local
    task = api.add_task()
    api.post(f"/tasks/{task['id']}/pause")
    api.post(f"/tasks/{api.add_task('other')['id']}/resume")

    assert [
        each["action"] for each in _entries(api, f"object_type=task&object_id={task['id']}&order=seq")
    ] == [
        "task.added",
        "task.paused",
    ]
    assert len(_entries(api, "action=task.added&actor=local")) == 2
    assert _entries(api, "actor=somebody") == []
    assert _entries(api, "since=2100-01-01T00:00:00Z") == []
    assert len(_entries(api, "until=2100-01-01T00:00:00Z&limit=200")) == 3


def test_the_trail_has_pages(house: House) -> None:
    for number in range(5):
        house.local.add_task(f"task-{number}")

    first = house.local.get("/audit?limit=3").json
    second = house.local.get(f"/audit?limit=3&cursor={first['next']}").json

    seqs = [each["seq"] for each in first["items"] + second["items"]]
    assert seqs == sorted(seqs, reverse=True)
    assert (len(seqs), second["next"]) == (5, None)
