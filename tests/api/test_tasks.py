"""Tasks over HTTP: made, read, edited, paused, removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.rig import Caller


def test_a_task_needs_only_a_name_and_a_command(api: Caller) -> None:
    answer = api.post("/tasks", {"name": "least", "command": ["/bin/true"]})

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/tasks/{answer.json['id']}"
    assert answer.json | {"id": 1, "created_at": "", "updated_at": ""} == {
        "id": 1,
        "name": "least",
        "description": "",
        "kind": "command",
        "state": "active",
        "enabled": True,
        "paused_reason": None,
        "revision": 1,
        "created_at": "",
        "updated_at": "",
        "schedule": {"kind": "manual"},
        "zone": "UTC",
        "gap": "shift",
        "overlap": "first",
        "catch_up": "latest",
        "lateness_max_s": 86400,
        "command": ["/bin/true"],
        "shell": None,
        "cwd": None,
        "env": {},
        "stdin": None,
        "user": None,
        "timeout_s": 3600,
        "grace_s": 10,
        "delivery": "at_most_once",
        "concurrency": "forbid",
        "concurrency_max": 1,
        "retries_max": 0,
        "retry_first_s": 30,
        "retry_longest_s": 3600,
        "retry_jitter": 0.1,
        "queue": "default",
        "priority": 0,
        "output_bytes_max": 10485760,
        "source": None,
        "notes": [],
        "tags": [],
        "next_run": None,
        "last_run": None,
    }


@pytest.mark.parametrize(
    "schedule",
    [
        {"kind": "cron", "cron": "*/5 * * * *"},
        {"kind": "interval", "every_s": 2.5, "anchor_at": "2026-01-01T00:00:00Z"},
        {"kind": "once", "at": "2100-01-01T00:00:00.000001Z"},
        {"kind": "boot"},
        {"kind": "manual"},
    ],
    ids=lambda schedule: schedule["kind"],
)
def test_every_kind_of_schedule_is_answered_as_it_was_given(
    local: Caller, schedule: dict[str, object]
) -> None:
    made = local.add_task(schedule=schedule)

    assert made["schedule"] == schedule
    assert local.get(f"/tasks/{made['id']}").json == made


def test_an_instant_with_any_offset_is_answered_in_utc(local: Caller) -> None:
    made = local.add_task(schedule={"kind": "once", "at": "2100-01-01T02:00:00+02:00"})

    assert made["schedule"]["at"] == "2100-01-01T00:00:00Z"
    assert made["next_run"] == "2100-01-01T00:00:00Z"


def test_an_interval_without_an_anchor_beats_from_now_on(local: Caller) -> None:
    made = local.add_task(schedule={"kind": "interval", "every_s": 3600})

    anchor = datetime.fromisoformat(made["schedule"]["anchor_at"])
    assert abs(datetime.now(UTC) - anchor) < timedelta(seconds=10)


def test_no_description_is_an_empty_one(local: Caller) -> None:
    assert local.add_task(description=None)["description"] == ""


def test_a_name_that_is_taken_is_refused(api: Caller) -> None:
    api.add_task("backup")

    refused = api.post("/tasks", {"name": "backup", "command": ["x"]})

    assert (refused.status_code, refused.json["code"]) == (409, "name_taken")


def test_an_edit_changes_what_is_named_and_keeps_the_rest(api: Caller) -> None:
    made = api.add_task(env={"A": "1"}, timeout_s=60)
    etag = api.get(f"/tasks/{made['id']}").headers["ETag"]

    edited = api.patch(f"/tasks/{made['id']}", {"timeout_s": 5}, etag)

    assert edited.status_code == 200
    assert edited.json == made | {"timeout_s": 5, "revision": 2, "updated_at": edited.json["updated_at"]}


def test_an_edit_replaces_a_schedule_whole(local: Caller) -> None:
    made = local.post(
        "/tasks", {"name": "a", "command": ["x"], "schedule": {"kind": "interval", "every_s": 9}}
    )

    schedule = {"kind": "cron", "cron": "@daily"}
    edited = local.patch(f"/tasks/{made.json['id']}", {"schedule": schedule}, made.headers["ETag"])

    assert edited.json["schedule"] == schedule


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_must_say_what_it_has_seen(local: Caller, method: str) -> None:
    made = local.add_task()
    path, body = f"/tasks/{made['id']}", {"timeout_s": 5}

    missing = local.ask(method, path, json=body)
    any_version = local.ask(method, path, json=body, headers={"If-Match": "*"})
    foreign = local.ask(method, path, json=body, headers={"If-Match": '"t999-r1"'})
    nonsense = local.ask(method, path, json=body, headers={"If-Match": "yesterday's"})

    assert (missing.status_code, missing.json["code"]) == (428, "precondition_missing")
    assert (any_version.status_code, foreign.status_code, nonsense.status_code) == (428, 412, 412)
    assert local.get(path).json == made


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_over_another_ones_change_is_refused(local: Caller, method: str) -> None:
    made = local.post("/tasks", {"name": "a", "command": ["x"]})
    path, seen = f"/tasks/{made.json['id']}", made.headers["ETag"]
    local.patch(path, {"priority": 1}, seen)

    refused = local.ask(method, path, json={"priority": 2}, headers={"If-Match": seen})

    assert (refused.status_code, refused.json["code"]) == (412, "stale")
    assert local.get(path).json["priority"] == 1


def test_an_etag_that_a_proxy_has_made_weak_is_still_the_version_seen(local: Caller) -> None:
    made = local.post("/tasks", {"name": "a", "command": ["x"]})

    edited = local.patch(f"/tasks/{made.json['id']}", {"priority": 1}, f"W/{made.headers['ETag']}")

    assert edited.status_code == 200


def test_a_task_that_is_as_the_caller_knows_it_is_not_sent_again(local: Caller) -> None:
    path = f"/tasks/{local.add_task()['id']}"
    etag = local.get(path).headers["ETag"]

    unchanged = local.get(path, headers={"If-None-Match": f'"other", W/{etag}'})
    local.post(f"{path}/pause")
    changed = local.get(path, headers={"If-None-Match": etag})

    assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200


def test_a_task_whose_last_run_is_new_is_sent_again_though_its_definition_is_old(local: Caller) -> None:
    task = local.add_task()
    path = f"/tasks/{task['id']}?recent=5"
    etag = local.get(path).headers["ETag"]

    local.post(f"/tasks/{task['id']}/run")

    assert local.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_pausing_and_resuming_may_be_repeated(api: Caller) -> None:
    path = f"/tasks/{api.add_task(schedule={'kind': 'cron', 'cron': '@hourly'})['id']}"

    paused = api.post(f"{path}/pause", {"reason": "disk full"}).json
    again = api.post(f"{path}/pause", {"reason": "impatient"}).json
    resumed = api.post(f"{path}/resume").json
    again_resumed = api.post(f"{path}/resume", {}).json

    assert again == paused
    assert (paused["state"], paused["enabled"], paused["paused_reason"]) == ("paused", False, "disk full")
    assert paused["next_run"] is None
    assert again_resumed == resumed
    assert (resumed["state"], resumed["paused_reason"]) == ("active", None)
    assert resumed["next_run"] is not None


def test_a_removed_task_is_gone_and_its_runs_stay(api: Caller) -> None:
    made = api.post("/tasks", {"name": "a", "command": ["x"]})
    path = f"/tasks/{made.json['id']}"
    run = api.post(f"{path}/run").json

    removed = api.delete(path, made.headers["ETag"])

    assert (removed.status_code, removed.data) == (204, b"")
    assert api.get(path).json["code"] == "task_not_found"
    assert api.get(f"/runs/{run['id']}").json["task"] == "a"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/tasks/4711"),
        ("GET", "/tasks/4711/preview"),
        ("POST", "/tasks/4711/run"),
        ("POST", "/tasks/4711/pause"),
        ("POST", "/tasks/4711/resume"),
        ("PATCH", "/tasks/4711"),
        ("DELETE", "/tasks/4711"),
    ],
)
def test_what_is_not_there_is_not_found(local: Caller, method: str, path: str) -> None:
    body: object = None if method == "GET" else {}
    answer = local.ask(method, path, json=body, headers={"If-Match": '"t4711-r1"'})

    assert (answer.status_code, answer.json["code"]) == (404, "task_not_found")


def test_a_preview_tells_the_next_slots_even_of_a_paused_task(local: Caller) -> None:
    task = local.add_task(schedule={"kind": "cron", "cron": "0 4 * * *"}, zone="Europe/Berlin")
    local.post(f"/tasks/{task['id']}/pause")

    answer = local.get(f"/tasks/{task['id']}/preview?count=2&from=2027-03-26T22:00:00Z")

    assert answer.json == {"items": ["2027-03-27T03:00:00Z", "2027-03-28T02:00:00Z"], "next": None}
