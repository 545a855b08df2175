"""On-call schedules over HTTP: made, changed, removed; who is on call, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject

from autom8.kernel.vocabulary import LookKind, Role
from tests.api.rig import Caller, House
from tests.oncall.rota import (
    DAY,
    WEEK,
    contact,
    contacts,
    entries,
    etag,
    made,
    on_call,
    override,
    policy,
    rotation,
    schedule,
)

HOUR = timedelta(hours=1)


def test_a_schedule_is_added_read_changed_and_removed(api: Caller) -> None:
    ada, grace = contacts(api, "Ada", "Grace")
    there = schedule(api, rotation([ada, grace], name="Weekly"))
    path = f"/oncall/schedules/{there['id']}"

    assert api.get(path).json == there
    assert there["rotations"] == [{**rotation([ada, grace], name="Weekly"), "only": None}]
    assert there["people"] == [{"id": ada, "name": "Ada"}, {"id": grace, "name": "Grace"}]
    assert there["amiss"] == []

    changed = api.patch(path, {"name": "Nights", "description": "at night"}, etag(api, path))
    assert (changed.json["name"], changed.json["version"]) == ("Nights", 2)
    same = api.patch(path, {"name": "Nights"}, etag(api, path))
    assert same.json["version"] == 2, "what is so already changes nothing"
    assert api.delete(path, etag(api, path)).status_code == 204
    assert api.get(path).json["code"] == "schedule_not_found"
    assert [each["action"] for each in entries(api)][-3:] == [
        "schedule.added",
        "schedule.changed",
        "schedule.removed",
    ]


def test_one_that_was_changed_meanwhile_is_not_changed(api: Caller) -> None:
    path = f"/oncall/schedules/{schedule(api)['id']}"
    seen = etag(api, path)
    api.patch(path, {"name": "Mine"}, seen)

    for refused in (api.patch(path, {"name": "Yours"}, seen), api.delete(path, seen)):
        assert (refused.status_code, refused.json["code"]) == (412, "stale")
    assert api.patch(path, {"name": "x"}).status_code == 428
    assert api.get(path).json["name"] == "Mine"


def test_two_have_no_name_in_common(api: Caller) -> None:
    schedule(api, name="Ops")
    refused = api.post("/oncall/schedules", {"name": "\uff2fPS", "zone": "UTC"})

    assert (refused.status_code, refused.json["code"]) == (409, "name_taken")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"participants": []}, "rotations.0.participants"),
        ({"participants": [4711]}, "rotations.0.participants"),
        ({"participants": [2**63]}, "rotations.0.participants.0"),
        ({"participants": [True]}, "rotations.0.participants.0"),
        ({"participants": ["1"]}, "rotations.0.participants.0"),
        ({"turn_s": 1800}, "rotations.0.turn"),
        ({"turn_s": 2 * DAY + 3600}, "rotations.0.turn"),
        ({"turn_s": 10**12}, "rotations.0.turn_s"),
        ({"start": "2026-01-05T09:00:00Z"}, "rotations.0.start"),
        ({"start": "yesterday"}, "rotations.0.start"),
        ({"start": "0001-01-01T00:00"}, "rotations.0.start"),
        ({"zone": "Mars/Olympus"}, "rotations.0.zone"),
        ({"zone": "../../etc/passwd"}, "rotations.0.zone"),
        ({"name": "a\u202eb"}, "rotations.0.name"),
        ({"only": {"days": [], "from": "09:00", "until": "17:00"}}, "rotations.0.only.days"),
        ({"only": {"from": "9", "until": "17:00"}}, "rotations.0.only.from"),
        ({"only": {"from": "09:00", "until": "24:01"}}, "rotations.0.only.until"),
        ({"only": {"from": "09:00", "until": "17:00", "zone": "x"}}, "rotations.0.only.zone"),
        ({"surprise": 1}, "rotations.0.surprise"),
    ],
)
def test_a_rotation_that_can_not_be_meant_is_refused(local: Caller, change: Any, field: str) -> None:
    ada = contact(local, "Ada")
    body = {"name": "Ops", "zone": "UTC", "rotations": [{**rotation([ada]), **change}]}
    refused = local.post("/oncall/schedules", body)

    assert refused.status_code == 400, refused.text
    assert any(name.startswith(field) for name in refused.json["fields"]), refused.text
    assert local.get("/oncall/schedules").json["items"] == []


def test_who_is_on_call_is_told_with_who_is_next(api: Caller) -> None:
    ada, grace = contacts(api, "Ada", "Grace")
    there = schedule(api, rotation([ada, grace]))
    standing = api.get(f"/oncall/schedules/{there['id']}/now").json

    assert standing["schedule"] == {"id": there["id"], "name": "Operations", "zone": "Europe/Berlin"}
    [now], [coming] = standing["on_call"], standing["next"]
    assert {now["contact"]["name"], coming["contact"]["name"]} == {"Ada", "Grace"}
    assert now["until"] == coming["since"]
    week = datetime.fromisoformat(now["until"]) - datetime.fromisoformat(now["since"])
    assert abs(week - timedelta(weeks=1)) <= HOUR  # one, where the clocks were set
    assert api.get("/oncall").json["items"][0]["on_call"] == standing["on_call"]


def test_a_schedule_without_anybody_says_nobody(api: Caller) -> None:
    there = schedule(api)
    standing = api.get(f"/oncall/schedules/{there['id']}/now").json

    assert (standing["on_call"], standing["next"]) == ([], [])


def test_the_calendar_is_bounded(api: Caller) -> None:
    there = schedule(api, rotation(contacts(api, "Ada", "Grace")))
    path = f"/oncall/schedules/{there['id']}/shifts"

    month = api.get(f"{path}?since=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z").json["items"]
    assert [each["since"] for each in month] == [
        "2026-03-01T00:00:00Z",
        "2026-03-02T08:00:00Z",
        "2026-03-09T08:00:00Z",
        "2026-03-16T08:00:00Z",
        "2026-03-23T08:00:00Z",
        "2026-03-30T07:00:00Z",
    ]
    assert api.get(path).status_code == 200
    for query in (
        "since=2026-01-01T00:00:00Z&until=2028-06-01T00:00:00Z",
        "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
        "since=1969-01-01T00:00:00Z&until=1970-02-01T00:00:00Z",
        "since=9999-12-31T00:00:00Z",
        "since=9999-12-31T00:00:00Z&until=9999-12-31T01:00:00Z",
        "since=2026-01-01T00:00:00",
    ):
        assert api.get(f"{path}?{query}").status_code == 400, query


def test_a_schedule_that_changes_all_the_time_is_not_reckoned_for_long(local: Caller) -> None:
    people = contacts(local, "Ada", "Grace")
    only = {"days": ["mon"], "from": "00:00", "until": "24:00"}
    often = [rotation(people, 3600, start=f"2024-01-01T09:{minute:02}", only=only) for minute in range(20)]
    there = schedule(local, *often)
    path = f"/oncall/schedules/{there['id']}"

    assert (
        local.get(f"{path}/shifts?since=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z").status_code == 200
    )
    refused = local.get(f"{path}/shifts?since=2026-03-02T00:00:00Z&until=2026-04-02T00:00:00Z")
    assert refused.json["fields"].keys() == {"until"}
    assert local.get(f"{path}/now").status_code == 200
    assert local.get(f"{path}/calendar.ics").status_code == 200


def test_the_calendar_is_subscribed_to(api: Caller) -> None:
    name = "Ada; née, Lovelace \\ " + "ö" * 60
    ada, grace = contacts(api, name, "Grace")
    there = schedule(api, rotation([ada, grace]), name="Ops, all")
    answer = api.get(f"/oncall/schedules/{there['id']}/calendar.ics")
    feed = vobject.readOne(answer.get_data(as_text=True))

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    assert len(feed.vevent_list) in {31, 32}
    assert {each.summary.value for each in feed.vevent_list} == {f"{name} (Ops, all)", "Grace (Ops, all)"}
    first, second = feed.vevent_list[1:3]
    assert first.dtend.value == second.dtstart.value
    again = vobject.readOne(api.get(f"/oncall/schedules/{there['id']}/calendar.ics").get_data(as_text=True))
    assert [each.uid.value for each in again.vevent_list[1:]] == [
        each.uid.value for each in feed.vevent_list[1:]
    ]


def test_a_change_has_open_incidents_looked_at(each_house: House) -> None:
    api = each_house.local

    def looked_at() -> bool:
        with each_house.services.units.writing() as work:
            due = work.looks.earliest() is not None
            work.looks.forget(LookKind.INCIDENT, 0)
            work.commit()
        return due

    ada = contact(api, "Ada")
    assert not looked_at()
    there = schedule(api, rotation([ada]))
    assert looked_at()
    api.patch(
        f"/oncall/schedules/{there['id']}", {"name": "x"}, etag(api, f"/oncall/schedules/{there['id']}")
    )
    assert looked_at()
    put_on = override(api, there["id"], end=1, removed=ada)
    assert looked_at()
    api.delete(f"/oncall/schedules/{there['id']}/overrides/{put_on['id']}")
    assert looked_at()
    policy(api, [f"contact:{ada}"])
    assert looked_at()
    api.post(f"/contacts/{ada}/erase", {"confirm": "Ada"})
    assert looked_at()


def test_a_schedule_that_a_policy_names_stays(api: Caller) -> None:
    there = schedule(api, rotation([contact(api, "Ada")]))
    policy(api, [f"schedule:{there['id']}"], name="Ops first")
    path = f"/oncall/schedules/{there['id']}"
    refused = api.delete(path, etag(api, path))

    assert (refused.status_code, refused.json["code"]) == (409, "schedule_in_use")
    assert "'Ops first'" in refused.json["detail"]


def test_a_removed_schedule_takes_its_overrides_with_it(api: Caller) -> None:
    ada = contact(api, "Ada")
    there = schedule(api)
    override(api, there["id"], end=1, added=ada)
    path = f"/oncall/schedules/{there['id']}"

    assert on_call(api, there["id"]) == ["Ada"]
    assert api.delete(path, etag(api, path)).status_code == 204
    assert api.get(f"{path}/overrides").status_code == 404


def test_a_viewer_sees_who_is_on_call_and_changes_nothing(house: House) -> None:
    viewer, operator = house.user(Role.VIEWER), house.user(Role.OPERATOR)
    ada = contact(operator, "Ada")
    there = schedule(operator, rotation([ada]))
    path = f"/oncall/schedules/{there['id']}"

    assert on_call(viewer, there["id"]) == ["Ada"]
    body = {"end": (datetime.now(UTC) + HOUR).isoformat(), "added": ada}
    assert viewer.post(f"{path}/overrides", body).status_code == 403
    assert viewer.patch(path, {"name": "x"}, etag(viewer, path)).status_code == 403
    assert made(operator.post(f"{path}/overrides", body))["note"]


def test_an_addition_that_is_repeated_is_made_once(api: Caller) -> None:
    ada = contact(api, "Ada")
    body = {"name": "Ops", "zone": "UTC", "rotations": [rotation([ada], WEEK)]}
    keyed = api.having(Idempotency_Key="0b8a2b7e-6a57-4a13-9c1e-4b8b2a6f2f10")
    first, second = keyed.post("/oncall/schedules", body), keyed.post("/oncall/schedules", body)

    assert first.json == second.json
    assert len(api.get("/oncall/schedules").json["items"]) == 1
