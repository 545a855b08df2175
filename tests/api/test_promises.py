"""What docs/reference/api.md promises of every POST, PATCH and DELETE, and which of them it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flask import Flask

from autom8.api.app import PREFIX
from autom8.api.endpoint import Endpoint, endpoint_of
from tests.api.matrix.asks import ASKS, Stage
from tests.api.matrix.people import CAST
from tests.api.matrix.test_matrix import answer_to
from tests.api.rig import House
from tests.api.test_scopes import routes_of

# They only ask or try, and make nothing.
ASKING = {
    "POST /contacts/search",
    "POST /channels/preview",
    "POST /channels/<id:channel_id>/test",
    *(
        f"POST /prom/{path}{name}"
        for path in ("", "api/v1/")
        for name in ("query", "query_range", "series", "labels")
    ),
}
# They sign in, prove, or show a secret once, of which no copy may be kept.
SECRET = {
    "POST /auth/setup",
    "POST /auth/login",
    "POST /auth/logout",
    "POST /auth/refresh",
    "POST /auth/prove",
    "POST /auth/password",
    "POST /auth/factor",
    "POST /auth/factor/confirm",
    "POST /auth/factor/recovery-codes",
    "POST /auth/keys",
    "POST /keys/export",
}
# Their work is more than one transaction, and is done again without harm.
IN_STEPS = {
    "POST /contacts/import",
    "POST /contacts/erasures/replay",
    "POST /keys/rotate",
    "POST /keys/rewrap",
    "POST /keys/retire",
}
# A sample that comes again takes its own place.
HARMLESS = {"POST /metrics"}
WITHOUT_VERSION = {
    "DELETE /auth/sessions",
    "DELETE /auth/sessions/<session:session_id>",
    "DELETE /auth/factor",
    "DELETE /auth/keys/<id:id_>",
    "DELETE /users/<id:user_id>/sessions",
    "DELETE /users/<id:user_id>/sessions/<session:session_id>",
    "DELETE /users/<id:user_id>/factor",
    "DELETE /users/<id:user_id>/keys",
    "DELETE /users/<id:user_id>/keys/<id:id_>",
    "DELETE /oncall/schedules/<id:schedule_id>/overrides/<id:override_id>",
}
# Asked as the matrix does, they find that it is so already: nothing is done, so nothing is kept.
CHANGES_NOTHING = {"POST /tasks/<id:task_id>/resume", "POST /tasks/import", "POST /contacts/bulk"}


def endpoints(house: House) -> Iterator[tuple[str, Endpoint]]:
    app = house.client.application
    assert isinstance(app, Flask)
    for route, view in routes_of(app):
        method, _, path = route.partition(" ")
        if path.startswith(PREFIX) and (found := endpoint_of(app.view_functions[view])) is not None:
            yield f"{method} {path.removeprefix(PREFIX)}", found


def test_every_post_is_repeatable_or_said_not_to_be(house: House) -> None:
    once = {route for route, each in endpoints(house) if route.startswith("POST ") and not each.repeatable}

    assert once == ASKING | SECRET | IN_STEPS | HARMLESS


def test_every_patch_and_delete_needs_the_version_that_was_seen_or_is_said_not_to(house: House) -> None:
    free = {
        route
        for route, each in endpoints(house)
        if route.startswith(("PATCH ", "DELETE ")) and each.guards is None
    }

    assert free == WITHOUT_VERSION


def test_each_repeated_post_is_answered_again_and_not_carried_out(house: House) -> None:
    local = CAST["local"](house)
    asker = replace(local, caller=local.caller.having(Idempotency_Key="the-same"))
    stage = Stage(house=house, asker=asker, owner=local)
    for route, each in endpoints(house):
        if not route.startswith("POST ") or not each.repeatable or route in CHANGES_NOTHING:
            continue
        ask = ASKS[route.replace(" ", f" {PREFIX}", 1)]
        thing = ask.thing(stage)
        ask = replace(ask, body=ask.body(stage) if callable(ask.body) else ask.body)

        first, again = (answer_to(stage, route.replace(" ", f" {PREFIX}", 1), ask, thing) for _ in range(2))

        assert first.status_code == ask.status, (route, first.text)
        assert again.headers.get("Idempotency-Replayed") == "true", (route, again.text)
        assert (again.status_code, again.json) == (first.status_code, first.json), route
