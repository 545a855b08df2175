"""Contacts over HTTP: added, read, changed, and each change told to the trail."""

from __future__ import annotations

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House, Open
from tests.contacts.people import ADA, add, entries, group, names


def test_a_contact_is_kept_in_its_normal_form(api: Caller) -> None:
    group(api, "On call")

    added = api.post("/contacts", {**ADA, "groups": ["on CALL"]})

    assert added.status_code == 201
    assert added.headers["Location"] == f"/api/v1/contacts/{added.json['id']}"
    assert added.headers["ETag"].startswith(f'"c{added.json["id"]}-v1-')
    assert added.headers["Cache-Control"] == "no-store"
    assert api.get(f"/contacts/{added.json['id']}").json == added.json
    instants = ("id", "created_at", "updated_at")
    assert {name: value for name, value in added.json.items() if name not in instants} == {
        **ADA,
        "email": "Ada.Lovelace@exämple.org",
        "phone": "+493090182055",
        "tags": ["night", "ops"],
        "groups": [{"id": 1, "name": "On call"}],
        "language": "de-CH",
        "quiet": {"from": "22:00", "until": "07:00", "days": ["mon", "fri"]},
        "masked": False,
        "unreadable": [],
        "version": 1,
    }


def test_a_name_is_all_that_a_contact_needs(api: Caller) -> None:
    contact = add(api, "Bob").json

    assert [contact[name] for name in ("email", "phone", "notes", "quiet")] == [None] * 4
    assert [contact[name] for name in ("tags", "groups", "channels")] == [[], [], []]


def test_all_that_is_wrong_is_named_and_nothing_personal_repeated(local: Caller) -> None:
    refused = local.post("/contacts", {"name": "", "email": "secret@@x", "phone": "0123", "zone": "Mars"})

    assert refused.status_code == 400
    assert set(refused.json["fields"]) == {"name", "email", "phone", "zone"}
    assert "secret" not in refused.text
    assert local.post("/contacts", {"name": "A", "fax": "1"}).json["fields"] == {"fax": "is not known here"}
    unknown = local.post("/contacts", {"name": "A", "groups": ["Nobody's"]})
    assert unknown.json["fields"] == {"groups": 'there is no group "Nobody\'s"'}


def test_a_change_needs_the_version_that_was_seen(api: Caller) -> None:
    ada = add(api, **{**ADA, "name": "Ada"})
    path = f"/contacts/{ada.json['id']}"

    changed = api.patch(path, {"email": None, "tags": ["day"], "quiet": None}, ada.headers["ETag"])

    assert (changed.json["email"], changed.json["tags"], changed.json["quiet"]) == (None, ["day"], None)
    assert (changed.json["phone"], changed.json["version"]) == ("+493090182055", 2)
    assert api.get(path).json == changed.json
    assert api.patch(path, {"name": "X"}, ada.headers["ETag"]).status_code == 412
    assert api.patch(path, {"name": "X"}).status_code == 428
    assert api.patch(path, {"name": None}, changed.headers["ETag"]).status_code == 400
    same = api.patch(path, {"tags": ["Day"], "email": None}, changed.headers["ETag"])
    assert same.json["version"] == 2
    assert api.patch("/contacts/4711", {"name": "X"}, '"c4711-v1"').json["code"] == "contact_not_found"


@pytest.mark.parametrize("twin", ["ADA@example.org", "ada@EXAMPLE.org", "a\u200bda@example.org"])
def test_an_email_belongs_to_one_contact(api: Caller, twin: str) -> None:
    first = add(api, email="ada@example.org").json

    refused = api.post("/contacts", {"name": "Another", "email": twin})

    if "\u200b" in twin:  # invisible characters make no second address
        assert refused.status_code == 400
        return
    assert (refused.status_code, refused.json["code"]) == (409, "email_taken")
    assert f"Contact {first['id']}" in refused.json["detail"]
    bob = add(api, "Bob", email="bob@example.org")
    path = f"/contacts/{bob.json['id']}"
    assert api.patch(path, {"email": twin}, bob.headers["ETag"]).json["code"] == "email_taken"
    assert api.patch(path, {"email": "BOB@example.org"}, bob.headers["ETag"]).json["version"] == 2


