"""Signing in and out, and first set-up, over HTTP."""

from __future__ import annotations

from unittest.mock import ANY

import pytest

from autom8.kernel.actor import SCOPES_BY_ROLE
from autom8.kernel.vocabulary import Role
from tests.api.rig import PASSWORD, Caller, House, Open

PAGE = {"Host": "localhost:8008", "Origin": "http://localhost:8008"}


def _page(house: House, name: str = "ada") -> tuple[Caller, str]:
    """A page that `name` has signed in to, and its CSRF token."""
    stranger = house.stranger.having(**PAGE)
    answer = stranger.post("/auth/login", {"name": name, "password": PASSWORD, "cookie": True})
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    return stranger.having(Cookie=cookie), answer.json["csrf_token"]


@pytest.fixture
def ada(house: House) -> House:
    house.local.post("/users", {"name": "ada", "password": PASSWORD, "role": "admin"})
    return house


def test_a_program_gets_tokens_for_a_password(ada: House) -> None:
    answer = ada.stranger.post("/auth/login", {"name": "ada", "password": PASSWORD})

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 600)
    assert answer.json["user"]["name"] == "ada"
    assert "csrf_token" not in answer.json
    assert "Set-Cookie" not in answer.headers
    caller = ada.stranger.having(Authorization=f"Bearer {answer.json['access_token']}")
    assert caller.get("/auth/session").json == {
        "user": caller.get("/users/1").json,
        "actor": "user",
        "scopes": sorted(SCOPES_BY_ROLE[Role.ADMIN]),
        "csrf_token": None,
        "method": "password",
        "proved_at": ANY,
        "proof_good_until": ANY,
    }


def test_the_login_answers_at_its_alias_too(ada: House) -> None:
    assert ada.stranger.post("//auth/login", {"name": "ada", "password": PASSWORD}).status_code == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(ada: House) -> None:
    wrong = ada.stranger.post("/auth/login", {"name": "ada", "password": "wrong"})
    unknown = ada.stranger.post("/auth/login", {"name": "bob", "password": "wrong"})

    for answer in (wrong, unknown):
        assert (answer.status_code, answer.json["code"]) == (401, "wrong_credentials")
    assert wrong.json["detail"] == unknown.json["detail"]


def test_guessing_is_slowed_down(ada: House) -> None:
    answers = [
        ada.stranger.post("/auth/login", {"name": "ada", "password": f"guess {number}"})
        for number in range(30)
    ]

    assert answers[-1].status_code == 429
    assert answers[-1].json["code"] == "rate_limited"
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_refresh_token_gives_new_tokens_and_works_once(ada: House) -> None:
    first = ada.stranger.post("/auth/login", {"name": "ada", "password": PASSWORD}).json
    second = ada.stranger.post("/auth/refresh", {"refresh_token": first["refresh_token"]})

    assert second.status_code == 200
    assert second.json["refresh_token"] != first["refresh_token"]
    refused = ada.stranger.post("/auth/refresh", {"refresh_token": "made up"})
    assert (refused.status_code, refused.json["code"]) == (401, "refresh_refused")


def test_a_token_is_good_for_nothing_after_its_session_is_ended(ada: House) -> None:
    tokens = ada.stranger.post("/auth/login", {"name": "ada", "password": PASSWORD}).json
    caller = ada.stranger.having(Authorization=f"Bearer {tokens['access_token']}")

    assert caller.post("/auth/logout").status_code == 204
    assert caller.get("/auth/session").status_code == 401
    assert ada.stranger.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401


def test_nobody_has_no_session(house: House) -> None:
    assert house.stranger.get("/auth/session").status_code == 401
    assert house.stranger.post("/auth/logout").status_code == 401


def test_the_local_operator_is_no_user(house: House) -> None:
    session = house.local.get("/auth/session").json

    assert (session["user"], session["actor"], session["csrf_token"]) == (None, "local", None)
    assert "users:write" in session["scopes"]
    assert house.local.post("/auth/logout").status_code == 204
    assert house.local.get("/auth/session").status_code == 200


