"""The cache: hits, misses, generations, and one rebuild at a time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from autom8.kernel.errors import Unavailable
from autom8.kernel.telemetry import Telemetry
from autom8.persistence.engines import open_postgresql
from autom8.repositories.cache import Cache, read_generations
from tests.scheduler.house import HandClock, House


class Shelf:
    """A cache over generations that a test raises."""

    def __init__(self, items_max: int = 3) -> None:
        self.generations = {"task": 0, "run": 0}
        self.clock = HandClock()
        self.telemetry = Telemetry()
        self.built: list[object] = []
        self.cache = Cache(
            items_max=items_max,
            ttl=timedelta(seconds=300),
            generations=lambda: dict(self.generations),
            clock=self.clock,
            telemetry=self.telemetry,
        )

    def get(self, key: object, *tables: str) -> bool:
        """Whether it was at hand."""

        def build() -> object:
            self.built.append(key)
            return key

        value, hit = self.cache.get(key, tables=tables or ("task",), build=build)
        assert value == key
        return hit


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_the_second_time_it_is_at_hand_and_both_are_counted(shelf: Shelf) -> None:
    assert [shelf.get("a"), shelf.get("a"), shelf.get("a")] == [False, True, True]
    counts = shelf.telemetry.snapshot()
    assert (counts["cache.hits"], counts["cache.misses"]) == (2, 1)


def test_a_write_to_its_table_makes_it_stale_and_one_to_another_does_not(shelf: Shelf) -> None:
    shelf.get("a", "task")
    shelf.generations["run"] += 1
    assert shelf.get("a", "task")
    shelf.generations["task"] += 1
    assert not shelf.get("a", "task")


def test_a_write_while_it_is_built_makes_it_stale_at_once(shelf: Shelf) -> None:
    def build() -> str:
        shelf.generations["task"] += 1
        return "old"

    shelf.cache.get("a", tables=["task"], build=build)
    assert not shelf.get("a")


def test_it_is_good_for_its_time_to_live_only(shelf: Shelf) -> None:
    shelf.get("a")
    shelf.clock.advance(299)
    assert shelf.get("a")
    shelf.clock.advance(1)
    assert not shelf.get("a")


def test_the_least_recently_used_goes_first(shelf: Shelf) -> None:
    for key in "abc":
        shelf.get(key)
    shelf.get("a")
    shelf.get("d")

    assert [shelf.get(key) for key in "acd"] == [True, True, True]
    assert not shelf.get("b")


def test_size_0_keeps_nothing() -> None:
    shelf = Shelf(items_max=0)
    assert [shelf.get("a"), shelf.get("a")] == [False, False]


def test_clearing_forgets(shelf: Shelf) -> None:
    shelf.get("a")
    shelf.cache.clear()
    assert not shelf.get("a")


def test_many_threads_build_a_key_once(shelf: Shelf) -> None:
    inside, go_on = threading.Event(), threading.Event()
    built: list[int] = []

    def build() -> str:
        built.append(1)
        inside.set()
        go_on.wait(5)
        return "a"

    hits: list[bool] = []

    def ask() -> None:
        hits.append(shelf.cache.get("a", tables=["task"], build=build)[1])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    inside.wait(5)
    assert not shelf.get("another")  # another key does not wait
    go_on.set()
    for thread in threads:
        thread.join(5)

    assert len(built) == 1
    assert sorted(hits) == [False] + [True] * 7
    assert shelf.cache._turns == {}


def test_a_newcomer_between_building_and_keeping_does_not_build_again(shelf: Shelf) -> None:
    """The key's turn must not be given up before its value can be found."""
    newcomers: list[threading.Thread] = []
    built: list[str] = []
    monotonic = shelf.clock.monotonic

    def build_again() -> str:
        built.append("again")
        return "again"

    class Clock(HandClock):
        def monotonic(self) -> float:
            if not newcomers:  # asked for the time to keep the value: it is built, and not yet kept
                newcomers.append(
                    threading.Thread(target=lambda: shelf.cache.get("a", tables=["task"], build=build_again))
                )
            return monotonic()

    def build() -> str:
        built.append("first")
        return "first"

    shelf.cache._clock = Clock()
    lock = shelf.cache._lock

    class Watched:
        def __enter__(self) -> None:
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()
            if newcomers and not newcomers[0].is_alive() and newcomers[0].ident is None:
                newcomers[0].start()
                newcomers[0].join(0.2)

    shelf.cache._lock = Watched()  # type: ignore[assignment]
    shelf.cache.get("a", tables=["task"], build=build)
    newcomers[0].join(5)

    assert built == ["first"]


def test_a_build_that_fails_reaches_its_caller_and_the_next_one_tries_again(shelf: Shelf) -> None:
    inside, go_on = threading.Event(), threading.Event()
    told: list[object] = []

    def fail() -> str:
        inside.set()
        go_on.wait(5)
        raise ZeroDivisionError

    def first() -> None:
        try:
            shelf.cache.get("a", tables=["task"], build=fail)
        except ZeroDivisionError:
            told.append("failed")

    def second() -> None:
        told.append(shelf.cache.get("a", tables=["task"], build=lambda: "good"))

    threads = [threading.Thread(target=first)]
    threads[0].start()
    inside.wait(5)
    threads += [threading.Thread(target=second) for _ in range(3)]
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(5)

    assert not any(thread.is_alive() for thread in threads)
    assert told[0] == "failed"
    assert sorted(told[1:], key=str) == [("good", False), ("good", True), ("good", True)]
    assert shelf.cache._turns == {}


def test_generations_are_read_as_they_are_committed(house: House) -> None:
    read = read_generations(house.database)
    before = dict(read())
    with house.units.writing() as work:
        work.ledger.advance([{"task_id": 1, "through": work.now(), "next": None}])
        assert dict(read()) == before
        work.commit()

    assert read()["task"] == before["task"] + 1


def test_each_thread_reads_generations_for_itself(house: House) -> None:
    read = read_generations(house.database)
    told: list[int] = []
    threads = [threading.Thread(target=lambda: told.append(read()["task"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told == [0, 0, 0, 0]


def test_generations_that_can_not_be_read_are_unavailable() -> None:
    database = open_postgresql("postgresql+psycopg://autom8@127.0.0.1:9/nowhere")
    with pytest.raises(Unavailable):
        read_generations(database)()
    database.dispose()
