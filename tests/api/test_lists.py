"""Lists over HTTP: pages, order, filters, and what they refuse."""

from __future__ import annotations

import base64
import json

import pytest

from tests.api.rig import Caller, House


def _names(api: Caller, query: str) -> list[str]:
    answer = api.get(f"/tasks?{query}")
    assert answer.status_code == 200, answer.text
    return [task["name"] for task in answer.json["items"]]


def test_pages_hold_every_item_once_and_in_order(api: Caller) -> None:
    for number in range(7):
        api.add_task(f"task-{number}", schedule={"kind": "manual" if number % 2 else "boot"})

    seen, path = [], "/tasks?limit=3&order=-name"
    while True:
        page = api.get(path).json
        seen += [task["name"] for task in page["items"]]
        if page["next"] is None:
            break
        path = f"/tasks?limit=3&order=-name&cursor={page['next']}"

    assert seen == [f"task-{number}" for number in reversed(range(7))]


def test_tasks_without_a_next_slot_come_last_whatever_the_order(api: Caller) -> None:
    api.add_task("never")
    api.add_task("sooner", schedule={"kind": "once", "at": "2100-01-01T00:00:00Z"})
    api.add_task("later", schedule={"kind": "once", "at": "2101-01-01T00:00:00Z"})

    assert _names(api, "order=next_run") == ["sooner", "later", "never"]
    assert _names(api, "order=-next_run") == ["later", "sooner", "never"]
    cursor = api.get("/tasks?order=next_run&limit=2").json["next"]
    assert _names(api, f"order=next_run&limit=2&cursor={cursor}") == ["never"]


def test_tasks_are_found_by_name_by_part_of_it_and_by_state(api: Caller) -> None:
    api.add_task("Backup of 100%")
    paused = api.add_task("backup_mail")
    api.add_task("report")
    api.post(f"/tasks/{paused['id']}/pause")

    assert _names(api, "name=report") == ["report"]
    assert _names(api, "name=repor") == []
    assert _names(api, "q=BACKUP&order=id") == ["Backup of 100%", "backup_mail"]
    assert _names(api, "q=100%25") == ["Backup of 100%"]
    assert _names(api, "q=backup_") == ["backup_mail"]
    assert _names(api, "state=paused") == ["backup_mail"]
    assert _names(api, "state=active&order=-id") == ["report", "Backup of 100%"]


def test_runs_are_found_by_task_state_trigger_and_time(api: Caller) -> None:
    first, second = api.add_task("first"), api.add_task("second")
    one = api.post(f"/tasks/{first['id']}/run").json
    two = api.post(f"/tasks/{second['id']}/run").json
    api.post(f"/runs/{one['id']}/cancel")

    def ids(query: str) -> list[int]:
        return [run["id"] for run in api.get(f"/runs?{query}").json["items"]]

    assert ids("") == [two["id"], one["id"]]
    assert ids("order=id") == [one["id"], two["id"]]
    assert ids(f"task_id={first['id']}") == ids("task=first") == ids("state=cancelled") == [one["id"]]
    assert ids("state=cancelled,queued&trigger=manual") == [two["id"], one["id"]]
    assert ids("trigger=schedule") == ids("since=2100-01-01T00:00:00Z") == []
    assert ids("until=2100-01-01T00:00:00%2B01:00&since=2020-01-01T00:00:00Z") == [two["id"], one["id"]]


