"""`autom8 oncall` against the real API: what is sent, what is shown, and how it ends."""

from __future__ import annotations

import json

from tests.api.rig import House
from tests.cli.command import Cli
from tests.cli.served import here, house
from tests.oncall.rota import contacts, rotation, schedule

__all__ = ["here", "house"]
ADD = ["oncall", "schedule", "add", "Operations", "--tz", "Europe/Berlin", "--turn", "7d"]
ADD += ["--start", "2024-01-01 09:00"]


def test_a_schedule_is_added_shown_edited_and_removed(here: Cli, house: House) -> None:
    ada, grace = contacts(house.local, "Ada", "Grace")

    added = here(*ADD, "--people", "ada", str(grace), "--rotation", "Weekly", "--only", "fri,sat@22:00-06:00")
    assert added.out == "added schedule 1, Operations\n", added.err
    weekly = "Weekly: Ada, Grace for 7d each from 2024-01-01T09:00:00 Europe/Berlin"
    assert here("oncall", "schedule", "show", "operations").out.splitlines() == [
        "id    1",
        "name  Operations",
        "zone  Europe/Berlin",
        f"rotation 1  {weekly} only fri, sat, 22:00 to 06:00",
    ]
    edit = ["oncall", "schedule", "edit", "1"]
    daily = ["--people", "Grace", "--turn", "1d", "--start", "2024-01-01 09:00"]
    assert here(*edit, *daily, "--name", "Ops").out == "changed schedule 1, Ops\n"
    assert here(*edit, "--drop", "1").code == 0
    there = house.local.get("/oncall/schedules/1").json
    assert [each["participants"] for each in there["rotations"]] == [[grace]]
    assert here(*edit, "--replace", "1", "--people", "Ada", *daily[2:]).code == 0
    assert house.local.get("/oncall/schedules/1").json["rotations"][0]["participants"] == [ada]
    assert "there is no rotation 9" in here(*edit, "--drop", "9").err
    assert "nothing to change" in here(*edit).err
    body = json.dumps({"rotations": []})
    assert here(*edit, "--stdin-json", "--json", stdin=body).json["rotations"] == []
    assert here("oncall", "schedule", "list").out.splitlines()[1].split() == [
        "1",
        "Ops",
        "Europe/Berlin",
        "-",
    ]
    assert here("oncall", "schedule", "remove", "ops").out == "removed schedule Ops\n"
    assert here("oncall", "schedule", "show", "ops").code == 6


def test_who_is_on_call_and_who_is_next_are_shown(here: Cli, house: House) -> None:
    people = contacts(house.local, "Ada", "Grace")
    schedule(house.local, rotation(people), name="Operations")
    schedule(house.local, name="Nights\x1b[31m"[:6])

    now = here("oncall", "now").out.splitlines()
    assert now[0].split() == ["SCHEDULE", "ON", "CALL", "SINCE", "UNTIL"]
    assert now[1].split() == ["Nights", "nobody", "-", "-"]
    on, coming = now[2].split()[1], here("oncall", "next", "operations").out.splitlines()[1].split()[1]
    assert {on, coming} == {"Ada", "Grace"}
    assert here("oncall", "now", "1", "--json").json[0]["on_call"][0]["contact"]["name"] == on
    shifts = here(
        "oncall", "shifts", "operations", "--since", "2026-03-23", "--until", "2026-04-06T00:00:00Z"
    )
    assert [line.split()[:6] for line in shifts.out.splitlines()[1:]] == [
        ["2026-03-23", "00:00:00", "+01:00", "2026-03-23", "09:00:00", "+01:00"],
        ["2026-03-23", "09:00:00", "+01:00", "2026-03-30", "09:00:00", "+02:00"],
        ["2026-03-30", "09:00:00", "+02:00", "2026-04-06", "02:00:00", "+02:00"],
    ]
    assert here("oncall", "shifts", "operations", "--since", "soon").code == 8