def test_the_page_gets_a_cookie_that_no_script_can_read(ada: House) -> None:
    login = {"name": "ada", "password": PASSWORD, "cookie": True}
    answer = ada.stranger.post("/auth/login", login, headers=PAGE)

    name, _, flags = answer.headers["Set-Cookie"].partition("=")
    assert name == "__Host-autom8"
    assert {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"} <= set(flags.split("; "))
    assert "Domain" not in flags
    assert set(answer.json) == {"user", "csrf_token"}


def test_plain_http_from_afar_gets_a_cookie_that_browsers_take_there(ada: House) -> None:
    login = {"name": "ada", "password": PASSWORD, "cookie": True}
    answer = ada.stranger.post("/auth/login", login, headers={"Host": "server.example:8008"})

    name, _, flags = answer.headers["Set-Cookie"].partition("=")
    assert name == "autom8"
    assert "Secure" not in flags
    assert "HttpOnly" in flags


def test_behind_a_proxy_that_ends_tls_the_cookie_is_always_secure(open_house: Open) -> None:
    house = open_house(behind_tls_proxy=True)
    house.local.post("/users", {"name": "ada", "password": PASSWORD, "role": "admin"})

    login = {"name": "ada", "password": PASSWORD, "cookie": True}
    answer = house.stranger.post("/auth/login", login, headers={"Host": "server.example"})

    assert answer.headers["Set-Cookie"].startswith("__Host-autom8=")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_the_page_reads_with_its_cookie_and_learns_its_csrf_token(ada: House) -> None:
    page, token = _page(ada)

    session = page.get("/auth/session").json

    assert (session["user"]["name"], session["csrf_token"]) == ("ada", token)


def test_the_page_changes_nothing_without_its_csrf_token(ada: House) -> None:
    page, token = _page(ada)
    other_page, other_token = _page(ada)
    body = {"name": "a", "command": ["x"]}

    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": other_token}, {"X-CSRF-Token": "\xe9"}):
        refused = page.post("/tasks", body, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (403, "csrf_failed")
    assert page.get("/tasks").json["items"] == []
    assert page.post("/tasks", body, headers={"X-CSRF-Token": token}).status_code == 201
    assert other_page.post("/auth/logout", headers={"X-CSRF-Token": other_token}).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
    ],
    ids=str,
)
def test_another_sites_page_changes_nothing_even_with_cookie_and_token(
    ada: House, headers: dict[str, str]
) -> None:
    page, token = _page(ada)

    refused = page.post("/auth/logout", headers={"X-CSRF-Token": token, **headers})
    login = ada.stranger.post(
        "/auth/login", {"name": "ada", "password": PASSWORD}, headers={"Host": "localhost:8008", **headers}
    )

    assert (refused.status_code, refused.json["code"]) == (403, "cross_origin")
    assert (login.status_code, login.json["code"]) == (403, "cross_origin")


def test_signing_out_ends_the_session_and_takes_the_cookie_back(ada: House) -> None:
    page, token = _page(ada)

    answer = page.post("/auth/logout", headers={"X-CSRF-Token": token})

    assert answer.status_code == 204
    assert answer.headers["Set-Cookie"].startswith("__Host-autom8=; Expires=Thu, 01 Jan 1970")
    assert page.get("/auth/session").status_code == 401


def test_a_token_that_is_sent_counts_and_not_the_cookie_beside_it(ada: House) -> None:
    page, _ = _page(ada)

    assert page.get("/auth/session", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_cookie_of_the_weaker_name_is_not_taken_where_the_stronger_one_is_due(ada: House) -> None:
    page, _ = _page(ada)
    weaker = page.headers["Cookie"].replace("__Host-autom8", "autom8")

    assert page.having(Cookie=weaker).get("/auth/session").status_code == 401


def test_the_first_administrator_comes_by_the_setup_link_once(house: House) -> None:
    link = house.services.security.setup.open_()
    assert link is not None
    body = {"token": link.reveal(), "name": "ada", "password": PASSWORD}

    assert house.stranger.get("/auth/setup").json == {"open": True}
    wrong = house.stranger.post("/auth/setup", body | {"token": "wrong"})
    weak = house.stranger.post("/auth/setup", body | {"password": "short"})
    made = house.stranger.post("/auth/setup", body)
    again = house.stranger.post("/auth/setup", body | {"name": "bob"})

    assert (wrong.status_code, wrong.json["code"]) == (403, "setup_refused")
    assert (weak.status_code, list(weak.json["fields"])) == (400, ["password"])
    assert (made.status_code, made.json["role"]) == (201, "admin")
    assert (again.status_code, again.json["code"]) == (403, "setup_refused")
    assert house.stranger.get("/auth/setup").json == {"open": False}


def test_the_setup_link_works_on_this_machine_only(house: House) -> None:
    link = house.services.security.setup.open_()
    assert link is not None
    body = {"token": link.reveal(), "name": "ada", "password": PASSWORD}

    refused = house.stranger.post("/auth/setup", body, environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert (refused.status_code, refused.json["code"]) == (403, "setup_refused")


def test_behind_a_proxy_the_setup_link_does_not_take_everybody_for_local(open_house: Open) -> None:
    house = open_house(behind_tls_proxy=True)
    link = house.services.security.setup.open_()
    assert link is not None
    body = {"token": link.reveal(), "name": "ada", "password": PASSWORD}

    refused = house.stranger.post("/auth/setup", body, headers={"X-Forwarded-For": "127.0.0.1, 192.0.2.7"})

    assert (refused.status_code, refused.json["code"]) == (403, "setup_refused")


def test_a_disabled_user_is_out_at_once(ada: House) -> None:
    bob = ada.user(Role.OPERATOR, "bob")
    user = ada.local.get("/users/2")

    ada.local.patch("/users/2", {"disabled": True}, user.headers["ETag"])

    assert bob.get("/tasks").status_code == 401
