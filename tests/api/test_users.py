"""Users over HTTP, for administrators."""

from __future__ import annotations

from tests.api.rig import PASSWORD, Caller, Json


def _add(api: Caller, name: str, role: str = "viewer") -> Json:
    answer = api.post("/users", {"name": name, "password": PASSWORD, "role": role})
    assert answer.status_code == 201, answer.text
    user: Json = answer.json or {}
    return user


def test_a_user_is_added_read_changed_and_removed(api: Caller) -> None:
    _add(api, "ada", "admin")
    added = api.post("/users", {"name": "Bob", "password": PASSWORD, "role": "viewer"})
    path = f"/users/{added.json['id']}"

    assert added.headers["Location"] == f"/api/v1{path}"
    assert added.headers["ETag"].startswith(f'"u{added.json["id"]}-v1-')
    assert set(added.json) == {
        "id", "name", "role", "disabled", "created_at", "updated_at", "last_login_at", "requests_per_minute",
        "second_factor", "has_password", "provider",
    }  # fmt: skip
    assert api.get(path).json == added.json

    changed = api.patch(path, {"role": "operator", "disabled": True}, added.headers["ETag"])
    assert (changed.json["role"], changed.json["disabled"]) == ("operator", True)
    assert api.patch(path, {"role": "viewer"}, added.headers["ETag"]).status_code == 412
    assert api.patch(path, {"role": "viewer"}).status_code == 428
    assert api.delete(path, added.headers["ETag"]).status_code == 412
    assert api.delete(path).status_code == 428
    assert api.delete(path, changed.headers["ETag"]).status_code == 204
    assert (api.get(path).status_code, api.get(path).json["code"]) == (404, "user_not_found")


def test_a_name_that_differs_only_in_case_is_taken(api: Caller) -> None:
    _add(api, "ada")

    refused = api.post("/users", {"name": "ADA", "password": PASSWORD, "role": "viewer"})

    assert (refused.status_code, refused.json["code"]) == (409, "name_taken")


def test_the_last_administrator_stays(local: Caller) -> None:
    ada = local.get(f"/users/{_add(local, 'ada', 'admin')['id']}")
    path, etag = f"/users/{ada.json['id']}", ada.headers["ETag"]

    for refused in (
        local.patch(path, {"role": "viewer"}, etag),
        local.patch(path, {"disabled": True}, etag),
        local.delete(path, etag),
    ):
        assert (refused.status_code, refused.json["code"]) == (409, "last_admin")


def test_users_are_listed_by_name_role_and_state(local: Caller) -> None:
    _add(local, "cleo", "operator")
    _add(local, "ada", "admin")
    bob = local.get(f"/users/{_add(local, 'bob', 'operator')['id']}")
    local.patch(f"/users/{bob.json['id']}", {"disabled": True}, bob.headers["ETag"])

    def names(query: str) -> list[str]:
        return [user["name"] for user in local.get(f"/users?{query}").json["items"]]

    assert names("") == ["ada", "bob", "cleo"]
    assert names("order=-name&limit=2") == ["cleo", "bob"]
    assert names("role=operator&order=id") == ["cleo", "bob"]
    assert names("disabled=true") == ["bob"]
    assert names("disabled=false") == ["ada", "cleo"]


def test_no_answer_about_people_may_be_kept(local: Caller) -> None:
    _add(local, "ada")

    for path in ("/users", "/users/1", "/audit", "/auth/session"):
        assert local.get(path).headers["Cache-Control"] == "no-store"
