"""Role by route by object: each route is asked by everybody there is, about their own things and others'.

The routes come from the application, so a route that nobody has written into the table fails.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from flask import Flask

from autom8.kernel.vocabulary import Role
from autom8.middleware.access import PUBLIC, SIGNED_IN, access_of
from tests.api.matrix.asks import ASKS, Ask, Stage, Thing
from tests.api.matrix.people import CAST, Person, user
from tests.api.rig import Answer, House
from tests.api.test_scopes import SCOPES, routes_of


def _missing(app: Flask) -> set[str]:
    """The routes of which the table does not say how they are asked."""
    return {route for route, _ in routes_of(app)} - ASKS.keys()


def _expected(person: Person, route: str, ask: Ask, *, own: bool, proof: bool) -> int:
    scope = SCOPES[route]
    if scope == PUBLIC:
        return ask.status
    if person.scopes is None:
        return HTTPStatus.UNAUTHORIZED
    if scope not in {SIGNED_IN, *person.scopes} or (proof and not person.proved):
        return HTTPStatus.FORBIDDEN
    if person.local and ask.local is not None:
        return ask.local
    if ask.owned and not own:
        return HTTPStatus.NOT_FOUND
    return ask.status


def answer_to(stage: Stage, route: str, ask: Ask, thing: Thing) -> Answer:
    """What the stage's asker gets on this route about this thing."""
    method, _, template = route.partition(" ")
    if ask.file is not None:
        content, kind = ask.file
        sent_as = {"data": content, "content_type": kind}
        return stage.asker.caller.ask(method, f"/{template}?{ask.query}", **sent_as)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(thing.path[found[1]]), template)
    body = ask.body(stage) if callable(ask.body) else ask.body
    sent = body if body is not None or method in {"GET", "DELETE"} else {}
    headers = {} if thing.etag is None or method == "GET" else {"If-Match": thing.etag}
    target = f"/{path}?{ask.query}" if ask.query else f"/{path}"
    return stage.asker.caller.ask(method, target, json=sent, headers=headers)


def _differences(house: House, who: str) -> list[str]:
    found = []
    app = house.client.application
    assert isinstance(app, Flask)
    wants_proof = {
        route
        for route, view in routes_of(app)
        if (said := access_of(app.view_functions[view])) and said.proof
    }
    known, other = CAST[who](house), user(house, Role.ADMIN)
    for route, ask in ASKS.items():
        for own in (True, False) if ask.owned else (True,):
            asker = CAST[who](house) if ask.spends else known
            stage = Stage(house=house, asker=asker, owner=asker if own else other)
            status = answer_to(stage, route, ask, ask.thing(stage)).status_code
            expected = _expected(asker, route, ask, own=own, proof=route in wants_proof)
            if status != expected:
                found.append(f"{route} of {'their own' if own else 'another'}: {status}, not {expected}")
    return found


@pytest.mark.parametrize("who", CAST)
def test_everybody_gets_what_they_may_and_nothing_else(house: House, who: str) -> None:
    assert _differences(house, who) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_a_user_record_is_for_administrators_ones_own_too(house: House, role: Role) -> None:
    person = user(house, role)
    path = f"/users/{person.user_id}"

    assert person.caller.get(path).status_code == HTTPStatus.FORBIDDEN
    assert person.caller.patch(path, {"role": "admin"}, '"u1-v1"').status_code == HTTPStatus.FORBIDDEN
    assert person.caller.delete(path, '"u1-v1"').status_code == HTTPStatus.FORBIDDEN


def test_every_route_is_in_the_matrix(house: House) -> None:
    app = house.client.application
    assert isinstance(app, Flask)

    assert _missing(app) == set()
    assert ASKS.keys() == SCOPES.keys()


def test_a_route_that_nobody_has_written_down_is_missed_and_closed(house: House) -> None:
    app = house.client.application
    assert isinstance(app, Flask)
    app.add_url_rule("/api/v1/forgotten/<id:thing_id>", "forgotten", lambda thing_id: str(thing_id))

    assert _missing(app) == {"GET /api/v1/forgotten/<id:thing_id>"}
    for who, arrive in CAST.items():
        assert arrive(house).caller.get("/forgotten/1").status_code in {401, 403}, who


def test_the_matrix_sees_a_route_that_lets_in_too_many(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the trail open to operators, the matrix would say so."""
    monkeypatch.setitem(SCOPES, "GET /api/v1/audit", "tasks:write")

    assert _differences(house, "operator") == ["GET /api/v1/audit of their own: 403, not 200"]
    assert _differences(house, "admin") == []
