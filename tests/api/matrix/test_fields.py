"""Role by field: who need not see what is personal of a contact finds none of it, whatever they ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.matrix.asks import ASKS, Ask, Stage, Thing
from tests.api.matrix.people import CAST, Person, api_key, user
from tests.api.matrix.test_matrix import answer_to
from tests.api.rig import House

EMAIL, PHONE, NOTES = "ada.lovelace@example.org", "+4915112345678", "likes engines"
PERSONAL: Final = (EMAIL, PHONE, PHONE.removeprefix("+49"), NOTES)
BLIND: Final = frozenset({"contacts:read", "contacts:write"})  # changes what it need not see
UNSEEING: Final[dict[str, Callable[[House], Person]]] = {
    "viewer": CAST["viewer"],
    "viewer's key": CAST["viewer's key"],
    "key that writes and does not see": lambda house: api_key(house, Role.ADMIN, BLIND),
}


@pytest.mark.parametrize("who", UNSEEING)
def test_whoever_may_not_see_personal_data_finds_none_of_it_in_any_answer(house: House, who: str) -> None:
    person = UNSEEING[who](house)
    assert person.scopes is not None
    assert "contacts:pii" not in person.scopes
    stage = Stage(house=house, asker=person, owner=person)

    found = {
        route: [text for text in PERSONAL if text in answer_to(stage, route, ask, _thing(stage, ask)).text]
        for route, ask in ASKS.items()
        if not ask.spends
    }

    assert {route: texts for route, texts in found.items() if texts} == {}


def test_the_same_search_finds_it_for_whoever_may_see_it(house: House) -> None:
    """Or the one above would look for what is nowhere."""
    operator = user(house, Role.OPERATOR)
    stage = Stage(house=house, asker=operator, owner=operator)
    route = "GET /api/v1/contacts/<id:contact_id>"

    text = answer_to(stage, route, ASKS[route], _thing(stage, ASKS[route])).text

    assert all(each in text for each in (EMAIL, PHONE, NOTES))


def _thing(stage: Stage, ask: Ask) -> Thing:
    """What is asked about; where that is a contact, one of whom all is known."""
    thing = ask.thing(stage)
    local = stage.house.local
    known = local.post("/contacts/search", {"email": EMAIL}).json["items"]
    contact = known[0] if known else local.post("/contacts", _ADA).json
    if "contact_id" not in thing.path or thing.etag is None:
        return thing
    etag = local.get(f"/contacts/{contact['id']}").headers["ETag"]
    return Thing(path={**thing.path, "contact_id": contact["id"]}, etag=etag)


_ADA: Final = {"name": "Ada Lovelace", "email": EMAIL, "phone": PHONE, "notes": NOTES}
