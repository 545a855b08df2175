"""The rate limit: counted for each identity, in memory that is bounded, and cheap."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from autom8.kernel.vocabulary import Role
from autom8.middleware import rate_limit
from autom8.middleware.rate_limit import RateLimiter
from tests.api.rig import PASSWORD, House, Open


@dataclass
class Clock:
    now: float = 1_000.3

    def __call__(self) -> float:
        return self.now


def test_an_identity_has_so_many_requests_in_a_minute_and_then_none() -> None:
    clock = Clock()
    limiter = RateLimiter(monotonic=clock)

    first = limiter.take("ada", 3)
    clock.now += 20.5
    rest = [limiter.take("ada", 3) for _ in range(3)]

    assert (first.limit, first.remaining, first.reset_s, first.exceeded) == (3, 2, 60, False)
    assert [each.remaining for each in rest] == [1, 0, 0]
    assert [each.exceeded for each in rest] == [False, False, True]
    assert rest[-1].reset_s == 40


def test_after_the_minute_all_is_there_again_though_it_was_asked_for_meanwhile() -> None:
    clock = Clock()
    limiter = RateLimiter(monotonic=clock)
    for _ in range(50):
        limiter.take("ada", 1)
        clock.now += 1

    clock.now += 10

    assert not limiter.take("ada", 1).exceeded


def test_one_identity_does_not_use_up_anothers() -> None:
    limiter = RateLimiter(monotonic=Clock())
    limiter.take("ada", 1)

    assert limiter.take("ada", 1).exceeded
    assert not limiter.take("bob", 1).exceeded


def test_the_memory_for_identities_is_bounded() -> None:
    limiter = RateLimiter(monotonic=Clock(), buckets_max=100)

    for number in range(1_000):
        limiter.take(str(number), 1)

    assert len(limiter._windows) == 100
    assert limiter.take("999", 1).exceeded


class _Yielding(rate_limit._Window):
    """Lets other threads in between a reading of the count and what is made of it."""

    def __getattribute__(self, name: str) -> object:
        found: object = super().__getattribute__(name)
        if name == "used":
            time.sleep(0)
        return found


def test_threads_at_the_same_time_get_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_Window", _Yielding)
    limiter = RateLimiter(monotonic=Clock())

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: limiter.take("ada", 500).exceeded, range(2_000)))

    assert taken.count(False) == 500


def test_every_answer_says_how_many_more_requests_may_follow(open_house: Open) -> None:
    house = open_house(requests_per_minute=3)
    viewer = house.user(Role.VIEWER)

    answers = [viewer.get(path) for path in ("/tasks", "/tasks/4711", "/runs", "/tasks")]

    assert [each.status_code for each in answers] == [200, 404, 200, 429]
    assert [each.headers["RateLimit-Limit"] for each in answers] == ["3"] * 4
    assert [each.headers["RateLimit-Remaining"] for each in answers] == ["2", "1", "0", "0"]
    assert answers[-1].json["code"] == "rate_limited"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].headers["Retry-After"] == answers[-1].headers["RateLimit-Reset"]


def test_the_limit_is_a_users_own_wherever_they_ask_from(open_house: Open) -> None:
    house = open_house(requests_per_minute=2)
    ada, bob = house.user(Role.VIEWER, "ada"), house.user(Role.VIEWER, "bob")
    for address in ("192.0.2.1", "192.0.2.2"):
        ada.get("/tasks", environ_base={"REMOTE_ADDR": address})

    assert ada.get("/tasks", environ_base={"REMOTE_ADDR": "192.0.2.3"}).status_code == 429
    assert bob.get("/tasks").status_code == 200


def test_guessing_tokens_is_limited_by_address(open_house: Open) -> None:
    house = open_house(requests_per_minute=2)
    guesser = house.stranger.having(Authorization="Bearer guess")
    there, elsewhere = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}

    codes = [guesser.get("/tasks", environ_base=there).status_code for _ in range(3)]

    assert codes == [401, 401, 429]
    assert guesser.get("/tasks", environ_base=elsewhere).status_code == 401


def test_probes_of_the_health_use_up_nothing_of_their_address(open_house: Open) -> None:
    house = open_house(requests_per_minute=2)

    assert [house.stranger.get("/health").status_code for _ in range(5)] == [200] * 5
    assert house.stranger.get("/tasks").status_code == 401


def test_unchanged_answers_count_as_well(open_house: Open) -> None:
    house = open_house(requests_per_minute=2)
    viewer = house.user(Role.VIEWER)
    etag = viewer.get("/tasks").headers["ETag"]

    codes = [viewer.get("/tasks", headers={"If-None-Match": etag}).status_code for _ in range(2)]

    assert codes == [304, 429]


def test_the_local_operator_has_ten_times_as_many(open_house: Open) -> None:
    house = open_house(requests_per_minute=20)

    assert house.local.get("/tasks").headers["RateLimit-Limit"] == "200"


def test_the_login_counts_before_a_password_is_looked_at(open_house: Open) -> None:
    house: House = open_house(requests_per_minute=1)
    body = {"name": "ada", "password": PASSWORD}

    assert house.stranger.post("/auth/login", body).status_code == 401
    assert house.stranger.post("/auth/login", body).status_code == 429