def test_a_repeated_request_adds_one_contact_and_keeps_no_copy_of_it(api: Caller) -> None:
    asked = api.having(Idempotency_Key="once")

    first, again = asked.post("/contacts", ADA), asked.post("/contacts", ADA)

    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(names(api.get("/contacts"))) == 1
    with api.services.units.reading() as work:
        kept = work.session.connection().exec_driver_sql("SELECT answer FROM idempotency_key").scalars().all()
    assert not any(b"Ada" in bytes(each) for each in kept)
    api.post(f"/contacts/{first.json['id']}/erase", {"confirm": "Ada Müller"})
    assert asked.post("/contacts", ADA).json["code"] == "contact_not_found"


def test_every_change_is_told_with_personal_values_sealed(api: Caller) -> None:
    ada = add(api, **{**ADA, "name": "Ada Müller"})
    path = f"/contacts/{ada.json['id']}"
    api.patch(path, {"email": "new@example.org", "notes": "other"}, ada.headers["ETag"])

    added, changed = entries(api)

    assert (added["action"], changed["action"]) == ("contact.added", "contact.changed")
    assert (changed["object_type"], changed["object_id"]) == ("contact", str(ada.json["id"]))
    assert changed["details"]["changed"] == ["email", "notes"]
    assert changed["details"]["sealed"]["email"] == ["Ada.Lovelace@exämple.org", "new@example.org"]
    with api.services.units.reading() as work:
        rows = work.session.connection().exec_driver_sql("SELECT canonical FROM audit_entry").scalars().all()
    for row in rows:
        assert not any(text in bytes(row) for text in (b"Ada", b"example", b"4930", "Müller".encode()))


