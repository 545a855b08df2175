"""Pages of other origins: closed unless named, and then by bearer token only."""

from __future__ import annotations

import pytest

from autom8.kernel.vocabulary import Role
from tests.api.rig import PASSWORD, Caller, House, Open

APP = "https://app.example.org"
FOREIGN = [
    "https://evil.example",
    "http://app.example.org",
    "https://app.example.org:8443",
    "null",
    APP.upper(),
]


@pytest.fixture
def house(open_house: Open) -> House:
    """A house that lets one other origin's pages ask."""
    return open_house(cors_origins=(APP,))


def _page_of(house: House, origin: str) -> Caller:
    return house.stranger.having(Origin=origin, Sec_Fetch_Site="same-site")


def _preflight(house: House, path: str, method: str = "POST", origin: str = APP) -> dict[str, str]:
    answer = house.stranger.ask(
        "OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": method}
    )
    return {"status": str(answer.status_code), **dict(answer.headers)}


def _told(headers: object) -> list[str]:
    return [name for name in dict(headers) if name.startswith("Access-Control-")]  # type: ignore[call-overload]


def test_by_default_nobody_is_told_anything(open_house: Open) -> None:
    closed = open_house()

    preflight = _preflight(closed, "/tasks")
    answer = _page_of(closed, APP).get("/health")

    assert preflight["status"] == "405"
    assert _told(preflight) == _told(answer.headers) == []
    assert "Vary" not in answer.headers


def test_a_preflight_is_answered_from_the_routes(house: House) -> None:
    headers = _preflight(house, "/tasks/7", "PATCH")

    assert headers["status"] == "204"
    assert headers["Access-Control-Allow-Origin"] == APP
    assert headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD, PATCH"
    assert headers["Access-Control-Allow-Headers"] == (
        "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"
    )
    assert headers["Access-Control-Max-Age"] == "600"
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in headers
    assert _preflight(house, "/nowhere")["status"] == "404"


def test_an_options_that_is_no_preflight_is_no_method(house: House) -> None:
    answer = _page_of(house, APP).ask("OPTIONS", "/tasks")

    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("origin", FOREIGN)
def test_another_origin_is_told_nothing(house: House, origin: str) -> None:
    preflight = _preflight(house, "/tasks", origin=origin)
    answer = _page_of(house, origin).get("/health")

    assert preflight["status"] == "405"
    assert _told(preflight) == _told(answer.headers) == []
    assert answer.headers["Vary"] == "Origin"  # or a cache gives this to the page that may


def test_an_allowed_page_asks_with_a_token_and_reads_the_answer(house: House) -> None:
    token = house.user(Role.OPERATOR).headers["Authorization"]
    page = _page_of(house, APP).having(Authorization=token)

    made = page.post("/tasks", {"name": "a", "command": ["x"]})

    assert made.status_code == 201
    assert made.headers["Access-Control-Allow-Origin"] == APP
    exposed = made.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Location", "Retry-After", "RateLimit-Remaining", "X-Request-Id"} <= set(exposed)
    assert "Access-Control-Allow-Credentials" not in made.headers


def test_refusals_can_be_read_too(house: House) -> None:
    page = _page_of(house, APP)

    for answer in (
        page.get("/tasks"),
        page.get("/nowhere"),
        page.get("/health", headers={"X": "a" * 20_000}),
    ):
        assert answer.status_code >= 400
        assert answer.headers["Access-Control-Allow-Origin"] == APP


def test_an_allowed_page_signs_in_by_tokens_and_never_gets_a_cookie(house: House) -> None:
    house.user(Role.VIEWER, "ada")
    login = {"name": "ada", "password": PASSWORD}

    tokens = _page_of(house, APP).post("/auth/login", login)
    cookie = _page_of(house, APP).post("/auth/login", {**login, "cookie": True})
    foreign = _page_of(house, FOREIGN[0]).post("/auth/login", login)

    assert tokens.json["access_token"]
    assert "Set-Cookie" not in cookie.headers
    assert (foreign.status_code, foreign.json["code"]) == (403, "cross_origin")


@pytest.mark.parametrize("origin", [APP, FOREIGN[0]])
def test_a_cookie_does_not_work_across_origins_not_even_to_read(house: House, origin: str) -> None:
    house.user(Role.VIEWER, "ada")
    login = {"name": "ada", "password": PASSWORD, "cookie": True}
    cookie = house.stranger.post("/auth/login", login).headers["Set-Cookie"].partition(";")[0]
    own = house.stranger.having(Cookie=cookie)
    assert own.get("/auth/session").status_code == 200

    refused = own.having(Origin=origin, Sec_Fetch_Site="same-site").get("/auth/session")

    assert (refused.status_code, refused.json["code"]) == (403, "cross_origin")


def test_the_servers_own_origin_may_be_named_without_harm(open_house: Open) -> None:
    house = open_house(cors_origins=("http://localhost",))
    house.user(Role.VIEWER, "ada")
    own = house.stranger.having(Origin="http://localhost", Sec_Fetch_Site="same-origin")

    answer = own.post("/auth/login", {"name": "ada", "password": PASSWORD, "cookie": True})

    assert "Set-Cookie" in answer.headers
