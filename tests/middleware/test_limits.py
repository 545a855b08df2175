"""Whose limit is what: the usual one, a role's, an identity's own, a route's."""

from __future__ import annotations

import pytest

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Misconfigured
from autom8.kernel.vocabulary import ActorKind, Role
from autom8.middleware.limits import Limits, route_name
from autom8.security.authentication import Authenticator
from tests.api.rig import House, Open

USER = Actor(kind=ActorKind.USER, id=7, role=Role.VIEWER)
KEY = Actor(kind=ActorKind.KEY, id=7, role=Role.VIEWER, key_id="3")
OWN = Actor(kind=ActorKind.KEY, id=7, role=Role.VIEWER, key_id="4", counted_as="key:4", requests_per_minute=5)
LIMITS = Limits(per_minute=200, by_role={"viewer": 100, "admin": 1_000})


@pytest.mark.parametrize(
    ("actor", "bucket", "limit"),
    [
        (USER, "user:7", 100),
        (Actor(kind=ActorKind.USER, id=8, role=Role.OPERATOR), "user:8", 200),
        (Actor(kind=ActorKind.USER, id=9, role=Role.ADMIN, requests_per_minute=30), "user:9", 30),
        (KEY, "user:7", 100),
        (OWN, "key:4", 5),
        (Actor(kind=ActorKind.ANONYMOUS, address="192.0.2.7"), "at:192.0.2.7", 200),
        (Actor(kind=ActorKind.ANONYMOUS, address="2001:db8::7"), "at:2001:db8::/64", 200),
    ],
    ids=str,
)
def test_an_identitys_own_number_comes_before_its_roles_and_that_before_the_usual(
    actor: Actor, bucket: str, limit: int
) -> None:
    assert LIMITS.bucket_for(actor, "GET", None) == (bucket, limit)


def test_a_route_is_named_as_the_description_names_it() -> None:
    assert route_name("HEAD", "/api/v1/tasks/<id:task_id>") == "GET /api/v1/tasks/{task_id}"
    assert route_name("POST", "/x/<name>") == "POST /x/{name}"


def test_a_role_has_its_own_limit(open_house: Open) -> None:
    house = open_house(requests_per_minute=200, rate_limits_by_role=(("viewer", 2), ("admin", 1_000)))
    viewer, admin, operator = (house.user(role) for role in (Role.VIEWER, Role.ADMIN, Role.OPERATOR))

    assert [viewer.get("/tasks").status_code for _ in range(3)] == [200, 200, 429]
    assert admin.get("/tasks").headers["RateLimit-Limit"] == "1000"
    assert operator.get("/tasks").headers["RateLimit-Limit"] == "200"


def test_a_route_has_a_bucket_of_its_own_for_each_identity(open_house: Open) -> None:
    routes = (("GET /api/v1/tasks", 3), ("GET /api/v1/tasks/{task_id}", 5_000))
    house = open_house(requests_per_minute=2, rate_limits_by_route=routes)
    ada, bob = house.user(Role.VIEWER, "ada"), house.user(Role.VIEWER, "bob")

    assert [ada.get("/tasks").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert bob.get("/tasks").status_code == 200
    assert ada.get("/tasks/4711").headers["RateLimit-Limit"] == "5000"
    assert [ada.get("/runs").status_code for _ in range(3)] == [200, 200, 429]
    assert ada.ask("HEAD", "/tasks").status_code == 429


def test_the_other_address_of_the_login_does_not_get_round_its_limit(open_house: Open) -> None:
    house = open_house(rate_limits_by_route=(("POST /api/v1/auth/login", 2),))

    paths = ("/auth/login", "//auth/login", "//auth/login", "/auth/login")

    assert [house.stranger.post(path, {}).status_code for path in paths] == [400, 400, 429, 429]


@pytest.mark.parametrize(
    "route", ["POST /auth/login", "GET /api/v1/taks", "PUT /api/v1/tasks", "GET /api/v1/tasks/<id>"]
)
def test_a_limit_on_no_route_stops_the_start(open_house: Open, route: str) -> None:
    with pytest.raises(Misconfigured, match="AUTOM8_RATE_LIMITS_BY_ROUTE names what is no route"):
        open_house(rate_limits_by_route=((route, 5),))


def test_an_identity_that_was_given_its_own_number_is_held_to_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an API key has it: apart from the other requests of its user."""
    monkeypatch.setattr(Authenticator, "bearer", lambda *_, **__: OWN)
    caller = house.stranger.having(Authorization="Bearer some-key")

    answers = [caller.get("/auth/session") for _ in range(6)]

    assert answers[0].headers["RateLimit-Limit"] == "5"
    assert [each.headers["RateLimit-Remaining"] for each in answers] == ["4", "3", "2", "1", "0", "0"]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) <= 60
