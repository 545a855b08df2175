"""One's own account over HTTP: proof, password, sessions, the second factor."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from autom8.kernel.actor import SYSTEM
from autom8.kernel.vocabulary import Role
from autom8.middleware.access import access_of
from tests.api.rig import PASSWORD, Caller, House, Json
from tests.api.test_scopes import SCOPES, routes_of

NEW_PASSWORD = "another long and unlikely password"
WANTS_PROOF = r"(POST|PATCH|DELETE) /api/v1/(auth/(factor|keys)|keys/(export|retire|rotate)|users)"
PROOF = {route for route in SCOPES if re.match(WANTS_PROOF, route)}


def _log_in(house: House, name: str = "admin", **more: object) -> Json:
    answer = house.stranger.post("/auth/login", {"name": name, "password": PASSWORD, **more})
    found: Json = answer.json
    return found


def _caller(house: House, granted: Json) -> Caller:
    return house.stranger.having(Authorization=f"Bearer {granted['access_token']}")


def _unproved(house: House, role: Role = Role.ADMIN) -> Caller:
    """A user whose session was proved too long ago, or never, as one from before there was proof."""
    caller = house.user(role)
    with house.services.units.writing(SYSTEM) as work:
        sessions = work.access.open_sessions(caller.get("/auth/session").json["user"]["id"])
        sessions[0].proved_at = None if role is Role.VIEWER else work.now() - timedelta(minutes=11)
        work.commit()
    return caller


def _enable(caller: Caller) -> tuple[str, list[str]]:
    secret = caller.post("/auth/factor").json["secret"]
    answer = caller.post("/auth/factor/confirm", {"code": pyotp.TOTP(secret).now()})
    assert answer.status_code == 200, answer.text
    return secret, answer.json["recovery_codes"]


def test_what_changes_keys_users_and_factors_wants_proof_and_nothing_else_does(house: House) -> None:
    app = house.client.application

    stated = {route: access_of(app.view_functions[view]) for route, view in routes_of(app)}  # type: ignore[attr-defined, arg-type]

    assert {route for route, access in stated.items() if access and access.proof} == PROOF
    assert len(PROOF) == 18
    assert all(access.fresh for access in stated.values() if access and access.proof)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
def test_without_proof_nothing_of_the_kind_is_changed_until_it_is_given(house: House, role: Role) -> None:
    caller = _unproved(house, role)
    routes = [("POST", "/auth/keys"), ("POST", "/auth/factor"), ("DELETE", "/auth/factor")]
    if role is Role.ADMIN:
        routes += [("POST", "/users"), ("DELETE", "/users/1"), ("DELETE", "/users/1/factor")]
    for method, path in routes:
        refused = caller.ask(method, path, json={})
        assert (refused.status_code, refused.json["code"]) == (403, "proof_needed"), path
    assert caller.get("/auth/keys").status_code == 200

    wrong = caller.post("/auth/prove", {"password": "wrong"})
    assert (wrong.status_code, wrong.json["code"]) == (403, "proof_refused")
    assert caller.post("/auth/keys", {"name": "a", "scopes": ["tasks:read"]}).status_code == 403
    assert caller.post("/auth/prove", {"password": PASSWORD}).status_code == 204
    assert caller.post("/auth/keys", {"name": "a", "scopes": ["tasks:read"]}).status_code == 201


def test_the_session_says_until_when_it_is_proved(house: House) -> None:
    caller = _unproved(house)
    before = caller.get("/auth/session").json
    caller.post("/auth/prove", {"password": PASSWORD})
    after = caller.get("/auth/session").json

    assert before["method"] == after["method"] == "password"
    assert before["proof_good_until"] < after["proved_at"] < after["proof_good_until"]


def test_the_local_operator_needs_no_proof_and_has_no_account(house: House) -> None:
    session = house.local.get("/auth/session").json
    refused = house.local.post("/auth/prove", {"password": PASSWORD})

    assert (session["method"], session["proof_good_until"]) == (None, None)
    assert (refused.status_code, refused.json["code"]) == (403, "not_personal")
    assert (
        house.local.post("/users", {"name": "x", "password": PASSWORD, "role": "viewer"}).status_code == 201
    )


def test_logging_in_takes_a_code_where_there_is_a_second_factor(house: House) -> None:
    secret, codes = _enable(house.user(Role.ADMIN))

    asked = house.stranger.post("/auth/login", {"name": "admin", "password": PASSWORD})
    assert (asked.status_code, asked.json["code"]) == (401, "second_factor_needed")
    wrong = house.stranger.post("/auth/login", {"name": "admin", "password": PASSWORD, "code": "000000"})
    assert (wrong.status_code, wrong.json["code"]) == (401, "wrong_credentials")
    page = {"name": "admin", "password": PASSWORD, "code": codes[0], "cookie": True}
    assert house.stranger.post("/auth/login", page).status_code == 200
    code = pyotp.TOTP(secret).at(house.services.clock.now(), counter_offset=1)
    granted = _log_in(house, code=code)
    assert granted["user"]["second_factor"] is True
    assert _caller(house, granted).get("/auth/session").json["method"] == "totp"


def test_a_second_factor_is_set_up_shown_renewed_and_removed(house: House) -> None:
    caller = house.user(Role.VIEWER)
    assert caller.get("/auth/factor").json == {"enabled": False, "enabled_at": None, "recovery_codes_left": 0}
    begun = caller.post("/auth/factor")
    assert begun.headers["Cache-Control"] == "no-store"
    assert begun.json["qr_svg"].startswith("<svg")
    wrong = caller.post("/auth/factor/confirm", {"code": "000000"})
    assert (wrong.status_code, list(wrong.json["fields"])) == (400, ["code"])

    _, codes = _enable(caller)
    assert caller.get("/auth/factor").json["recovery_codes_left"] == len(codes) == 10
    assert caller.get("/auth/session").json["user"]["second_factor"] is True
    assert caller.post("/auth/factor").json["code"] == "factor_there"
    renewed = caller.post("/auth/factor/recovery-codes").json["recovery_codes"]
    assert not set(renewed) & set(codes)
    assert caller.delete("/auth/factor").status_code == 204
    assert caller.post("/auth/factor/recovery-codes").json["code"] == "no_factor"


def test_an_administrator_takes_a_lost_factor_away(house: House) -> None:
    viewer, admin = house.user(Role.VIEWER), house.user(Role.ADMIN)
    _enable(viewer)
    user_id = viewer.get("/auth/session").json["user"]["id"]

    assert admin.get(f"/users/{user_id}").json["second_factor"] is True
    assert admin.delete(f"/users/{user_id}/factor").status_code == 204
    assert "access_token" in _log_in(house, "viewer")


def test_ones_own_password_is_changed_by_the_one_before(house: House) -> None:
    caller = house.user(Role.VIEWER)
    other = _caller(house, _log_in(house, "viewer"))

    wrong = caller.post("/auth/password", {"current": "wrong", "new": NEW_PASSWORD})
    weak = caller.post("/auth/password", {"current": PASSWORD, "new": "short"})
    done = caller.post("/auth/password", {"current": PASSWORD, "new": NEW_PASSWORD})

    assert (wrong.status_code, wrong.json["code"]) == (403, "proof_refused")
    assert (weak.status_code, list(weak.json["fields"])) == (400, ["new"])
    assert done.status_code == 204
    assert other.get("/auth/session").status_code == caller.get("/auth/session").status_code == 401


def test_sessions_are_listed_and_ended(house: House) -> None:
    caller = house.user(Role.VIEWER)
    lost = _caller(house, _log_in(house, "viewer"))
    _log_in(house, "viewer")
    items = caller.get("/auth/sessions").json["items"]
    assert [each["current"] for each in items].count(True) == 1
    lost_id = next(each["id"] for each in lost.get("/auth/sessions").json["items"] if each["current"])

    assert caller.delete(f"/auth/sessions/{lost_id}").status_code == 204
    assert lost.get("/auth/session").status_code == 401
    assert caller.delete("/auth/sessions").status_code == 204
    assert len(caller.get("/auth/sessions").json["items"]) == 1
    assert caller.delete("/auth/sessions/" + "0" * 32).status_code == 404


def test_an_administrator_ends_anothers_sessions(house: House) -> None:
    viewer, admin = house.user(Role.VIEWER), house.user(Role.ADMIN)
    user_id = viewer.get("/auth/session").json["user"]["id"]
    found = admin.get(f"/users/{user_id}/sessions").json["items"]

    assert admin.delete(f"/users/4711/sessions/{found[0]['id']}").status_code == 404
    assert admin.delete(f"/users/{user_id}/sessions/{found[0]['id']}").status_code == 204
    assert viewer.get("/auth/session").status_code == 401
    assert admin.delete("/users/4711/sessions").status_code == 404


def test_a_limit_of_ones_own_is_set_and_taken_away(house: House) -> None:
    house.user(Role.VIEWER)
    user = house.local.get("/users/1")

    limited = house.local.patch("/users/1", {"requests_per_minute": 3}, user.headers["ETag"])
    assert limited.json["requests_per_minute"] == 3
    viewer = _caller(house, _log_in(house, "viewer"))
    assert [viewer.get("/tasks").status_code for _ in range(4)] == [200, 200, 200, 429]
    same = house.local.patch("/users/1", {"disabled": False}, limited.headers["ETag"])
    assert same.json["requests_per_minute"] == 3
    freed = house.local.patch("/users/1", {"requests_per_minute": None}, same.headers["ETag"])
    assert freed.json["requests_per_minute"] is None
    for wrong in (0, -1, 1.5, "9"):
        assert house.local.patch("/users/1", {"requests_per_minute": wrong}, '"u1-v3"').status_code == 400