def test_a_change_that_can_not_be_told_is_not_made(local: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = add(local), add(local, "Bob")

    def refuse(*_: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr("autom8.repositories.audit.AuditRepository.add", refuse)
    assert local.patch(f"/contacts/{ada.json['id']}", {"name": "B"}, ada.headers["ETag"]).status_code == 500
    assert local.post("/contacts", {"name": "C"}).status_code == 500
    assert local.post(f"/contacts/{ada.json['id']}/erase", {"confirm": "Ada"}).status_code == 500
    assert local.post("/contacts/bulk", {"filter": {}, "action": "tag", "tag": "x"}).status_code == 500
    assert local.get("/contacts").status_code == 500, "what is read in bulk is told first"
    monkeypatch.undo()
    assert local.get("/contacts").json["items"] == [ada.json, bob.json]


def test_groups_are_made_renamed_and_removed(api: Caller) -> None:
    made = api.post("/groups", {"name": " Night  shift ", "description": "after ten"})
    path = f"/groups/{made.json['id']}"
    ada = add(api, groups=["night SHIFT"]).json

    assert (made.status_code, made.json["name"], made.json["members"]) == (201, "Night shift", 0)
    assert api.post("/groups", {"name": "NIGHT SHIFT"}).json["code"] == "name_taken"
    assert api.patch(path, {"name": "Days"}).status_code == 428
    renamed = api.patch(path, {"name": "Days"}, made.headers["ETag"])
    assert (renamed.json["name"], renamed.json["members"]) == ("Days", 1)
    assert api.get(f"/contacts/{ada['id']}").json["groups"] == [{"id": made.json["id"], "name": "Days"}]
    assert api.delete(path, made.headers["ETag"]).status_code == 412
    assert api.delete(path, renamed.headers["ETag"]).status_code == 204
    assert api.get(path).json["code"] == "group_not_found"
    assert api.get(f"/contacts/{ada['id']}").json["groups"] == []
    assert [each["action"] for each in entries(api) if each["object_type"] == "group"] == [
        "group.added", "group.changed", "group.removed"
    ]  # fmt: skip


def test_many_contacts_are_changed_at_once_with_one_entry(api: Caller) -> None:
    number = group(api, "Team")
    ids = [add(api, f"Person {each}", tags=["all"]).json["id"] for each in range(5)]

    def bulk(**body: object) -> tuple[int, int]:
        answer = api.post("/contacts/bulk", body)
        assert answer.status_code == 200, answer.text
        return answer.json["matched"], answer.json["changed"]

    assert bulk(ids=[*ids[:3], 4711], action="tag", tag="Some") == (3, 3)
    assert bulk(filter={"tag": "all"}, action="tag", tag="some") == (5, 2)
    assert bulk(filter={"q": "person 4"}, action="untag", tag="some") == (1, 1)
    assert bulk(filter={}, action="add_to_group", group_id=number) == (5, 5)
    assert bulk(ids=ids[:1], action="remove_from_group", group_id=number) == (1, 1)
    assert bulk(filter={"group_id": number}, action="set_zone", zone="Europe/Berlin") == (4, 4)
    assert bulk(filter={}, action="set_language", language=None) == (5, 0)
    assert names(api.get("/contacts?tag=SOME")) == [f"Person {each}" for each in range(4)]
    assert api.get("/contacts/tags?prefix=S").json["items"] == [{"tag": "some", "count": 4}]
    told = entries(api, action="contact.bulk_changed")
    assert len(told) == 6
    assert told[0]["details"] == {
        "action": "tag",
        "value": "some",
        "count": 3,
        "contacts": f"{ids[0]}-{ids[2]}",
    }
    assert api.get(f"/contacts/{ids[0]}").json["version"] > 1
    assert api.post("/contacts/bulk", {"action": "tag", "tag": "x"}).status_code == 400
    assert api.post("/contacts/bulk", {"ids": ids, "action": "tag"}).json["fields"].keys() == {"tag"}
    none = api.post("/contacts/bulk", {"ids": ids, "action": "add_to_group", "group_id": 99})
    assert none.json["code"] == "group_not_found"


def test_a_damaged_value_is_named_and_the_rest_is_shown(api: Caller) -> None:
    ada, bob = add(api, **{**ADA, "name": "Ada"}).json, add(api, "Bob", email="bob@example.org").json
    with api.services.units.writing() as work:
        work.session.connection().exec_driver_sql(
            "UPDATE contact SET email_encrypted = "
            f"(SELECT email_encrypted FROM contact WHERE id = {bob['id']})"
        )
        work.session.commit()

    first, second = api.get("/contacts").json["items"]

    assert (first["email"], first["unreadable"], first["phone"]) == (None, ["email"], "+493090182055")
    assert second == bob
    assert api.get(f"/contacts/{ada['id']}").json["unreadable"] == ["email"]
    mended = api.patch(
        f"/contacts/{ada['id']}",
        {"email": "a@example.org"},
        api.get(f"/contacts/{ada['id']}").headers["ETag"],
    )
    assert (mended.json["email"], mended.json["unreadable"]) == ("a@example.org", [])


def test_a_value_that_can_not_be_read_can_be_cleared(api: Caller) -> None:
    ada = add(api, **{**ADA, "name": "Ada"})
    with api.services.units.writing() as work:
        work.session.connection().exec_driver_sql("UPDATE contact SET notes_encrypted = phone_encrypted")
        work.session.commit()

    cleared = api.patch(f"/contacts/{ada.json['id']}", {"notes": None}, ada.headers["ETag"])

    assert (cleared.json["notes"], cleared.json["unreadable"], cleared.json["version"]) == (None, [], 2)


def test_numbers_without_a_country_code_belong_to_the_region_of_the_settings(open_house: Open) -> None:
    house = open_house(contact_region="DE")

    assert add(house.local, phone="030 90182055").json["phone"] == "+493090182055"


def test_contacts_read_in_bulk_are_told_of_once_in_a_while(house: House) -> None:
    operator, viewer = house.user(Role.OPERATOR), house.user(Role.VIEWER)
    for number in range(3):
        add(house.local, f"Person {number}")

    def told() -> list[object]:
        found = entries(house.local, action="contact.listed")
        return [(each["actor"]["name"], each["details"]["contacts"]) for each in found]

    viewer.get("/contacts")
    assert told() == [], "who sees masked contacts reads nothing personal"
    operator.get("/contacts/1")
    assert told() == [], "one contact is not bulk"
    operator.get("/contacts")
    assert told() == [("operator", 4)]
    operator.get("/contacts")
    operator.post("/contacts/search", {"q": "person"})
    assert told() == [("operator", 4)], "within ten minutes once is enough"
