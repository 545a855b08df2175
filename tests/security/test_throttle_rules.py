"""Delays for who guesses: they grow, they end, and they never shut an owner out for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.security.throttle import ACCOUNT, ADDRESS, Tries, account_key, address_key

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
KEY = b"t" * 32
NONE_YET = Tries(failures=0, failed_at=NOW, next_try_at=NOW)


def test_five_tries_are_free_and_then_each_failure_doubles_the_wait_to_five_minutes() -> None:
    waits = [ACCOUNT.wait(failures).total_seconds() for failures in range(1, 16)]

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_an_address_that_many_share_has_twenty_free_tries() -> None:
    assert ADDRESS.wait(19) == timedelta()
    assert ADDRESS.wait(20) == timedelta(seconds=1)


@given(st.integers(0, 10**9))
def test_no_count_of_failures_makes_a_longer_wait_than_five_minutes(failures: int) -> None:
    assert timedelta() <= ACCOUNT.wait(failures) <= timedelta(minutes=5)


def test_a_wait_that_is_kept_to_makes_the_next_longer() -> None:
    tries, now = NONE_YET, NOW
    for _ in range(10):
        now += tries.wait(now)
        tries = tries.failed(now, ACCOUNT)

    assert tries.wait(now) == timedelta(seconds=32)


def test_half_an_hour_without_a_failure_forgets_them_all() -> None:
    many = Tries(failures=30, failed_at=NOW, next_try_at=NOW + timedelta(minutes=5))

    assert many.failed(NOW + timedelta(minutes=29), ACCOUNT).failures == 31
    assert many.failed(NOW + timedelta(minutes=31), ACCOUNT).failures == 1


def test_a_clock_that_was_set_back_makes_nobody_wait() -> None:
    many = Tries(failures=30, failed_at=NOW, next_try_at=NOW + timedelta(minutes=5))

    assert many.wait(NOW - timedelta(hours=1)) == timedelta()


def test_a_failure_that_was_none_is_taken_back() -> None:
    tries = Tries(failures=21, failed_at=NOW, next_try_at=NOW + timedelta(seconds=2))

    assert tries.forgiven(NOW) == Tries(failures=20, failed_at=NOW, next_try_at=NOW)
    assert NONE_YET.forgiven(NOW).failures == 0


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("", "", True),
        ("unix:", "203.0.113.7", False),
    ],
)
def test_addresses_of_one_customer_count_together(one: str, other: str, together: bool) -> None:
    assert (address_key(one) == address_key(other)) is together


def test_the_throttle_of_an_account_does_not_tell_its_name() -> None:
    assert "ada" not in account_key(KEY, "ada", None)
    assert account_key(KEY, "ada", None) != account_key(KEY, "bob", None)
    assert account_key(KEY, "ada", None) != account_key(b"u" * 32, "ada", None)
