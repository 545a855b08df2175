"""Contacts and groups go: rotations, overrides and policies that named them are settled with it."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import insert, update

from autom8.alerts.on_call import Schedule, without
from autom8.alerts.on_call import on_call as turns_at
from autom8.alerts.policies.targets import policy_of, reached
from autom8.alerts.schedules.shapes import rotation_of
from autom8.kernel.errors import Invalid
from autom8.models import Channel, EscalationPolicy, OnCallOverride, OnCallSchedule, table_of
from tests.alerts.message_rig import add_incident
from tests.api.rig import Caller, House
from tests.contacts.racers import OPERATOR
from tests.oncall.rota import (
    DAY,
    contact,
    contacts,
    entries,
    etag,
    on_call,
    override,
    policy,
    rotation,
    schedule,
)


def _erase(api: Caller, contact_id: int, name: str) -> None:
    answer = api.post(f"/contacts/{contact_id}/erase", {"confirm": name})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("gone", range(4))
def test_the_turns_of_the_others_go_on_when_one_is_erased(api: Caller, gone: int) -> None:
    names = ["Ada", "Grace", "Radia", "Barbara"]
    people = contacts(api, *names)
    ops = schedule(api, rotation(people, DAY))["id"]
    [before], coming = on_call(api, ops), _coming(api, ops)
    _erase(api, people[gone], names[gone])

    left = [name for name in coming if name != names[gone]]
    assert _coming(api, ops)[:2] == left[:2]
    assert on_call(api, ops) == ([before] if before != names[gone] else left[:1])
    there = api.get(f"/oncall/schedules/{ops}").json
    assert (there["version"], there["amiss"]) == (2, [])
    assert names[gone] not in {each["name"] for each in there["people"]}
    told = entries(api)[-1]
    assert (told["action"], told["details"]) == (
        "schedule.changed",
        {"contact_gone": people[gone], "instead": None},
    )


def _coming(api: Caller, ops: int) -> list[str]:
    """Who is on call now, and then, each day."""
    shifts = api.get(f"/oncall/schedules/{ops}/shifts").json["items"]
    return [each["contact"]["name"] for each in shifts[:4]]


def test_without_keeps_who_is_on_call_at_any_time() -> None:
    mine = rotation_of(rotation([1, 2, 3, 2, 4], DAY))
    for day in range(40):
        at = datetime(2026, 3, 1 + day % 28, 12, tzinfo=UTC)
        [now] = turns_at(Schedule(rotations=(mine,)), at)
        for gone in {1, 2, 3, 4} - {now}:
            left = list(without(mine, gone, at=at))
            others = Schedule(rotations=(rotation_of(rotation(left, DAY)),))
            assert turns_at(others, at) == {now}


def test_a_rotation_whose_last_is_erased_stays_and_says_nobody(api: Caller) -> None:
    ada = contact(api, "Ada")
    ops = schedule(api, rotation([ada], name="Weekly"))["id"]
    override(api, ops, end=1, added=ada)
    _erase(api, ada, "Ada")

    there = api.get(f"/oncall/schedules/{ops}").json
    assert [each["participants"] for each in there["rotations"]] == [[]]
    assert there["amiss"] == ["rotation 1 has nobody in it"]
    assert on_call(api, ops) == []
    assert api.get(f"/oncall/schedules/{ops}/overrides").json["items"] == []
    path = f"/oncall/schedules/{ops}"
    assert api.patch(path, {"name": "Still"}, etag(api, path)).status_code == 200


def test_a_contact_that_was_merged_is_stood_for_by_the_one_that_stays(api: Caller) -> None:
    ada, again, grace = contacts(api, "Ada", "Ada", "Grace")
    ops = schedule(api, rotation([again, grace], DAY), rotation([ada, again], DAY))["id"]
    for pair in ({"added": again}, {"removed": again}, {"added": again, "removed": ada}):
        override(api, ops, start=24, end=25, **pair)
    there = policy(api, [f"contact:{again}", f"contact:{ada}"], [f"contact:{again}"])
    merge = {"other_id": again, "other_version": 1}
    answer = api.ask("POST", f"/contacts/{ada}/merge", json=merge, headers={"If-Match": f'"c{ada}-v1"'})
    assert answer.status_code == 200, answer.text

    rotations = api.get(f"/oncall/schedules/{ops}").json["rotations"]
    assert [each["participants"] for each in rotations] == [[ada, grace], [ada, ada]]
    found = api.get(f"/oncall/schedules/{ops}/overrides").json["items"]
    assert [(each["added"], each["removed"]) for each in found] == [
        ({"id": ada, "name": "Ada"}, None),
        (None, {"id": ada, "name": "Ada"}),
    ]
    steps = api.get(f"/escalation-policies/{there['id']}").json["steps"]
    assert [each["targets"] for each in steps] == [[f"contact:{ada}"], [f"contact:{ada}"]]


def test_a_turn_goes_on_where_both_of_those_that_are_merged_take_turns(api: Caller) -> None:
    again, grace, ada = contacts(api, "Ada", "Grace", "Ada")
    ops = schedule(api, rotation([again, grace, ada], DAY))["id"]
    before = _coming(api, ops)
    merge = {"other_id": again, "other_version": 1}
    api.ask("POST", f"/contacts/{ada}/merge", json=merge, headers={"If-Match": f'"c{ada}-v1"'})

    found = api.get(f"/oncall/schedules/{ops}").json["rotations"][0]["participants"]
    assert found == [ada, grace, ada]
    after = [each for each, _ in groupby(_coming(api, ops))]
    assert after[: len(before) - 1] == [each for each, _ in groupby(before)][: len(before) - 1]


@pytest.mark.parametrize("merged", [True, False])
def test_an_incident_loses_the_name_of_who_is_gone_and_keeps_who_is_merged(
    each_house: House, merged: bool
) -> None:
    api, links = each_house.local, each_house.services.alerts.links
    ada, number = contact(api, "Ada Lovelace"), add_incident(each_house.services.units)
    with each_house.services.units.reading() as work:
        url = links.url(number, ada, "m", work.now())
    links.use(url.rpartition("/")[2])
    api.post(f"/incidents/{number}/assign", {"contact_id": ada})
    path, story = f"/incidents/{number}", f"/incidents/{number}/story"
    assert api.get(path).json["acknowledged_by"] == "Ada Lovelace"
    assert [each["actor"] for each in api.get(story).json["items"]] == ["Ada Lovelace", "local"]

    if merged:
        stays = contact(api, "Augusta")
        merge = {"other_id": ada, "other_version": 1}
        header = {"If-Match": f'"c{stays}-v1"'}
        assert api.ask("POST", f"/contacts/{stays}/merge", json=merge, headers=header).status_code == 200
        now = api.get(path).json
        assert (now["acknowledged_by"], now["assigned_to"]) == ("Augusta", stays)
    else:
        _erase(api, ada, "Ada Lovelace")
        now = api.get(path).json
        assert (now["acknowledged_by"], now["assigned_to"]) == ("a contact that was erased", None)
        assert now["state"] == "acknowledged"
        assert "Ada" not in api.get(path).text + api.get(story).text


def test_a_step_that_nobody_is_left_in_stays_and_tells_nobody(each_house: House) -> None:
    api = each_house.local
    ada, grace = contacts(api, "Ada", "Grace")
    team = api.post("/groups", {"name": "Team"}).json["id"]
    there = policy(api, [f"contact:{ada}", f"contact:{grace}"], [f"group:{team}"], [f"contact:{ada}"])
    _erase(api, ada, "Ada")
    api.delete(f"/groups/{team}", etag(api, f"/groups/{team}"))

    now = api.get(f"/escalation-policies/{there['id']}").json
    assert [each["targets"] for each in now["steps"]] == [[f"contact:{grace}"], [], []]
    assert now["amiss"] == [f"step {number} tells nobody: who was named there is gone" for number in (2, 3)]
    with each_house.services.units.reading() as work:
        found = policy_of(work, there["id"])
    assert found is not None
    assert [each.targets for each in found[1].steps] == [(f"contact:{grace}",), (), ()]
    actions = [each["action"] for each in entries(api)][-4:]
    assert actions == ["contact.erased", "policy.changed", "group.removed", "policy.changed"]


def test_a_channel_of_the_contact_s_own_goes_with_them(each_house: House) -> None:
    api = each_house.local
    ada = contact(api, "Ada")
    with each_house.services.units.writing() as work:
        columns = {"name": "ada", "name_key": "ada", "kind": "email", "config": {}, "limits": {}}
        stamps = {"version": 1, "created_at": work.now(), "updated_at": work.now(), "failures": 0}
        values = {**columns, **stamps, "templates": {}, "enabled": True, "contact_id": ada}
        work.session.execute(insert(table_of(Channel)).values(**values))
        work.commit()
    there = policy(api, ["channel:1"])
    assert there["names"] == {"channel:1": "ada"}
    _erase(api, ada, "Ada")

    assert api.get(f"/escalation-policies/{there['id']}").json["steps"][0]["targets"] == []


def test_who_stands_behind_targets_is_told_once_and_in_order(each_house: House) -> None:
    api = each_house.local
    ada, grace, radia = contacts(api, "Ada", "Grace", "Radia")
    team = api.post("/groups", {"name": "Team"}).json["id"]
    api.post("/contacts/bulk", {"ids": [grace, ada], "action": "add_to_group", "group_id": team})
    ops = schedule(api, rotation([radia]))["id"]
    targets = [
        f"schedule:{ops}",
        f"group:{team}",
        f"contact:{radia}",
        "contact:4711",
        "channel:9",
        "nonsense",
    ]
    with each_house.services.units.reading() as work:
        behind = reached(work, [*targets, "group:4711", "schedule:4711"], datetime.now(UTC))

    assert (behind.contact_ids, behind.channel_ids) == ((radia, ada, grace), ())


BROKEN: list[Any] = [
    "text",
    {"an": "object"},
    [None],
    ["text"],
    [{}],
    [{"participants": "text"}],
    [{"participants": [1], "turn_s": "x", "start": "2026-01-01T09:00:00", "zone": "UTC"}],
    [{"participants": [1], "turn_s": 10**18, "start": "2026-01-01T09:00:00", "zone": "UTC"}],
    [{"participants": [1], "turn_s": 86400, "start": "2026-01-01T09:00:00", "zone": "No/Where"}],
    [{"participants": [1], "turn_s": 86400, "start": 5, "zone": "UTC"}],
    [{"participants": [1, None], "turn_s": 86400, "start": "2026-01-01T09:00:00", "zone": "UTC"}],
    [{"participants": [1], "turn_s": 86400, "start": "2026-01-01T09:00:00", "zone": "UTC", "only": [1]}],
]


@pytest.mark.parametrize("rotations", BROKEN, ids=repr)
def test_a_schedule_that_was_broken_by_hand_counts_as_nobody_and_says_so(
    house: House, rotations: Any
) -> None:
    api = house.local
    ada = contact(api, "Ada")
    ops = schedule(api, rotation([ada]))["id"]
    there = policy(api, [f"schedule:{ops}", f"contact:{ada}"])
    _set(house, OnCallSchedule, rotations=rotations)

    with house.services.units.reading() as work:
        assert reached(work, [f"schedule:{ops}"], datetime.now(UTC)).contact_ids == ()
    assert on_call(api, ops) == []
    said = api.get("/oncall").json["items"][0]["amiss"]
    assert any("can't be read" in each for each in said), said
    _erase(api, ada, "Ada")
    assert api.get(f"/escalation-policies/{there['id']}").json["steps"][0]["targets"] == [f"schedule:{ops}"]


@pytest.mark.parametrize(
    "broken",
    [
        {"steps": "text"},
        {"steps": {"a": 1}},
        {"steps": []},
        {"steps": [None]},
        {"steps": [{}]},
        {"steps": [{"targets": 5}]},
        {"steps": [{"targets": ["contact:1"], "after_s": "x"}]},
        {"steps": [{"targets": ["contact:1"], "after_s": 10**18}]},
        {"repeats": -5},
        {"repeated_after_s": 0},
    ],
    ids=repr,
)
def test_a_policy_that_was_broken_by_hand_gives_way_to_the_default(house: House, broken: Any) -> None:
    api = house.local
    ada = contact(api, "Ada")
    policy(api, [f"contact:{ada}"], name="Broken")
    default = policy(api, [f"contact:{ada}"], name="Default", is_default=True)
    _set(house, EscalationPolicy, id_=1, **broken)

    with house.services.units.reading() as work:
        found = policy_of(work, 1)
    assert found is not None
    assert found[0] == default["id"]
    assert "can't be read" in api.get("/escalation-policies?order=id").json["items"][0]["amiss"][0]
    _erase(api, ada, "Ada")


def test_an_override_that_was_broken_by_hand_counts_for_nothing(house: House) -> None:
    api = house.local
    ada = contact(api, "Ada")
    ops = schedule(api, rotation([ada]))["id"]
    override(api, ops, end=1, removed=ada)
    assert on_call(api, ops) == []
    _set(house, OnCallOverride, removed=None)

    assert on_call(api, ops) == ["Ada"]


def _set(house: House, model: Any, id_: int = 1, **values: Any) -> None:
    table = table_of(model)
    with house.services.units.writing() as work:
        work.session.execute(update(table).where(table.c.id == id_).values(**values))
        work.commit()


def test_nobody_is_named_who_was_erased_at_the_same_time(each_house: House) -> None:
    """An erasure and writers that name the contact wait for each other, and whoever is second gives way."""
    api = each_house.local
    services = each_house.services
    for number in range(8):
        ada = contact(api, f"Ada {number}")
        start = threading.Barrier(3)

        def erase(ada: int = ada, name: str = f"Ada {number}", start: threading.Barrier = start) -> None:
            start.wait()
            services.contacts.erasures.erase(ada, confirm=name, actor=OPERATOR)

        def rotate(ada: int = ada, number: int = number, start: threading.Barrier = start) -> None:
            start.wait()
            data = {"name": f"s{number}", "zone": "UTC", "rotations": [rotation([ada])]}
            _unless_refused(services.on_call.schedules.add, data)

        def escalate(ada: int = ada, number: int = number, start: threading.Barrier = start) -> None:
            start.wait()
            data = {"name": f"p{number}", "steps": [{"targets": [f"contact:{ada}"]}]}
            _unless_refused(services.policies.policies.add, data)

        threads = [threading.Thread(target=each) for each in (erase, rotate, escalate)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        named = [str(ada) for each in api.get("/oncall/schedules").json["items"] if ada in _people(each)]
        steps = str([each["steps"] for each in api.get("/escalation-policies").json["items"]])
        assert (named, f"'contact:{ada}'" in steps) == ([], False)


def _people(there: Any) -> list[int]:
    return [each for rotation in there["rotations"] for each in rotation["participants"]]


def _unless_refused(add: Any, data: Any) -> None:
    with suppress(Invalid):
        add(data, actor=OPERATOR)


def test_several_that_become_the_default_at_once_leave_one(each_house: House) -> None:
    api = each_house.local
    services = each_house.services
    ada = contact(api, "Ada")
    ids = [policy(api, [f"contact:{ada}"], name=f"p{number}")["id"] for number in range(4)]
    start = threading.Barrier(len(ids))
    failed: list[Exception] = []

    def make_default(policy_id: int) -> None:
        start.wait()
        for _ in range(5):
            try:
                policies = services.policies.policies
                policies.change(policy_id, {"is_default": True}, version=None, actor=OPERATOR)
            except Exception as error:  # noqa: BLE001 - told to the test's own thread
                failed.append(error)

    threads = [threading.Thread(target=make_default, args=(each,)) for each in ids]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    assert [each["is_default"] for each in api.get("/escalation-policies").json["items"]].count(True) == 1
