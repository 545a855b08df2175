"""API keys over HTTP: made, shown once, used, changed, revoked."""

from __future__ import annotations

from typing import Any

from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House, Json


def _add(caller: Caller, **wanted: Any) -> Json:
    answer = caller.post("/auth/keys", {"name": "script", "scopes": ["tasks:read"], **wanted})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    made: Json = answer.json
    return made


def _program(house: House, made: Json) -> Caller:
    return house.stranger.having(Authorization=f"Bearer {made['key']}")


def test_a_key_is_shown_once_and_listed_without_its_secret(house: House) -> None:
    user = house.user(Role.OPERATOR)
    made = _add(user, expires_in_s=3_600)
    listed = user.get("/auth/keys")

    assert made["key"].startswith(f"a8_live_{made['key_id']}_")
    assert made["expires_at"] is not None
    assert listed.json["items"] == [{name: made[name] for name in made if name != "key"}]
    assert made["key"].split("_")[3] not in listed.text
    assert user.get(f"/auth/keys/{made['id']}").json == listed.json["items"][0]


def test_a_key_asks_what_its_scopes_allow_and_nothing_personal(house: House) -> None:
    made = _add(house.user(Role.ADMIN), scopes=["tasks:read", "users:read"])
    program = _program(house, made)

    assert program.get("/tasks").status_code == 200
    assert program.get("/users").status_code == 200
    session = program.get("/auth/session").json
    assert (session["actor"], session["scopes"]) == ("key", ["tasks:read", "users:read"])
    for method, path in (
        ("POST", "/tasks"),
        ("GET", "/audit"),
        ("GET", "/auth/keys"),
        ("POST", "/auth/keys"),
        ("POST", "/auth/prove"),
        ("POST", "/users"),
        ("DELETE", "/users/1/keys"),
    ):
        refused = program.ask(method, path, json=None if method == "GET" else {})
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden"), path


def test_a_key_that_is_wrong_revoked_or_expired_is_told_so(house: House) -> None:
    user = house.user(Role.VIEWER)
    made = _add(user)
    program = _program(house, made)
    assert program.get("/tasks").status_code == 200
    assert user.delete(f"/auth/keys/{made['id']}").status_code == 204
    assert user.delete(f"/auth/keys/{made['id']}").status_code == 204

    for key in (made["key"], made["key"][:-1] + "é", "a8_live_", "a8_live_" + made["key"][8:].swapcase()):
        refused = _program(house, {"key": key}).get("/tasks")
        assert (refused.status_code, refused.json["code"]) == (401, "api_key_refused")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="autom8"'


def test_a_key_is_changed_in_the_version_that_was_seen(house: House) -> None:
    user = house.user(Role.OPERATOR)
    made = _add(user, expires_in_s=60)
    path = f"/auth/keys/{made['id']}"
    etag = user.get(path).headers["ETag"]

    changed = user.patch(path, {"name": "renamed", "expires_at": None, "scopes": ["runs:read"]}, etag)
    assert (changed.json["name"], changed.json["expires_at"]) == ("renamed", None)
    assert user.patch(path, {"name": "again"}, etag).status_code == 412
    assert user.patch(path, {"name": "again"}).status_code == 428
    assert user.patch(path, {"name": None, "scopes": None}, changed.headers["ETag"]).json == changed.json


def test_what_is_wrong_with_a_key_is_named(house: House) -> None:
    user = house.user(Role.VIEWER)

    def fields(**body: Any) -> list[str]:
        refused = user.post("/auth/keys", {"name": "a", "scopes": ["tasks:read"], **body})
        assert refused.status_code == 400
        return sorted(refused.json["fields"])

    assert fields(scopes=["tasks:write"], name=" ") == ["name", "scopes"]
    assert fields(expires_at="2020-01-01T00:00:00Z") == ["expires_at"]
    assert fields(expires_at="2099-01-01T00:00:00Z", expires_in_s=1) == ["expires_in_s"]
    assert fields(requests_per_minute=1_000) == ["requests_per_minute"]
    assert fields(key="a8_live_mine") == ["key"]


def test_administrators_see_and_revoke_the_keys_of_others(house: House) -> None:
    user, admin = house.user(Role.VIEWER), house.user(Role.ADMIN)
    first, second = _add(user), _add(user)
    user_id = user.get("/auth/session").json["user"]["id"]

    assert len(admin.get(f"/users/{user_id}/keys").json["items"]) == 2
    assert admin.get(f"/auth/keys/{first['id']}").status_code == 404
    assert admin.delete(f"/users/4711/keys/{first['id']}").status_code == 404
    assert admin.delete(f"/users/{user_id}/keys/{first['id']}").status_code == 204
    assert _program(house, first).get("/tasks").status_code == 401
    assert _program(house, second).get("/tasks").status_code == 200
    assert admin.delete(f"/users/{user_id}/keys").status_code == 204
    assert _program(house, second).get("/tasks").status_code == 401


def test_the_trail_names_the_key_that_did_it(house: House) -> None:
    made = _add(house.user(Role.ADMIN), scopes=["tasks:write"])
    _program(house, made).add_task("by-a-key")
    entry = house.local.get("/audit?action=task.added").json["items"][0]

    assert (entry["actor"]["kind"], entry["actor"]["name"]) == ("key", "admin")
    assert entry["actor"]["key"] == made["key_id"]


def test_two_keys_of_one_user_share_no_repeated_answer(house: House) -> None:
    """They may differ in scopes, so what one was answered is not the other's to see."""
    user = house.user(Role.ADMIN)
    first, second = (_program(house, _add(user, scopes=["tasks:write"])) for _ in range(2))
    body = {"name": "once", "command": ["/bin/true"]}
    headers = {"Idempotency-Key": "one"}

    assert first.post("/tasks", body, headers=headers).status_code == 201
    assert first.post("/tasks", body, headers=headers).headers["Idempotency-Replayed"] == "true"
    assert second.post("/tasks", body, headers=headers).status_code == 409


def test_keys_without_a_limit_of_their_own_share_their_owners(house: House) -> None:
    user = house.user(Role.ADMIN)
    shared, limited = _program(house, _add(user)), _program(house, _add(user, requests_per_minute=2))
    before = int(user.get("/tasks").headers["RateLimit-Remaining"])

    assert int(shared.get("/tasks").headers["RateLimit-Remaining"]) == before - 1
    assert [limited.get("/tasks").status_code for _ in range(3)] == [200, 200, 429]
    assert user.get("/tasks").status_code == 200