def test_the_bar_of_last_runs_comes_only_when_asked_for(local: Caller) -> None:
    task = local.add_task()
    run = local.post(f"/tasks/{task['id']}/run").json

    assert "recent" not in local.get("/tasks").json["items"][0]
    (bar,) = [each["recent"] for each in local.get("/tasks?recent=3").json["items"]]
    assert bar == [
        {
            "id": run["id"],
            "state": "queued",
            "reason": None,
            "slot_at": None,
            "slot_count": 1,
            "started_at": None,
            "ended_at": None,
            "duration_s": None,
        },
    ]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/tasks?limit=0", "limit"),
        ("/tasks?limit=201", "limit"),
        ("/tasks?limit=1_0", "limit"),
        ("/tasks?limit=1&limit=2", "limit"),
        ("/tasks?limit=", "limit"),
        ("/tasks?order=revision", "order"),
        ("/tasks?state=asleep", "state"),
        ("/tasks?recent=31", "recent"),
        ("/tasks?colour=red", "colour"),
        ("/tasks?name=a%00b", "name"),
        ("/tasks?cursor=!", "cursor"),
        ("/tasks?cursor=WyJuYW1lIiwxXQ", "cursor"),
        ("/tasks?cursor=WyJuYW1lIiwiYSIsIkEiXQ", "cursor"),
        ("/tasks?cursor=WyJuYW1lIiwxLCJhXHUwMDAwYiJd", "cursor"),
        ("/tasks?order=id&cursor=WyJpZCIsOTIyMzM3MjAzNjg1NDc3NTgwOF0", "cursor"),
        ("/tasks?order=next_run&cursor=WyJuZXh0X3J1biIsMSwiMjAyNi0wMS0wMVQwMDowMDowMCJd", "cursor"),
        ("/tasks?order=next_run&cursor=WyJuZXh0X3J1biIsMSwieWVzdGVyZGF5Il0", "cursor"),
        ("/runs?task_id=0", "task_id"),
        ("/runs?task_id=9223372036854775808", "task_id"),
        ("/runs?task_id=1.5", "task_id"),
        ("/runs?state=failed,asleep", "state.1"),
        ("/runs?state=", "state.0"),
        ("/runs?since=2026-01-01", "since"),
        ("/runs?since=2026-01-01T00:00:00", "since"),
        ("/runs?since=0001-01-01T00:00:00%2B10:00", "since"),
        ("/runs?until=2026-02-30T00:00:00Z", "until"),
        ("/runs?trigger=magic", "trigger"),
        ("/users?disabled=maybe", "disabled"),
        ("/audit?since=now", "since"),
        ("/auth/session?x=1", "x"),
    ],
)
def test_a_query_that_can_not_be_meant_names_the_parameter(house: House, path: str, field: str) -> None:
    answer = house.local.get(path)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid"), answer.text
    assert list(answer.json["fields"]) == [field]


@pytest.mark.parametrize(
    "mark",
    [
        ["name", 1],
        ["name", "a", "A"],
        ["name", 1, "a\0b"],
        ["name", 2**63, "a"],
        ["name", True, "a"],
        ["name", 1, "\ud800"],
        {"name": 1},
        5,
    ],
    ids=repr,
)
def test_a_cursor_that_nobody_was_given_is_refused(each_house: House, mark: object) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(mark).encode()).decode().rstrip("=")

    answer = each_house.local.get(f"/tasks?cursor={cursor}")

    assert (answer.status_code, list(answer.json["fields"])) == (400, ["cursor"])


def test_every_wrong_parameter_is_named_at_once(local: Caller) -> None:
    answer = local.get("/tasks?limit=x&state=y&colour=red&q=a&q=b")

    assert set(answer.json["fields"]) == {"limit", "state", "colour", "q"}


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ("incidents?state=opne", "state.0", "'open', 'acknowledged' or 'resolved'"),
        ("incidents?state=open,gone", "state.1", "'open', 'acknowledged' or 'resolved'"),
        ("incidents?severity=critcal", "severity.0", "'critical', 'warning' or 'info'"),
        ("incidents?severity=", "severity.0", "'critical', 'warning' or 'info'"),
        ("messages?state=daed", "state.0", "'ready', 'sending', 'sent', 'dead' or 'dropped'"),
    ],
)
def test_a_word_that_there_is_not_is_refused_with_those_there_are(
    api: Caller, query: str, field: str, allowed: str
) -> None:
    answer = api.get(f"/{query}")

    assert answer.status_code == 400, answer.text
    assert answer.json["fields"] == {field: f"must be {allowed}"}


def test_several_words_are_taken_with_commas(api: Caller) -> None:
    for query in ("incidents?state=open,resolved&severity=critical,info", "messages?state=dead,ready"):
        assert api.get(f"/{query}").json["items"] == []
