"""Every route that changes something leaves its entry in the trail, or changes nothing.

The routes are taken from the application itself: a new one without a recipe fails here.
"""

from __future__ import annotations

from http import HTTPStatus

import pytest
from flask import Flask

from autom8.kernel.actor import SYSTEM
from autom8.kernel.paging import Page
from autom8.repositories.audit import AuditRepository
from tests.api.audited import RECIPES, dump
from tests.api.rig import PASSWORD, House, Open

SAFE = {"GET", "HEAD", "OPTIONS"}


class _Fault(Exception):
    """What no code of ours expects of the database."""


def entries(house: House) -> list[str]:
    page = Page(limit=200, order="seq")
    return [each.action for each in house.services.audit.list_(page, actor=SYSTEM).items]


def test_every_route_that_changes_something_says_what_it_leaves_in_the_trail(house: House) -> None:
    app = house.client.application
    assert isinstance(app, Flask)
    changing = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
    }

    assert changing - set(RECIPES) == set(), "give each a recipe in tests/api/audited.py"
    assert {each for each in RECIPES if not each.startswith("GET ")} - changing == set()
    for route, recipe in RECIPES.items():
        assert bool(recipe.actions) != bool(recipe.unaudited), f"{route}: entries, or the reason for none"


@pytest.mark.parametrize("route", RECIPES)
def test_it_leaves_exactly_its_entries_or_does_nothing_where_they_can_not_be_written(
    house: House, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RECIPES[route]
    given = recipe.given(house)
    if recipe.actions:
        before = dump(house.services)
        with monkeypatch.context() as faulty:
            faulty.setattr(AuditRepository, "add", _fail)
            refused = recipe.ask(house, given)
        after = dump(house.services)
        assert refused.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR, refused.text
        changed = {name for name, rows in before.items() if rows != after[name]}
        assert changed - set(recipe.beside) == set()

    told = len(entries(house))
    answer = recipe.ask(house, given)  # since nothing was done before, it can be done now
    assert answer.status_code < HTTPStatus.BAD_REQUEST, answer.text
    assert tuple(entries(house)[told:]) == recipe.actions
    assert house.services.audit.verify().ok


def test_a_sign_in_that_fails_and_a_refresh_token_that_is_used_again_leave_entries(open_house: Open) -> None:
    house = open_house()
    house.local.post("/users", {"name": "ada", "password": PASSWORD, "role": "viewer"})
    house.stranger.post("/auth/login", {"name": "ada", "password": "wrong"})
    assert entries(house)[-1] == "sign_in.failed"

    grant = house.stranger.post("/auth/login", {"name": "ada", "password": PASSWORD}).json
    token, asked = grant["refresh_token"], len(entries(house))
    for _ in range(2):
        token = house.stranger.post("/auth/refresh", {"refresh_token": token}).json["refresh_token"]
    again = house.stranger.post("/auth/refresh", {"refresh_token": grant["refresh_token"]})
    assert again.json["code"] == "refresh_reused"
    assert entries(house)[asked:] == ["session.ended"]


def _fail(*_: object) -> None:
    raise _Fault
