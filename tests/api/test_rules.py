"""Rules over HTTP: what holds for an object and who said so, and the settings that say it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from autom8.alerts.rules import service
from autom8.models import AlertLook, RuleSetting, table_of
from tests.api.rig import Answer, Caller, House, Json
from tests.contacts.people import entries

SETTING = table_of(RuleSetting)
LOOK = table_of(AlertLook)


def say(caller: Caller, rule: str = "failed", **body: Any) -> Answer:
    body = {"kind": "task", "rule": rule, "changes": {"severity": "info"}, **body}
    answer = caller.post("/rules", body)
    assert answer.status_code == 201, answer.text
    return answer


def holds(caller: Caller, rule: str = "failed", kind: str = "task", number: int | None = None) -> Json:
    """What holds for a rule, of one object or of all."""
    query = f"kind={kind}" + ("" if number is None else f"&id={number}")
    answer = caller.get(f"/rules/effective?{query}")
    assert answer.status_code == 200, answer.text
    (found,) = [each for each in answer.json["items"] if each["rule"] == rule]
    return dict(found)


def test_what_nobody_spoke_of_is_as_by_default(api: Caller) -> None:
    assert holds(api) == {
        "kind": "task",
        "rule": "failed",
        "enabled": True,
        "count": 1,
        "time_s": None,
        "violated_for_s": 0,
        "fine_for_s": 0,
        "unknown_for_s": 300,
        "no_data": "keep",
        "raised_again_after_s": 0,
        "severity": "warning",
        "labels": {},
        "runbook": None,
        "policy_id": None,
        "set_by": [],
    }


def test_the_nearest_setting_wins_field_by_field_and_is_named_first(api: Caller) -> None:
    task = api.add_task("backup", tags=["db", "nightly"])
    api.add_task("other")
    say(api, changes={"count": 5, "severity": "info", "violated_for_s": 60})
    say(api, scope="one", value=str(task["id"]), changes={"runbook": "https://wiki/backup"})
    say(api, scope="tag", value="nightly", changes={"count": 9, "fine_for_s": 30})
    say(api, scope="tag", value="db", changes={"count": 3})

    rule = holds(api, number=task["id"])

    assert (rule["count"], rule["severity"], rule["violated_for_s"], rule["fine_for_s"]) == (
        3,
        "info",
        60,
        30,
    )
    assert rule["runbook"] == "https://wiki/backup"
    assert [(each["scope"], each["value"], each["fields"]) for each in rule["set_by"]] == [
        ("one", str(task["id"]), ["runbook"]),
        ("tag", "db", ["count"]),
        ("tag", "nightly", ["count", "fine_for_s"]),
        ("all", "", ["count", "severity", "violated_for_s"]),
    ]
    assert holds(api)["count"] == 5


def test_tags_that_a_task_loses_or_gains_change_what_holds(api: Caller) -> None:
    task = api.add_task("backup", tags=["db"])
    say(api, scope="tag", value="db", changes={"count": 3})
    say(api, scope="tag", value="web", changes={"count": 7})

    assert holds(api, number=task["id"])["count"] == 3
    etag = api.get(f"/tasks/{task['id']}").headers["ETag"]
    api.patch(f"/tasks/{task['id']}", {"tags": ["web"]}, etag)
    assert holds(api, number=task["id"])["count"] == 7


def test_a_tag_is_kept_as_tags_of_tasks_are(api: Caller) -> None:
    task = api.add_task("backup", tags=["  DB  Main "])
    made = say(api, scope="tag", value="Db main", changes={"count": 3})

    assert made.json["value"] == "db main"
    assert holds(api, number=task["id"])["count"] == 3
    assert api.get("/rules?scope=tag&value=DB%20main").json["items"] == [made.json]
    again = api.post(
        "/rules",
        {"kind": "task", "rule": "failed", "scope": "tag", "value": "DB MAIN", "changes": {"count": 4}},
    )
    assert (again.status_code, again.json["code"]) == (409, "rule_setting_there")


def test_checks_and_rules_spell_tags_alike(api: Caller) -> None:
    check = api.post("/checks", {"name": "offsite", "tags": ["Nightly", "nightly "]}).json
    say(api, kind="check", scope="tag", value="NIGHTLY", changes={"count": 3})

    assert check["tags"] == ["nightly"]
    assert holds(api, kind="check", number=check["id"])["count"] == 3


def test_an_id_is_kept_as_it_is_compared(api: Caller) -> None:
    task = api.add_task("backup")
    made = say(api, scope="one", value=f"00{task['id']}", changes={"count": 2})

    assert made.json["value"] == str(task["id"])
    assert holds(api, number=task["id"])["count"] == 2


def test_a_setting_is_changed_in_part_and_taken_back(api: Caller) -> None:
    made = say(api, changes={"count": 3, "severity": "critical"})
    path = f"/rules/{made.json['id']}"

    changed = api.patch(path, {"changes": {"severity": None, "fine_for_s": 60}}, made.headers["ETag"])
    assert changed.json["changes"] == {"count": 3, "fine_for_s": 60}
    assert changed.json["version"] == 2
    stale = api.patch(path, {"changes": {"count": 4}}, made.headers["ETag"])
    assert stale.status_code == 412
    assert api.delete(path, made.headers["ETag"]).status_code == 412
    assert api.delete(path, changed.headers["ETag"]).status_code == 204
    assert api.get(path).json["code"] == "rule_setting_not_found"
    assert holds(api)["count"] == 1


def test_the_trail_says_who_set_what_and_took_it_back(api: Caller) -> None:
    made = say(api, scope="tag", value="db", changes={"count": 3})
    path = f"/rules/{made.json['id']}"
    changed = api.patch(path, {"changes": {"count": 4}}, made.headers["ETag"])
    api.delete(path, changed.headers["ETag"])

    told = [each for each in entries(api) if each["object_type"] == "rule"]
    assert [(each["action"], each["details"]["changes"]) for each in told] == [
        ("rule.set", {"count": 3}),
        ("rule.changed", {"count": 4}),
        ("rule.unset", {"count": 4}),
    ]
    assert {(each["details"]["rule"], each["details"]["value"]) for each in told} == {("failed", "db")}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rule": "firing"}, "rule"),
        ({"kind": "own", "rule": "failed"}, "rule"),
        ({"value": "db"}, "value"),
        ({"scope": "tag"}, "value"),
        ({"scope": "tag", "value": "a,b"}, "value"),
        ({"scope": "tag", "value": "x" * 51}, "value"),
        ({"kind": "channel", "rule": "failing", "scope": "tag", "value": "db"}, "scope"),
        ({"kind": "own", "rule": "clock_stepped", "scope": "one", "value": "1"}, "scope"),
        ({"scope": "one"}, "value"),
        ({"scope": "one", "value": "backup"}, "value"),
        ({"scope": "one", "value": "²"}, "value"),
        ({"scope": "one", "value": "9" * 30}, "value"),
        ({"changes": {"count": 0}}, "changes.count"),
        ({"changes": {"time_s": 60}}, "changes.time_s"),
        ({"changes": {"fine_for_s": -1}}, "changes.fine_for_s"),
        ({"changes": {"loud": True}}, "changes.loud"),
        ({"changes": {"labels": {"a-b": "c"}}}, "changes.labels"),
        ({"changes": {"runbook": "ftp://x"}}, "changes.runbook"),
        ({"changes": {"policy_id": 77}}, "changes.policy_id"),
        ({"changes": {"policy_id": 10**30}}, "changes.policy_id"),
        ({"rule": "no_success_for", "changes": {"enabled": True}}, "changes.time_s"),
        ({"changes": []}, "changes"),
    ],
)
def test_what_can_not_be_meant_is_refused_by_its_field(local: Caller, body: Json, field: str) -> None:
    answer = local.post("/rules", {"kind": "task", "rule": "failed", "changes": {"count": 2}, **body})

    assert answer.status_code == 400, answer.text
    assert field in answer.text
    assert local.get("/rules").json["items"] == []


@pytest.mark.parametrize(
    ("kind", "rule"), [("task", "failed"), ("check", "failed"), ("channel", "failing"), ("pushed", "firing")]
)
def test_nothing_is_said_of_what_is_not_there(local: Caller, kind: str, rule: str) -> None:
    body = {"kind": kind, "rule": rule, "scope": "one", "value": "77", "changes": {"severity": "info"}}

    assert local.post("/rules", body).status_code == 404
    assert local.get(f"/rules/effective?kind={kind}&id=77").status_code == 404


def test_what_is_said_of_one_object_goes_with_it(api: Caller) -> None:
    task, other = api.add_task("backup", tags=["db"]), api.add_task("other")
    check = api.post("/checks", {"name": "offsite"}).json
    hook = {"name": "Hook", "kind": "webhook", "fields": {"url": "https://hooks.example/x"}}
    channel = api.post("/channels", hook).json
    kept = [say(api, scope="one", value=str(other["id"])), say(api, scope="tag", value="db"), say(api)]
    say(api, scope="one", value=str(task["id"]))
    say(api, kind="check", scope="one", value=str(check["id"]))
    say(api, "failing", kind="channel", scope="one", value=str(channel["id"]))

    for path in (f"/tasks/{task['id']}", f"/checks/{check['id']}", f"/channels/{channel['id']}"):
        assert api.delete(path, api.get(path).headers["ETag"]).status_code == 204

    assert api.get("/rules").json["items"] == [each.json for each in kept]


def test_a_change_has_all_of_its_kind_be_looked_at_at_once(each_house: House) -> None:
    local, units = each_house.local, each_house.services.units
    local.add_task("backup")
    far = datetime.fromisoformat("2999-01-01T00:00:00Z")

    def due() -> dict[str, datetime | None]:
        with units.reading() as work:
            rows = work.session.execute(select(LOOK.c.kind, LOOK.c.due_at))
            return {row.kind: row.due_at for row in rows}

    local.post("/checks", {"name": "offsite"})
    for change in ("add", "change", "remove"):
        with units.writing() as work:
            work.session.execute(update(LOOK).values(due_at=far))
            work.commit()
        if change == "add":
            made = say(local)
        elif change == "change":
            made = local.patch(f"/rules/{made.json['id']}", {"changes": {"count": 2}}, made.headers["ETag"])
        else:
            local.delete(f"/rules/{made.json['id']}", made.headers["ETag"])
        found = due()
        assert found["task"] is not None
        assert (found["task"] < far, found["check"]) == (True, far), change


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "metric", "rule": "17"},
        {"rule": "of_a_newer_release"},
        {"changes": {"of_a_newer_release": 1}},
        {"changes": ["no", "object"]},
        {"scope": "one", "scope_value": "1", "changes": {"count": -1}},
    ],
)
def test_a_row_that_nobody_can_read_is_left_out_and_the_rest_holds(each_house: House, row: Json) -> None:
    local = each_house.local
    local.add_task("backup")
    say(local, scope="one", value="1", rule="lost", changes={"severity": "info"})
    whole = {"kind": "task", "rule": "failed", "scope": "all", "scope_value": "", "changes": {}, "version": 1}
    now = datetime.fromisoformat("2026-05-04T12:00:00Z")
    with each_house.services.units.writing() as work:
        work.session.execute(insert(SETTING).values(**{**whole, **row, "created_at": now, "updated_at": now}))
        work.commit()

    assert holds(local, number=1)["count"] == 1
    assert holds(local, "lost", number=1)["severity"] == "info"
    if "kind" in row:
        assert [each["rule"] for each in local.get("/rules").json["items"]] == ["lost"]


def test_there_are_so_many_settings_and_no_more(local: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SETTINGS_MAX", 1)
    say(local)

    refused = local.post("/rules", {"kind": "task", "rule": "lost", "changes": {"severity": "info"}})

    assert (refused.status_code, refused.json["code"]) == (409, "too_many_rule_settings")


def test_two_who_say_it_at_once_are_one_setting(each_house: House) -> None:
    """The database's own key refuses the second, whoever looked first."""
    say(each_house.local)
    with each_house.services.units.reading() as work:
        rows = work.session.execute(text("SELECT count(*) FROM rule_setting")).scalar_one()
    second = each_house.local.post("/rules", {"kind": "task", "rule": "failed", "changes": {"count": 2}})

    assert (rows, second.status_code) == (1, 409)
