"""How contacts are found: by words of the name, exactly by email and phone, by tag and group, in pages."""

from __future__ import annotations

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House
from tests.contacts.people import add, group, names

PEOPLE = [
    "Zoë Müller",
    "anna müller",
    "Anna Schmidt",
    "Änne Schmidt-Rottluff",
    "田中 太郎",
    "Łukasz Ødegård",
    "❤",
]


@pytest.fixture
def crowd(each_house: House) -> House:
    for name in PEOPLE:
        add(each_house.local, name)
    return each_house


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("muller", ["anna müller", "Zoë Müller"]),
        ("MÜL", ["anna müller", "Zoë Müller"]),
        ("mul an", ["anna müller"]),
        ("anna", ["anna müller", "Anna Schmidt"]),
        ("ann", ["anna müller", "Anna Schmidt", "Änne Schmidt-Rottluff"]),
        ("rott", ["Änne Schmidt-Rottluff"]),
        ("ller", []),
        ("太", ["田中 太郎"]),
        ("odegard", ["Łukasz Ødegård"]),
        ("❤", ["❤"]),
        ("%", []),
        ("_nna", []),
        ("anna'; DROP TABLE contact; --", []),
    ],
)
def test_names_are_found_by_the_beginnings_of_their_words(crowd: House, asked: str, found: list[str]) -> None:
    assert names(crowd.local.get("/contacts", query_string={"q": asked})) == found
    assert names(crowd.local.post("/contacts/search", {"q": asked})) == found


def test_pages_follow_each_other_without_gap_or_double(crowd: House) -> None:
    for order in ("name", "-name", "created_at", "-created_at", "id", "-id"):
        seen, cursor = [], ""
        while True:
            page = crowd.local.get(f"/contacts?limit=2&order={order}{cursor}").json
            seen += [each["name"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(seen) == sorted(PEOPLE), order
        if order == "name":
            assert seen == names(crowd.local.get("/contacts"))
        if order == "-id":
            assert seen == PEOPLE[::-1]
    stale = crowd.local.get("/contacts?limit=2").json["next"]
    assert crowd.local.get(f"/contacts?order=id&cursor={stale}").json["fields"].keys() == {"cursor"}


def test_emails_and_phones_are_found_exactly_and_in_any_spelling(api: Caller) -> None:
    ada = add(api, "Ada", email="ada@exämple.org", phone="+49 30 90182055").json
    add(api, "Bob", email="bob@exämple.org", phone="+49 30 90182055")

    def found(**asked: str) -> list[str]:
        return names(api.post("/contacts/search", asked))

    assert found(email="ADA@xn--exmple-cua.ORG") == ["Ada"]
    assert found(email="ada@example.org") == []
    assert found(phone="+49 (30) 9018-2055") == ["Ada", "Bob"]
    assert found(phone="+49 30 90182055", q="bo") == ["Bob"]
    assert found(phone="+4930901820") == []
    assert api.post("/contacts/search", {"email": "ada@"}).json["fields"].keys() == {"email"}
    path = f"/contacts/{ada['id']}"
    api.patch(path, {"email": "new@example.org"}, api.get(path).headers["ETag"])
    assert (found(email="ada@exämple.org"), found(email="new@example.org")) == ([], ["Ada"])


def test_a_renamed_contact_is_found_by_its_new_words_alone(api: Caller) -> None:
    ada = add(api, "Ada Byron")
    api.patch(f"/contacts/{ada.json['id']}", {"name": "Ada Lovelace"}, ada.headers["ETag"])

    assert names(api.get("/contacts?q=love")) == ["Ada Lovelace"]
    assert names(api.get("/contacts?q=byron")) == []


def test_filters_hold_together(api: Caller) -> None:
    number = group(api, "Team")
    add(api, "Anna", tags=["a", "b"], groups=["Team"])
    add(api, "Anton", tags=["a"])
    add(api, "Berta", tags=["a"], groups=["Team"])

    assert names(api.get("/contacts?tag=A")) == ["Anna", "Anton", "Berta"]
    assert names(api.get(f"/contacts?tag=a&group_id={number}&q=an")) == ["Anna"]
    assert names(api.get("/contacts?group_id=99")) == []


def test_no_address_takes_an_email_or_a_phone(local: Caller) -> None:
    """What stands in an address stands in the logs of every proxy."""
    assert local.get("/contacts?email=ada@example.org").status_code == 400
    assert local.get("/contacts?phone=%2B4930901820").status_code == 400


def test_who_need_not_see_personal_data_may_not_ask_whose_it_is(house: House) -> None:
    viewer = house.user(Role.VIEWER)
    add(house.local, "Ada", email="ada@example.org", phone="+49 30 901820")

    for asked in ({"email": "ada@example.org"}, {"phone": "+49 30 901820"}):
        refused = viewer.post("/contacts/search", asked)
        assert (refused.status_code, refused.json["code"]) == (403, "pii_needed")
    assert names(viewer.post("/contacts/search", {"q": "ada"})) == ["Ada"]


def test_duplicates_are_sets_that_share_a_phone_or_a_name(api: Caller) -> None:
    for name, phone in [
        ("Ada Müller", "+49 30 90182055"),
        ("A. Muller", "+49 30 90182055"),
        ("ADA MULLER", None),
        ("Bob", None),
        ("bob", None),
        ("Only", "+49 30 90182056"),
    ]:
        add(api, name, phone=phone)

    whole = api.get("/contacts/duplicates").json["items"]
    sets = [(each["reason"], sorted(contact["name"] for contact in each["contacts"])) for each in whole]
    page = api.get("/contacts/duplicates?limit=1").json
    paged = page["items"]
    while page["next"] is not None:
        page = api.get(f"/contacts/duplicates?limit=1&cursor={page['next']}").json
        paged += page["items"]

    assert sets == [
        ("phone", ["A. Muller", "Ada Müller"]),
        ("name", ["ADA MULLER", "Ada Müller"]),
        ("name", ["Bob", "bob"]),
    ]
    assert paged == whole
    assert api.get("/contacts/duplicates?cursor=eA").status_code == 400


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_takes_as_many_statements_for_thirty_as_for_three(house: House, count: int) -> None:
    group(house.local, "Team")
    for number in range(count):
        add(
            house.local,
            f"Person {number}",
            email=f"p{number}@example.org",
            tags=["a", f"t{number}"],
            groups=["Team"],
        )
    house.local.get("/contacts")  # tells the trail of reading in bulk

    with house.statements() as sent:
        assert len(house.local.get("/contacts").json["items"]) == count

    asked = [each for each in sent if "contact" in each or "data_key" in each]
    assert len(asked) == 4, asked
