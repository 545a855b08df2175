"""Overrides over HTTP: who stands in for whom, what is said beside, and how many there may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autom8.alerts.schedules.overriding import OVERRIDES_MAX
from tests.api.rig import Caller
from tests.oncall.rota import contact, contacts, entries, on_call, override, rotation, schedule


@pytest.fixture
def rota(api: Caller) -> tuple[int, int, int, int]:
    """A schedule with Ada alone, and Grace and Radia beside it."""
    ada, grace, radia = contacts(api, "Ada", "Grace", "Radia")
    return schedule(api, rotation([ada]))["id"], ada, grace, radia


def test_somebody_stands_in_for_a_while(api: Caller, rota: Any) -> None:
    ops, ada, grace, _ = rota
    there = override(api, ops, end=2, added=grace, removed=ada, comment="dentist")

    assert there["note"] is None
    assert (there["added"], there["removed"]) == ({"id": grace, "name": "Grace"}, {"id": ada, "name": "Ada"})
    assert (there["comment"], there["created_by"]) == ("dentist", "local")
    assert on_call(api, ops) == ["Grace"]
    listed = api.get(f"/oncall/schedules/{ops}/overrides").json["items"]
    assert listed == [{name: value for name, value in there.items() if name != "note"}]
    standing = api.get(f"/oncall/schedules/{ops}/now").json
    assert standing["on_call"][0]["until"] == there["end"]
    assert standing["next"][0]["contact"]["name"] == "Ada"

    assert api.delete(f"/oncall/schedules/{ops}/overrides/{there['id']}").status_code == 204
    assert on_call(api, ops) == ["Ada"]
    gone = api.delete(f"/oncall/schedules/{ops}/overrides/{there['id']}")
    assert gone.json["code"] == "override_not_found"
    told = [(each["action"], each["details"].get("added")) for each in entries(api)][-2:]
    assert told == [("override.added", grace), ("override.removed", grace)]


def test_what_may_be_overlooked_is_said(api: Caller, rota: Any) -> None:
    ops, ada, grace, radia = rota

    assert "on call in this time already" in override(api, ops, end=2, added=ada)["note"]
    assert "this changes nothing" in override(api, ops, end=2, removed=grace)["note"]
    override(api, ops, end=2, added=grace)
    chained = override(api, ops, end=2, added=radia, removed=grace)["note"]
    assert "nobody stands in" in chained
    assert "no other takes away" in chained
    assert on_call(api, ops) == ["Ada", "Grace"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end": "2020-01-01T00:00:00Z"}, "end"),
        ({"days": 101}, "end"),
        ({"start_days": 801, "days": 1}, "start"),
        ({"added": None}, "added"),
        ({"added": 4711}, "added"),
        ({"removed": "same"}, "added"),
        ({"end": None}, "end"),
        ({"end": "9999-12-31T23:59:59-23:59"}, "end"),
        ({"comment": "a\nb"}, "comment"),
        ({"comment": "x" * 1_001}, "comment"),
    ],
)
def test_one_that_can_not_be_meant_is_refused(api: Caller, rota: Any, change: Any, field: str) -> None:
    ops, ada, grace, _ = rota
    change = dict(change)
    start = datetime.now(UTC) + timedelta(days=change.pop("start_days", 0))
    body = {"start": start.isoformat(), "added": grace}
    body["end"] = (start + timedelta(days=change.pop("days", 1))).isoformat()
    if change.get("removed") == "same":
        change["removed"] = grace
    refused = api.post(f"/oncall/schedules/{ops}/overrides", {**body, **change})

    assert refused.status_code == 400, refused.text
    assert refused.json["fields"].keys() == {field}
    assert api.get(f"/oncall/schedules/{ops}/overrides").json["items"] == []
    assert on_call(api, ops) == ["Ada"], ada


def test_only_so_many_wait(local: Caller) -> None:
    ada = contact(local, "Ada")
    ops = schedule(local)["id"]
    for number in range(OVERRIDES_MAX):
        override(local, ops, start=number, end=number + 1, added=ada)
    body = {"end": (datetime.now(UTC) + timedelta(hours=1)).isoformat(), "added": ada}
    refused = local.post(f"/oncall/schedules/{ops}/overrides", body)

    assert (refused.status_code, refused.json["code"]) == (409, "too_many_overrides")


def test_those_of_another_schedule_are_not_touched(api: Caller, rota: Any) -> None:
    ops, _, grace, _ = rota
    other = schedule(api, name="Other")["id"]
    there = override(api, ops, end=2, added=grace)

    refused = api.delete(f"/oncall/schedules/{other}/overrides/{there['id']}")
    assert refused.json["code"] == "override_not_found"
    assert on_call(api, ops) == ["Ada", "Grace"]


def test_a_repeated_request_makes_one_override_and_is_answered_alike(api: Caller, rota: Any) -> None:
    ops, ada, grace, _ = rota
    end = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    ask = {"end": end, "added": ada, "removed": grace, "comment": "by mistake"}

    first, again = (
        api.post(f"/oncall/schedules/{ops}/overrides", ask, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["note"]
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(api.get(f"/oncall/schedules/{ops}/overrides").json["items"]) == 1