def test_somebody_stands_in(here: Cli, house: House) -> None:
    schedule(house.local, rotation(contacts(house.local, "Ada")))
    contacts(house.local, "Grace", "Grace")

    several = here("oncall", "override", "add", "operations", "--on", "Grace", "--for", "4h")
    assert (several.code, "several contacts are named Grace: 2, 3" in several.err) == (6, True)
    add = ["oncall", "override", "add", "operations", "--off", "Ada", "--for", "4h", "--comment", "dentist"]
    added = here(*add, "--on", "2")
    assert added.out.startswith("added override 1 of Operations, until "), added.err
    assert here("oncall", "now", "operations").out.splitlines()[1].split()[1] == "Grace"
    noted = here("oncall", "override", "add", "1", "--on", "2", "--until", "2999-01-01 09:00")
    assert (noted.code, "must be at most 100 days" in noted.err) == (8, True)
    again = here("oncall", "override", "add", "1", "--on", "2", "--for", "1h")
    assert "is on call in this time already" in again.err
    listed = here("oncall", "override", "list", "1").out.splitlines()
    assert listed[1].split()[-3:] == ["Grace", "Ada", "dentist"]
    assert here("oncall", "override", "remove", "1", "1").out == "removed override 1 of Operations\n"
    assert here("oncall", "override", "remove", "1", "1").code == 6
    assert here("oncall", "override", "add", "1", "--for", "1h").code == 8
    assert here("oncall", "override", "add", "1", "--on", "2", "--for", "999999d").code == 8


def test_a_policy_is_added_shown_edited_and_removed(here: Cli, house: House) -> None:
    contacts(house.local, "Ada")
    schedule(house.local)
    house.local.post("/groups", {"name": "Team"})
    steps = ["--tell", "schedule:operations", "--tell", "group:team,contact:ada@10m"]

    added = here("oncall", "policy", "add", "First", *steps, "--repeats", "forever", "--default")
    assert added.out == "added policy 1, First\n", added.err
    assert here("oncall", "policy", "show", "first").out.splitlines() == [
        "id       1",
        "name     First",
        "default  yes",
        "repeats  until somebody acts, 15m after the last step",
        "step 1  schedule Operations",
        "step 2  group Team, contact Ada, 10m after the last",
    ]
    assert here("oncall", "policy", "edit", "1", "--tell", "contact:1", "--repeats", "2").code == 0
    assert here("oncall", "policy", "list").out.splitlines()[1].split() == ["1", "First", "default", "1"]
    assert here("oncall", "policy", "remove", "first").code == 7
    assert here("oncall", "policy", "edit", "first", "--not-default", "--name", "Old").code == 0
    assert here("oncall", "policy", "remove", "old", "--json").json["name"] == "Old"
    for wrong in ("ada", "user:ada", "contact:nobody", "schedule:none", "contact:1@soon"):
        assert here("oncall", "policy", "add", "x", "--tell", wrong).code in {6, 8}, wrong


def test_what_would_not_be_heeded_of_a_rotation_is_refused(here: Cli, house: House) -> None:
    ada = contacts(house.local, "Ada")
    schedule(house.local, rotation(ada), rotation(ada))
    edit = ["oncall", "schedule", "edit", "1"]

    both = here(*edit, "--drop", "1", "--people", "Ada", "--turn", "1d", "--start", "2024-01-01 09:00")
    assert (both.code, "give one of them" in both.err) == (8, True), both
    for words in (["--turn", "1d"], ["--start", "2024-01-01 09:00"], ["--rotation", "x"], ["--only", "1-2"]):
        for command in (edit, ["oncall", "schedule", "add", "Other"]):
            refused = here(*command, *words)
            assert (refused.code, f"{words[0]} says something of a rotation" in refused.err) == (8, True)
    assert len(house.local.get("/oncall/schedules/1").json["rotations"]) == 2
    assert len(house.local.get("/oncall/schedules").json["items"]) == 1


def test_a_policy_that_repeats_once_says_so(here: Cli, house: House) -> None:
    contacts(house.local, "Ada")
    for times, said in (("1", "once"), ("2", "2 times"), ("forever", "until somebody acts")):
        assert (
            here("oncall", "policy", "add", times + "x", "--tell", "contact:ada", "--repeats", times).code
            == 0
        )
        assert f"repeats  {said}, 15m after" in here("oncall", "policy", "show", times + "x").out.replace(
            "repeats      ", "repeats  "
        )
