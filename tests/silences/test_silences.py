"""Silences and maintenance windows over HTTP: made, changed, ended, listed, refused, and audited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autom8.alerts.silences import service
from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House, Json

ALWAYS = {"from": "00:00", "until": "24:00", "zone": "UTC"}


def hours_on(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def silence(api: Caller, matchers: object = 'task="backup"', **more: Any) -> Json:
    answer = api.post("/silences", {"matchers": matchers, "ends_at": hours_on(2), **more})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json
    return made


def test_one_is_made_from_text_or_from_a_list_and_read_again(api: Caller) -> None:
    made = silence(api, 'task=~"db.*", severity!=info', comment="new disk")
    same = silence(
        api,
        [
            {"name": "task", "value": "db.*", "isRegex": True},
            {"name": "severity", "value": "info", "isEqual": False},
        ],
    )
    assert made["text"] == same["text"] == 'task=~"db.*", severity!="info"'
    assert (made["state"], made["holds"], made["created_by"], made["comment"]) == (
        "active",
        True,
        "local",
        "new disk",
    )
    assert api.get(f"/silences/{made['id']}").json == made
    assert [each["id"] for each in api.get("/silences").json["items"]] == [same["id"], made["id"]]


def test_each_state_is_listed(api: Caller) -> None:
    active, pending, over = (
        silence(api, **more) for more in ({}, {"starts_at": hours_on(1)}, {"comment": "soon over"})
    )
    ended = api.post(f"/silences/{over['id']}/expire").json
    assert (ended["state"], ended["holds"], ended["version"]) == ("expired", False, 2)
    for state, one in (("active", active), ("pending", pending), ("expired", over)):
        assert [each["id"] for each in api.get(f"/silences?state={state}").json["items"]] == [one["id"]]
    live = api.get("/silences?state=active,pending").json["items"]
    assert [each["id"] for each in live] == [pending["id"], active["id"]]
    assert api.get("/silences?state=active,gone").status_code == 400
    again = api.post(f"/silences/{over['id']}/expire").json
    assert again == ended
    cancelled = api.post(f"/silences/{pending['id']}/expire").json
    assert cancelled["state"] == "expired"
    assert cancelled["starts_at"] == cancelled["ends_at"]


def test_a_maintenance_window_holds_in_its_hours_only(api: Caller) -> None:
    now = datetime.now(UTC)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    other = {**ALWAYS, "days": [days[(now.weekday() + 3) % 7]]}
    waits, holds = silence(api, hours=other), silence(api, hours=ALWAYS)
    assert (waits["state"], waits["holds"]) == ("active", False)
    assert holds["holds"] is True
    tag = api.get(f"/silences/{waits['id']}").headers["ETag"]
    changed = api.patch(f"/silences/{waits['id']}", {"hours": None}, tag).json
    assert (changed["hours"], changed["holds"]) == (None, True)


def test_it_is_changed_by_whoever_has_seen_it_until_it_is_over(api: Caller) -> None:
    made = silence(api, comment="before")
    path = f"/silences/{made['id']}"
    tag = api.get(path).headers["ETag"]
    changed = api.patch(path, {"comment": "after", "matchers": "task=report"}, tag)
    assert (changed.json["comment"], changed.json["text"], changed.json["version"]) == (
        "after",
        'task="report"',
        2,
    )
    assert changed.json["ends_at"] == made["ends_at"]
    assert api.patch(path, {"comment": "late"}, tag).status_code == 412
    assert api.patch(path, {"comment": "late"}).status_code == 428
    api.post(f"{path}/expire")
    over = api.patch(path, {"comment": "late"}, api.get(path).headers["ETag"])
    assert (over.status_code, over.json["code"]) == (409, "silence_over")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"matchers": "task"}, "matchers"),
        ({"matchers": ""}, "matchers"),
        ({"matchers": []}, "matchers"),
        ({"matchers": 'task=~".*"'}, "matchers"),
        ({"matchers": [{"name": "a", "value": "(", "isRegex": True}]}, "matchers"),
        ({"matchers": [{"name": "a", "value": "x"}] * 51}, "matchers"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"starts_at": "2099-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2090-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "soon"}, "ends_at"),
        ({"hours": {"from": "25:00", "until": "26:00", "zone": "UTC"}}, "hours.from"),
        ({"hours": {"from": "01:00", "until": "02:00", "zone": "Nowhere"}}, "hours.zone"),
        ({"hours": {"from": "01:00", "until": "02:00"}}, "hours.zone"),
        ({"comment": "x" * 4_001}, "comment"),
        ({"comment": "a\0b"}, "comment"),
        ({"silent": True}, "silent"),
    ],
)
def test_what_can_not_be_meant_is_refused(local: Caller, body: Json, field: str) -> None:
    answer = local.post("/silences", {"matchers": "a=b", "ends_at": hours_on(1), **body})
    assert answer.status_code == 400, answer.text
    assert field in answer.json["fields"]
    assert local.get("/silences").json["items"] == []


def test_there_may_be_so_many_at_once(local: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LIVE_MAX", 2)
    first, _ = silence(local), silence(local)
    refused = local.post("/silences", {"matchers": "a=b", "ends_at": hours_on(1)})
    assert (refused.status_code, refused.json["code"]) == (409, "too_many_silences")
    local.post(f"/silences/{first['id']}/expire")
    silence(local)


def test_the_trail_says_who_silenced_what(api: Caller) -> None:
    made = silence(api, comment="new disk")
    tag = api.get(f"/silences/{made['id']}").headers["ETag"]
    api.patch(f"/silences/{made['id']}", {"comment": "newer disk"}, tag)
    api.post(f"/silences/{made['id']}/expire")
    items = api.get("/audit?order=seq&limit=200").json["items"]
    told = [each for each in items if each["action"].startswith("silence.")]
    assert [each["action"] for each in told] == ["silence.added", "silence.changed", "silence.expired"]
    assert told[1]["details"]["comment"] == "newer disk"
    assert told[0]["details"]["matchers"] == ['task="backup"']


def test_a_change_has_open_incidents_looked_at(api: Caller) -> None:
    work_of = api.services.alerts.begin
    with work_of() as work:
        assert work.looks.earliest() is None
    silence(api)
    with work_of() as work:
        due = work.looks.earliest()
        assert due is not None
        assert due <= work.now()


def test_open_incidents_are_looked_at_again_when_a_silence_begins(api: Caller) -> None:
    made = silence(api, starts_at=hours_on(1))
    while api.services.alerts.telling.looker.look():
        pass
    with api.services.alerts.begin() as work:
        assert work.looks.earliest() == datetime.fromisoformat(made["starts_at"])


def test_retention_forgets_silences_and_alerts_that_are_over(api: Caller) -> None:
    over, stays = silence(api), silence(api)
    api.post(f"/silences/{over['id']}/expire")
    api.post("//api/v2/alerts", [{"labels": {"alertname": "A"}}])
    api.post("//api/v2/alerts", [{"labels": {"alertname": "A"}, "endsAt": hours_on(-0.001)}])
    api.services.alerts.prune(timedelta())
    assert [each["id"] for each in api.get("/silences").json["items"]] == [stays["id"]]
    with api.services.alerts.begin() as work:
        assert work.pushed.find_many([1]) == {}


def test_dependencies_are_kept_by_name(api: Caller) -> None:
    body = {
        "name": "Site",
        "parents": "alertname=SiteDown",
        "children": "alertname!=SiteDown",
        "equal": ["site"],
    }
    made = api.post("/dependencies", body)
    assert made.status_code == 201, made.text
    path, tag = f"/dependencies/{made.json['id']}", made.headers["ETag"]
    assert api.post("/dependencies", {**body, "name": "SITE"}).status_code == 409
    changed = api.patch(path, {"equal": ["site", "rack"], "comment": "racks too"}, tag)
    assert (changed.json["equal"], changed.json["comment"]) == (["site", "rack"], "racks too")
    assert api.patch(path, {"comment": ""}, tag).status_code == 412
    assert [each["name"] for each in api.get("/dependencies").json["items"]] == ["Site"]
    assert api.delete(path, changed.headers["ETag"]).status_code == 204
    assert api.get(path).json["code"] == "dependency_not_found"
    items = api.get("/audit?order=seq&limit=200").json["items"]
    told = [each for each in items if each["action"].startswith("dependency.")]
    verbs = ["dependency.added", "dependency.changed", "dependency.removed"]
    assert [each["action"] for each in told] == verbs
    assert told[0]["details"] == {**body, "comment": ""}
    assert told[1]["details"] == {"equal": ["site", "rack"], "comment": "racks too"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parents": ""}, "parents"),
        ({"children": "a=~("}, "children"),
        ({"equal": ["x"] * 21}, "equal"),
        ({"equal": [""]}, "equal"),
        ({"name": " "}, "name"),
    ],
)
def test_a_dependency_that_can_not_be_meant_is_refused(local: Caller, change: Json, field: str) -> None:
    answer = local.post("/dependencies", {"name": "d", "parents": "a=b", "children": "a=c", **change})
    assert answer.status_code == 400
    assert any(name.startswith(field) for name in answer.json["fields"]), answer.json


def test_a_viewer_sees_and_changes_nothing_and_a_stranger_sees_nothing(house: House) -> None:
    made = silence(house.local)
    viewer = house.user(Role.VIEWER)
    assert viewer.get(f"/silences/{made['id']}").status_code == 200
    assert viewer.get("//api/v2/silences").status_code == 200
    asks: list[tuple[str, str, Any]] = [
        ("POST", "/silences", {"matchers": "a=b", "ends_at": hours_on(1)}),
        ("POST", f"/silences/{made['id']}/expire", None),
        ("POST", "/dependencies", {"name": "d", "parents": "a=b", "children": "a=c"}),
        ("POST", "//api/v2/alerts", [{"labels": {"a": "b"}}]),
        ("DELETE", f"//api/v2/silence/{made['key']}", None),
    ]
    for method, path, body in asks:
        given = {} if body is None else {"json": body}
        assert viewer.ask(method, path, **given).status_code == 403, path
        assert house.stranger.ask(method, path, **given).status_code == 401, path
    assert house.stranger.get("//api/v2/alerts").status_code == 401
