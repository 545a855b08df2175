"""Who need not see personal data sees none of it, wherever they look."""

from __future__ import annotations

import pytest

from autom8.contacts.masking import masked_email, masked_phone
from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House
from tests.contacts.people import ADA, add, group

SECRETS = ("ada.lovelace", "exämple", "xn--", "90182055", "flowerpot", "lovelace")


@pytest.mark.parametrize(
    ("email", "shown"),
    [("ada@example.org", "a…@e…"), ("ü@exämple.de", "ü…@e…"), ("用户@例子.中国", "用…@例…")],
)
def test_an_email_keeps_two_letters(email: str, shown: str) -> None:
    assert masked_email(email) == shown


@pytest.mark.parametrize(
    ("phone", "shown"), [("+493012345667", "+49…67"), ("+12025550100", "+1…00"), ("+35312345678", "+353…78")]
)
def test_a_phone_number_keeps_its_country_and_two_digits(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_no_answer_to_a_viewer_holds_personal_data(each_house: House) -> None:
    """Every route that answers with contacts, and every refusal that speaks of one."""
    local, viewer = each_house.local, each_house.user(Role.VIEWER)
    number = group(local, "Team")
    contact_id = add(local, **{**ADA, "groups": ["Team"]}).json["id"]
    add(local, "Ada Müller", phone=ADA["phone"])

    answers = [
        viewer.get(path)
        for path in (
            "/contacts",
            "/contacts?q=ada&tag=ops",
            f"/contacts?group_id={number}&order=-created_at&limit=1",
            f"/contacts/{contact_id}",
            "/contacts/tags",
            "/groups",
            f"/groups/{number}",
            "/contacts/duplicates",
            "/contacts/erasures",
            "/contacts/export?format=csv",
            "/audit",
            "/auth/session",
        )
    ] + [
        viewer.post(path, body)
        for path, body in (
            ("/contacts/search", {"q": "ada"}),
            ("/contacts/search", {"email": ADA["email"]}),
            ("/contacts", {"name": "Eve", "email": ADA["email"]}),
            (f"/contacts/{contact_id}/erase", {"confirm": "Ada Müller"}),
            (f"/contacts/{contact_id}/merge", {"other_id": 2, "other_version": 1}),
            ("/contacts/bulk", {"filter": {"email": ADA["email"]}, "action": "tag", "tag": "x"}),
        )
    ]

    for answer in answers:
        shown = answer.text.casefold() + str(answer.headers).casefold()
        assert not [secret for secret in SECRETS if secret in shown], answer.request
    masked = viewer.get(f"/contacts/{contact_id}").json
    assert (masked["email"], masked["phone"], masked["notes"]) == ("A…@e…", "+49…55", None)
    assert (masked["masked"], masked["name"]) == (True, "Ada Müller")
    assert (
        each_house.user(Role.OPERATOR).get(f"/contacts/{contact_id}").json["email"]
        == "Ada.Lovelace@exämple.org"
    )


def test_a_writer_without_sight_changes_what_they_do_not_see(house: House) -> None:
    """An API key may hold contacts:write without contacts:pii."""
    from dataclasses import replace

    from autom8.kernel.actor import Actor
    from autom8.kernel.vocabulary import ActorKind

    ada = add(house.local, **{**ADA, "name": "Ada"}).json
    blind = Actor(
        kind=ActorKind.KEY, id=1, name="hook", scopes=frozenset({"contacts:read", "contacts:write"})
    )
    people = house.services.contacts.people

    view = people.change(ada["id"], {"phone": "+1 202-555-0100"}, version=1, actor=blind)

    assert (view.masked, view.email, view.phone) == (True, "A…@e…", "+1…00")
    sighted = replace(blind, scopes=blind.scopes | {"contacts:pii"})
    assert people.get(ada["id"], actor=sighted).phone == "+12025550100"


def test_erasing_and_changing_need_their_scopes(house: House) -> None:
    ada = add(house.local)
    path, etag = f"/contacts/{ada.json['id']}", ada.headers["ETag"]

    def statuses(caller: Caller) -> list[int]:
        return [
            caller.patch(path, {"language": "de"}, etag).status_code,
            caller.post("/groups", {"name": f"Group of {caller.headers['Authorization'][-8:]}"}).status_code,
            caller.post(f"{path}/erase", {"confirm": "Wrong"}).status_code,
        ]

    assert statuses(house.user(Role.VIEWER)) == [403, 403, 403]
    assert statuses(house.user(Role.OPERATOR)) == [200, 201, 403]
    assert statuses(house.user(Role.ADMIN)) == [412, 201, 400]
