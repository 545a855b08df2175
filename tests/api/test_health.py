"""Health: open to everybody, true, and the same body when it is bad."""

from __future__ import annotations

from werkzeug.test import Client

from autom8 import __version__
from autom8.api.app import create_app
from autom8.bootstrap import HealthView
from tests.api.rig import Caller, House, Open


def test_a_stranger_is_told_how_the_server_is(each_house: House) -> None:
    answer = each_house.stranger.get("/health")

    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "version": __version__,
        "role": "api",
        "database": each_house.services.database.dialect,
        "cache": {"hits": 0, "misses": 0},
    }


def test_a_server_that_can_not_work_says_so(house: House) -> None:
    def failing() -> HealthView:
        return HealthView(status="failing", role="up", database="sqlite", cache_hits=1, cache_misses=2)

    answer = Caller(Client(create_app(house.services, health=failing)), house.services).get("/health")

    assert answer.status_code == 503
    assert (answer.json["status"], answer.json["cache"]) == ("failing", {"hits": 1, "misses": 2})


def test_health_is_counted_apart_and_never_refused(open_house: Open) -> None:
    house = open_house(requests_per_minute=2)

    answers = [house.stranger.get("/health") for _ in range(4)]

    assert [each.status_code for each in answers] == [200] * 4
    assert answers[-1].headers["RateLimit-Remaining"] == "0"
    assert house.stranger.get("/auth/setup").status_code == 200
