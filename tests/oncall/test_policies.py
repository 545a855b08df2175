"""Escalation policies over HTTP: made, changed, made the default, and removed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from autom8.alerts.policies.targets import policy_of
from autom8.models import RuleSetting, table_of
from tests.api.rig import Caller, House
from tests.oncall.rota import contact, entries, etag, policy, rotation, schedule


def test_a_policy_is_added_read_changed_and_removed(api: Caller) -> None:
    ada = contact(api, "Ada")
    team = api.post("/groups", {"name": "Team"}).json["id"]
    ops = schedule(api, rotation([ada]))["id"]
    there = policy(api, [f"schedule:{ops}"], [f"contact:{ada}", f"group:{team}"], repeats=None)
    path = f"/escalation-policies/{there['id']}"

    assert api.get(path).json == there
    assert there["steps"][1] == {"targets": [f"contact:{ada}", f"group:{team}"], "after_s": 300}
    assert there["names"] == {
        f"contact:{ada}": "Ada",
        f"group:{team}": "Team",
        f"schedule:{ops}": "Operations",
    }
    assert (there["repeats"], there["repeated_after_s"], there["is_default"]) == (None, 900, False)
    changed = api.patch(path, {"repeats": 3, "description": "calm"}, etag(api, path)).json
    assert (changed["repeats"], changed["version"], changed["steps"]) == (3, 2, there["steps"])
    assert api.patch(path, {"repeats": None}, etag(api, path)).json["repeats"] is None
    assert api.patch(path, {"name": "x"}, '"e1-v1"').json["code"] == "stale"
    assert api.delete(path, '"e1-v1"').json["code"] == "stale"
    assert api.delete(path, etag(api, path)).status_code == 204
    assert api.get(path).json["code"] == "policy_not_found"
    actions = [each["action"] for each in entries(api) if each["object_type"] == "policy"]
    assert actions == ["policy.added", "policy.changed", "policy.changed", "policy.removed"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": [{"targets": []}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["contact:4711"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["group:4711"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["schedule:4711"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["channel:4711"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["contact:0"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["contact:1\n"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["contact:99999999999999999999"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["user:1"]}]}, "steps.0.targets"),
        ({"steps": [{"targets": ["contact:1"], "after_s": -1}]}, "steps.0.after_s"),
        ({"steps": [{"targets": ["contact:1"], "after_s": 604_801}]}, "steps"),
        ({"steps": [{"targets": ["contact:1"]}] * 21}, "steps"),
        ({"repeats": -1}, "repeats"),
        ({"repeats": 1_001}, "repeats"),
        ({"repeated_after_s": 59}, "repeated_after_s"),
        ({"repeated_after_s": 604_801}, "repeated_after_s"),
        ({"name": " "}, "name"),
        ({"is_default": 1}, "is_default"),
    ],
)
def test_one_that_can_not_be_meant_is_refused(local: Caller, change: Any, field: str) -> None:
    assert contact(local, "Ada") == 1
    body = {"name": "First", "steps": [{"targets": ["contact:1"]}], **change}
    refused = local.post("/escalation-policies", body)

    assert refused.status_code == 400, refused.text
    assert all(name.startswith(field) for name in refused.json["fields"]), refused.text
    there = policy(local, ["contact:1"])
    path = f"/escalation-policies/{there['id']}"
    assert local.patch(path, change, etag(local, path)).status_code == 400
    assert local.get(path).json == there


def test_one_at_most_is_the_default(each_house: House) -> None:
    api = each_house.local
    ada = f"contact:{contact(api, 'Ada')}"
    first = policy(api, [ada], name="First", is_default=True)
    second = policy(api, [ada], name="Second", is_default=True)

    assert _defaults(api) == ["Second"]
    for asked, name in (("true", "Second"), ("false", "First")):
        found = api.get(f"/escalation-policies?is_default={asked}").json["items"]
        assert [each["name"] for each in found] == [name]
    assert _policy_of(each_house, None) == second["id"]
    assert _policy_of(each_house, first["id"]) == first["id"]
    assert _policy_of(each_house, 4711) == second["id"]
    path = f"/escalation-policies/{first['id']}"
    assert api.patch(path, {"is_default": True}, etag(api, path)).json["is_default"] is True
    assert _defaults(api) == ["First"]
    refused = api.delete(path, etag(api, path))
    assert (refused.status_code, refused.json["code"]) == (409, "policy_in_use")
    api.patch(path, {"is_default": False}, etag(api, path))
    assert _defaults(api) == []
    assert _policy_of(each_house, None) is None
    assert api.delete(path, etag(api, path)).status_code == 204


def test_a_policy_that_another_replaces_as_the_default_is_changed_and_audited(api: Caller) -> None:
    ada = f"contact:{contact(api, 'Ada')}"
    first = policy(api, [ada], name="First", is_default=True)
    second = policy(api, [ada], name="Second", is_default=True)

    told = [(each["action"], each["object_id"], each["details"]) for each in entries(api)]
    assert told[-2] == ("policy.changed", str(first["id"]), {"is_default": False})
    assert told[-1][:2] == ("policy.added", str(second["id"]))
    there = api.get(f"/escalation-policies/{first['id']}").json
    assert (there["is_default"], there["version"]) == (False, first["version"] + 1)
    assert there["updated_at"] > first["updated_at"]


def test_one_that_a_rule_names_stays(each_house: House) -> None:
    api = each_house.local
    there = policy(api, [f"contact:{contact(api, 'Ada')}"])
    with each_house.services.units.writing() as work:
        row = {"kind": "task", "rule": "failed", "scope": "tag", "scope_value": "db"}
        stamps = {"version": 1, "created_at": work.now(), "updated_at": work.now()}
        values = {**row, **stamps, "changes": {"policy_id": there["id"]}}
        work.session.execute(insert(table_of(RuleSetting)).values(**values))
        work.commit()
    path = f"/escalation-policies/{there['id']}"
    refused = api.delete(path, etag(api, path))

    assert (refused.status_code, refused.json["code"]) == (409, "policy_in_use")
    assert "task failed tag db" in refused.json["detail"]
    other = policy(api, [f"contact:{contact(api, 'Grace')}"], name="Other")
    other_path = f"/escalation-policies/{other['id']}"
    assert api.delete(other_path, etag(api, other_path)).status_code == 204


def _defaults(api: Caller) -> list[str]:
    items = api.get("/escalation-policies").json["items"]
    return [each["name"] for each in items if each["is_default"]]


def _policy_of(house: House, policy_id: int | None) -> int | None:
    with house.services.units.reading() as work:
        found = policy_of(work, policy_id)
    return None if found is None else found[0]
