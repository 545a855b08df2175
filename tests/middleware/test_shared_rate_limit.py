"""A rate limit shared by a real Valkey: never more than the limit, and neither down nor open without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role
from autom8.persistence import shared_counts
from autom8.persistence.shared_counts import SharedCounts
from tests import production
from tests.api.rig import Caller, House, migrated, opened
from tests.persistence.test_shared_counts import until
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

LIMIT = 40
KEYS = {name: value for name, value in production.SETTINGS.items() if name != "env"}
Pair = Callable[[str], tuple[House, House]]


@pytest.fixture
def two_servers(
    postgres: PostgresServer, tmp_path: Path, quick_passwords: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pair]:
    """Opens two servers of one installation that count in the Redis of this URL."""
    monkeypatch.setattr(shared_counts, "TIMEOUT_S", 1.0)  # patience of a busy machine, not of a server
    monkeypatch.setattr(shared_counts, "MEND_EVERY_S", 0.05)
    template = postgres.ensure_template("api", migrated)
    with ExitStack() as stack, postgres.database(template=template) as database_url:

        def open_(redis_url: str) -> tuple[House, House]:
            settings = {**KEYS, "redis_url": Secret(redis_url), "requests_per_minute": LIMIT}
            first, second = (
                stack.enter_context(opened(tmp_path / name, database_url, **settings)) for name in "ab"
            )
            return first, second

        yield open_


def _callers(houses: tuple[House, House]) -> list[Caller]:
    """One user, as both servers know them."""
    user = houses[0].user(Role.VIEWER)
    return [user, houses[1].stranger.having(**user.headers)]


def _counts(house: House) -> SharedCounts:
    assert house.services.counts is not None
    return house.services.counts


def _ask_all(callers: list[Caller], times: int) -> Counter[int]:
    def ask(number: int) -> int:
        return callers[number % 2].get("/auth/session").status_code

    with ThreadPoolExecutor(8) as threads:
        return Counter(threads.map(ask, range(times)))


def test_threads_on_two_servers_are_never_admitted_more_often_than_the_limit(
    valkey: ValkeyServer, two_servers: Pair
) -> None:
    houses = two_servers(valkey.url)

    assert _ask_all(_callers(houses), 3 * LIMIT) == {200: LIMIT, 429: 2 * LIMIT}
    assert all(_counts(house).reached for house in houses)


def test_without_the_store_each_server_limits_by_itself_and_forgets_nothing(
    private_valkey: ValkeyServer, two_servers: Pair
) -> None:
    houses = two_servers(private_valkey.url)
    callers = _callers(houses)
    assert _ask_all(callers, 10) == {200: 10}

    private_valkey.kill()
    alone = _ask_all(callers, 4 * LIMIT)

    assert alone == {200: 2 * LIMIT - 10, 429: 2 * LIMIT + 10}  # five of each were used up before
    private_valkey.start()
    until(lambda: all(_counts(house).reached for house in houses))
    assert callers[0].get("/auth/session").headers["RateLimit-Remaining"] == str(LIMIT - 1)


def test_a_store_that_freezes_holds_up_no_server(private_valkey: ValkeyServer, two_servers: Pair) -> None:
    callers = _callers(two_servers(private_valkey.url))
    private_valkey.freeze()

    assert _ask_all(callers, LIMIT) == {200: LIMIT}


def test_the_local_operators_of_two_machines_are_told_apart(valkey: ValkeyServer, two_servers: Pair) -> None:
    """By their machines' names; on one machine, as here, they are one."""
    first, second = two_servers(valkey.url)

    assert first.local.get("/auth/session").headers["RateLimit-Remaining"] == str(10 * LIMIT - 1)
    assert second.local.get("/auth/session").headers["RateLimit-Remaining"] == str(10 * LIMIT - 2)
