"""What holds at the edge for every route there is, taken from the URL map: a new one is covered by itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from autom8.api.endpoint import KEEPABLE, endpoint_of
from autom8.dashboard import make_blueprint
from autom8.dashboard.links import make_links_blueprint
from autom8.middleware.access import PUBLIC, access_of
from autom8.middleware.bounds import HEADERS_MAX
from tests import production
from tests.api.rig import Answer, Caller, House, Open
from tests.api.test_scopes import routes_of

APP = "https://app.example.org"
ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What anybody may keep: the page's files, and what is the same for all.
KEPT_BY_ALL = {"GET /static/<path:name>", "GET /api/v1/openapi.json", "GET /api/docs"}


@pytest.fixture
def whole(house: House, tmp_path: Path) -> House:
    """The house with the page's addresses too, and one file of it."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").write_text("<!doctype html><title>Autom8</title>")
    _app(house).register_blueprint(make_blueprint(tmp_path / "static"))
    _app(house).register_blueprint(make_links_blueprint(house.services.alerts.links))
    return house


def _app(house: House) -> Flask:
    app = house.client.application
    assert isinstance(app, Flask)
    return app


def _ask(caller: Caller, route: str, **options: Any) -> Answer:
    method, _, rule = route.partition(" ")
    path = re.sub(r"<elsewhere:[^>]+>|<path:[^>]+>", "index.html", rule)
    json: object = None if method == "GET" else {}
    return caller.ask(method, "/" + re.sub(r"<[^>]+>", "4711", path), json=json, **options)


def _routes(house: House) -> list[str]:
    found = [route for route, _ in routes_of(_app(house))]
    assert len(found) > 30
    return found


def _api_routes(house: House) -> list[str]:
    return [route for route in _routes(house) if " /api/" in route or " /auth/" in route]


def test_every_answer_carries_the_security_headers(whole: House) -> None:
    """As a stranger and as the operator of this machine, so answered and refused."""
    for caller in (whole.stranger, whole.local):
        for route in [*_routes(whole), "GET /api/nowhere", "PUT /api/v1/tasks", "OPTIONS /api/v1/tasks"]:
            headers = _ask(caller, route).headers
            policy = headers.getlist("Content-Security-Policy")
            assert len(policy) == 1, route
            assert "unsafe" not in policy[0], route
            for part in (
                "default-src 'none'",
                "object-src 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ):
                assert part in policy[0], route
            assert dict(headers).items() >= ALWAYS.items(), route
            assert "camera=()" in headers["Permissions-Policy"], route
            assert len(headers.getlist("Cache-Control")) == 1, route
            if "/ping/" not in route:  # whose key is all that counts, from whatever page it comes
                assert not [name for name in dict(headers) if name.startswith("Access-Control-")], route


def test_nothing_is_kept_but_what_is_known_to_tell_of_no_person(whole: House) -> None:
    whole.local.add_task()
    for route in _routes(whole):
        answer = _ask(whole.local, route)
        said = endpoint_of(_app(whole).view_functions[dict(routes_of(_app(whole)))[route]])
        if answer.status_code < 400 and route in KEPT_BY_ALL:
            continue
        if said is not None and said.scope in KEEPABLE and answer.status_code < 400:
            assert answer.headers["Cache-Control"] in {"private, no-cache", "no-store"}, route
        else:
            assert answer.headers["Cache-Control"] == "no-store", route


def test_in_production_every_answer_tells_browsers_to_come_by_https_only(open_house: Open) -> None:
    house = open_house(behind_tls_proxy=True, **production.SETTINGS)
    for route in _api_routes(house):
        value = _ask(house.stranger, route).headers["Strict-Transport-Security"]
        assert int(value.partition("max-age=")[2].partition(";")[0]) >= 31_536_000, route
        assert "includeSubDomains" in value, route


def test_in_production_nothing_is_told_by_plain_http_but_that_the_server_is_well(open_house: Open) -> None:
    house = open_house(behind_tls_proxy=True, **production.SETTINGS)
    away = {"REMOTE_ADDR": "192.0.2.7"}
    spoofed = {"Host": "server.example", "X-Forwarded-Proto": "https"}
    for route in _api_routes(house):
        answer = _ask(house.local, route, environ_base=away, headers=spoofed)
        if route.endswith("/health"):
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.json["code"]) == (403, "https_required"), route


def test_every_route_of_the_api_refuses_headers_and_addresses_out_of_bounds(house: House) -> None:
    large, many = {"X-Large": "a" * 17_000}, {f"X-{number}": "a" for number in range(HEADERS_MAX)}
    long = {"q": "a" * 9_000}
    for route in _api_routes(house):
        with house.statements() as statements:
            answers = [_ask(house.local, route, headers=headers) for headers in (large, many)]
            answers.append(_ask(house.local, route, query_string=long))
        assert [each.status_code for each in answers] == [431, 431, 414], route
        codes = [each.json["code"] for each in answers]
        assert codes == ["headers_too_large", "headers_too_large", "address_too_long"], route
        assert {each.content_type for each in answers} == {"application/problem+json"}, route
        assert all(each.json["request_id"] == each.headers["X-Request-Id"] for each in answers), route
        assert statements == [], route  # refused before anything was done


def test_every_route_counts_a_stranger(open_house: Open) -> None:
    house = open_house(requests_per_minute=1)
    for number, route in enumerate(_api_routes(house)):
        at = {"REMOTE_ADDR": f"192.0.2.{number}"}
        first, second = (_ask(house.stranger, route, environ_base=at) for _ in range(2))
        assert first.headers["RateLimit-Limit"] == "1", route
        access = access_of(_app(house).view_functions[dict(routes_of(_app(house)))[route]])
        assert access is not None
        assert (second.status_code == 429) is access.limited, route
        assert ("Retry-After" in second.headers) is access.limited, route


def test_every_route_is_closed_to_pages_of_origins_that_are_not_named(open_house: Open) -> None:
    house = open_house(cors_origins=(APP,))
    for origin in ("https://evil.example", "null"):
        foreign = house.stranger.having(Origin=origin, Sec_Fetch_Site="cross-site")
        for route in _api_routes(house):
            answer = _ask(foreign, route)
            assert not [name for name in dict(answer.headers) if name.startswith("Access-Control-")], route
            access = access_of(_app(house).view_functions[dict(routes_of(_app(house)))[route]])
            changes = not route.startswith("GET ")
            if changes and access is not None and access.scope == PUBLIC:
                assert answer.json["code"] == "cross_origin", route


def test_every_route_answers_the_preflight_of_a_named_origin(open_house: Open) -> None:
    house = open_house(cors_origins=(APP,))
    for route in _api_routes(house):
        method, _, path = route.partition(" ")
        headers = {"Origin": APP, "Access-Control-Request-Method": method}
        answer = house.stranger.ask("OPTIONS", "/" + re.sub(r"<[^>]+>", "4711", path), headers=headers)
        assert answer.status_code == 204, route
        assert method in answer.headers["Access-Control-Allow-Methods"].split(", "), route
        assert "Access-Control-Allow-Credentials" not in answer.headers, route
