"""Counts shared in a real Valkey: right, bounded in time, and back by themselves after an outage."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from autom8.kernel.secrets import Secret
from autom8.kernel.telemetry import Telemetry
from autom8.persistence import shared_counts
from autom8.persistence.shared_counts import SharedCounts
from tests.services.valkey import ValkeyServer

PATIENCE_S = 20.0  # of a test on a busy machine; the figures are the bench's
Opener = Callable[..., SharedCounts]


@pytest.fixture
def open_counts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens counts, and closes them in the end."""
    monkeypatch.setattr(shared_counts, "MEND_EVERY_S", 0.05)
    opened: list[SharedCounts] = []

    def open_(url: str, **options: object) -> SharedCounts:
        given = {"prefix": "t:", "threads": 2, "telemetry": Telemetry(), **options}
        opened.append(SharedCounts(Secret(url), **given))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for each in opened:
        each.close()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_servers_count_together_and_the_window_ends(valkey: ValkeyServer, open_counts: Opener) -> None:
    here, there = (open_counts(valkey.url, prefix="together:", timeout_s=5) for _ in range(2))

    counted = [each.count("ada", 0.5) for each in (here, there, here)]
    assert [each and each[0] for each in counted] == [1, 2, 3]
    assert all(each and 0 < each[1] <= 0.5 for each in counted)

    time.sleep(0.6)
    again = here.count("ada", 0.5)
    assert again is not None
    assert again[0] == 1


def test_counting_is_one_round_trip(private_valkey: ValkeyServer, open_counts: Opener) -> None:
    counts = open_counts(private_valkey.url, timeout_s=5)
    counts.count("ada", 60)  # the script is known from now on
    counts._client.config_resetstat()

    for _ in range(10):
        counts.count("ada", 60)

    calls = {name: each["calls"] for name, each in counts._client.info("commandstats").items()}
    told = {name: number for name, number in calls.items() if name != "cmdstat_config|resetstat"}
    assert told == {
        "cmdstat_evalsha": 10,
        "cmdstat_incr": 10,
        "cmdstat_pttl": 10,
    }  # the last two by the script


def test_a_unix_socket_does_as_well(valkey: ValkeyServer, open_counts: Opener) -> None:
    assert open_counts(valkey.socket_url, prefix="socket:", timeout_s=5).count("ada", 60) == (1, 60.0)


def test_a_count_that_lost_its_end_gets_one_again(valkey: ValkeyServer, open_counts: Opener) -> None:
    counts = open_counts(valkey.url, prefix="endless:", timeout_s=5)
    counts.count("ada", 60)
    counts._client.persist("endless:ada")

    assert counts.count("ada", 60) == (2, 60.0)


def test_a_killed_store_is_told_once_and_found_again(
    private_valkey: ValkeyServer, open_counts: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "autom8")
    telemetry = Telemetry()
    counts = open_counts(private_valkey.url, telemetry=telemetry, timeout_s=5)
    assert counts.count("ada", 60) == (1, 60.0)

    private_valkey.kill()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: counts.count("ada", 60), range(100))) == [None] * 100
    assert not counts.reached
    private_valkey.start()
    until(lambda: counts.reached)

    assert counts.count("ada", 60) == (1, 60.0)  # its memory was lost with it
    assert telemetry.snapshot()["shared_counts.lost"] == 1
    assert [line.message for line in caplog.records] == ["shared_counts_lost", "shared_counts_back"]


def test_a_frozen_store_costs_one_wait_and_is_found_again(
    private_valkey: ValkeyServer, open_counts: Opener
) -> None:
    counts = open_counts(private_valkey.url, timeout_s=1)
    assert counts.count("ada", 60) is not None
    private_valkey.freeze()

    began = time.monotonic()
    assert [counts.count("ada", 60) for _ in range(1_000)] == [None] * 1_000
    assert time.monotonic() - began < 10  # and not a thousand waits of a second

    private_valkey.thaw()
    until(lambda: counts.reached)
    assert counts.count("bob", 60) == (1, 60.0)


def test_a_store_that_is_not_there_at_the_start_is_found_later(
    private_valkey: ValkeyServer, open_counts: Opener
) -> None:
    private_valkey.kill()
    counts = open_counts(private_valkey.url, timeout_s=5)
    assert counts.count("ada", 60) is None

    private_valkey.start()
    until(lambda: counts.reached)
    assert counts.count("ada", 60) == (1, 60.0)


def test_a_wrong_password_is_an_outage_and_is_not_logged(
    valkey: ValkeyServer, open_counts: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    counts = open_counts(valkey.url.replace(valkey.password, "guessed-wrongly"), timeout_s=5)

    assert counts.count("ada", 60) is None
    assert "shared_counts_lost" in caplog.text
    assert "guessed-wrongly" not in caplog.text


def test_closed_counts_tell_nothing_and_look_no_further(
    private_valkey: ValkeyServer, open_counts: Opener
) -> None:
    counts = open_counts(private_valkey.url, timeout_s=5)
    private_valkey.kill()
    assert counts.count("ada", 60) is None

    counts.close()
    private_valkey.start()
    time.sleep(0.2)
    assert not counts.reached
    assert counts.count("ada", 60) is None
