"""Erasure: nothing of a contact can be read any more, the trail stays whole, and a restore repeats it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from autom8.contacts.views import Certificate
from tests.api.rig import Caller, House
from tests.contacts.people import ADA, add, entries, names


def _rows(house: House, table: str) -> int:
    with house.services.units.reading() as work:
        counted: int = work.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        return counted


def _erase(caller: Caller, contact_id: int, name: str, reason: str = "") -> Any:
    answer = caller.post(f"/contacts/{contact_id}/erase", {"confirm": name, "reason": reason})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_erasing_leaves_a_certificate_and_nothing_else(each_house: House) -> None:
    api = each_house.local
    api.post("/groups", {"name": "Team"})
    ada = add(api, **{**ADA, "groups": ["Team"]})
    path = f"/contacts/{ada.json['id']}"
    api.patch(path, {"email": "other@example.org"}, ada.headers["ETag"])

    certificate = _erase(api, ada.json["id"], "  Ada  Mu\u0308ller ", "asked for it")

    assert api.get(path).json["code"] == "contact_not_found"
    for table in ("contact", "contact_word", "contact_tag", "contact_member", "data_key"):
        assert _rows(each_house, table) == 0, table
    assert api.get(f"/contacts/erasures/{ada.json['id']}").json == certificate
    assert api.get("/contacts/erasures").json["items"] == [certificate]
    entry = entries(api)[-1]
    assert (entry["action"], entry["object_id"]) == ("contact.erased", str(ada.json["id"]))
    assert (certificate["audit_seq"], certificate["audit_hash"]) == (entry["seq"], entry["hash"])
    assert (certificate["erased_by"], certificate["reason"]) == ("local", "asked for it")
    assert each_house.services.audit.verify().ok
    sealed = [each["details"]["sealed"] for each in entries(api) if "sealed" in each["details"]]
    assert sealed == [{"contact": ada.json["id"], "erased": True}] * 2
    assert add(api, **ADA).json["id"] > ada.json["id"], "its email is free, its number is not"


def test_the_name_must_be_typed_as_it_is(api: Caller) -> None:
    ada = add(api, "Ada Müller").json

    for wrong in ("", "Ada", "ada müller", "Ada Muller", "Ada Müller!"):
        refused = api.post(f"/contacts/{ada['id']}/erase", {"confirm": wrong})
        assert refused.json["fields"].keys() == {"confirm"}, wrong
    assert api.get(f"/contacts/{ada['id']}").status_code == 200


def test_a_reason_that_names_whom_it_erases_is_refused(api: Caller) -> None:
    ada = add(api, **ADA).json

    for reason in ("bye ADA MÜLLER", "ada.lovelace@exämple.org asked", "+493090182055", "a\nb"):
        refused = api.post(f"/contacts/{ada['id']}/erase", {"confirm": "Ada Müller", "reason": reason})
        assert refused.json["fields"].keys() == {"reason"}, reason


def test_a_contact_whose_key_is_lost_can_still_be_erased(api: Caller, each_house: House) -> None:
    ada = add(api, **ADA)
    with each_house.services.units.writing() as work:
        work.session.execute(text("DELETE FROM data_key"))
        work.session.commit()

    path = f"/contacts/{ada.json['id']}"
    assert api.get(path).json["unreadable"] == ["email", "phone", "notes"]
    assert api.patch(path, {"name": "X"}, ada.headers["ETag"]).json["code"] == "contact_key_gone"
    assert _erase(api, ada.json["id"], "Ada Müller")["data_key_id"] is None


def test_a_restored_copy_erases_again_whom_a_newer_copy_has_erased(each_house: House) -> None:
    """Contacts come back with their keys, as a backup brings them; the list of the newer copy ends that."""
    api, services = each_house.local, each_house.services
    ids = [add(api, f"Person {number}", email=f"p{number}@example.org").json["id"] for number in range(3)]
    before = _backup(each_house)
    for number in (0, 1):
        _erase(api, ids[number], f"Person {number}", "asked")
    told = api.get("/contacts/erasures").json
    _restore(each_house, before)
    assert names(api.get("/contacts")) == ["Person 0", "Person 1", "Person 2"]
    body = {"installation": told["installation"], "erasures": told["items"]}

    first = api.post("/contacts/erasures/replay", body)
    again = api.post("/contacts/erasures/replay", body)

    assert first.json == {"erased": 2, "noted": 0, "known": 0, "given_anew": 0}
    assert again.json == {"erased": 0, "noted": 0, "known": 2, "given_anew": 0}
    assert names(api.get("/contacts")) == ["Person 2"]
    assert _rows(each_house, "data_key") == 1
    assert services.audit.verify().ok
    assert entries(api, action="contact.erased")[-1]["details"]["reason"] == "asked"
    wrong = api.post("/contacts/erasures/replay", {**body, "installation": "another"})
    assert wrong.json["code"] == "other_installation"


def test_who_got_an_erased_ones_number_after_a_restore_stays(house: House) -> None:
    api = house.local
    ada = add(api, "Ada").json
    _erase(api, ada["id"], "Ada")
    told = api.get("/contacts/erasures").json
    with house.services.units.writing() as work:  # the backup was older than Ada, so were its counters
        for table in ("contact_erasure", "sqlite_sequence WHERE name IN ('contact', 'data_key')"):
            work.session.execute(text(f"DELETE FROM {table}"))
        work.session.commit()
    eve = add(api, "Eve").json
    assert eve["id"] == ada["id"]

    fate = api.post(
        "/contacts/erasures/replay", {"installation": told["installation"], "erasures": told["items"]}
    )

    assert fate.json == {"erased": 0, "noted": 0, "known": 0, "given_anew": 1}
    assert names(api.get("/contacts")) == ["Eve"]


def test_numbers_of_erasures_that_a_copy_did_not_know_are_not_given_again(each_house: House) -> None:
    api = each_house.local
    known = {
        "contact_id": 40,
        "data_key_id": 50,
        "erased_at": "2026-11-25T12:00:00Z",
        "erased_by": "ada",
        "reason": "",
        "audit_seq": 9,
        "audit_hash": "ab" * 32,
    }
    body = {"installation": each_house.services.installation_key, "erasures": [known]}

    assert api.post("/contacts/erasures/replay", body).json["noted"] == 1
    assert api.get("/contacts/erasures").json["items"] == [{**known, "erased_at": "2026-11-25T12:00:00Z"}]
    assert add(api).json["id"] == 41
    [entry] = entries(api, action="contact.erasures_noted")
    assert entry["details"] == {"count": 1, "contacts": "40"}
    for name, number in (("contact_id", 2**62), ("data_key_id", 2**62)):
        far = {**body, "erasures": [{**known, "contact_id": 60, name: number}]}
        assert api.post("/contacts/erasures/replay", far).json["code"] == "invalid"
    assert add(api, "Bob").json["id"] < 100


def test_autom8_itself_leaves_a_certificate_too(house: House) -> None:
    """A restore runs without a person; its erasures are told all the same."""
    ada = add(house.local).json
    service = house.services.contacts.erasures
    told = Certificate(
        contact_id=ada["id"],
        data_key_id=1,
        erased_at=house.services.clock.now(),
        erased_by="ada",
        reason="",
        audit_seq=None,
        audit_hash=None,
    )
    with service.begin() as work:
        assert service.replay_within(work, [told]).erased == 1
        work.commit()

    certificate = house.local.get(f"/contacts/erasures/{ada['id']}").json
    assert (certificate["erased_by"], certificate["audit_seq"]) == ("autom8", 2)


def _backup(house: House) -> dict[str, list[Any]]:
    with house.services.units.reading() as work:
        return {
            table: [dict(row) for row in work.session.execute(text(f"SELECT * FROM {table}")).mappings()]
            for table in ("data_key", "contact", "contact_word")
        }


def _restore(house: House, tables: dict[str, list[Any]]) -> None:
    """Put back what a backup holds of contacts, and forget what it did not know."""
    with house.services.units.writing() as work:
        for table in ("contact_word", "contact", "data_key", "contact_erasure"):
            work.session.execute(text(f"DELETE FROM {table}"))
        for table, rows in tables.items():
            for row in rows:
                values = {name: "[]" if name == "channels" else value for name, value in row.items()}
                marks = ", ".join(f":{name}" for name in values)
                work.session.execute(
                    text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"), values
                )
        work.session.commit()
