"""Who guesses waits longer and longer; who owns the account does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import bcrypt
import pytest

from autom8.kernel.errors import RateLimited
from autom8.security.attempts import Throttled
from autom8.security.sign_in import WrongCredentials
from autom8.security.views import UserView
from tests.security.house import OTHER_PASSWORD, STRANGER, House


def fail(house: House, name: str = "Ada", *, address: str = STRANGER.address) -> None:
    with pytest.raises(WrongCredentials):
        house.sign_in(name, OTHER_PASSWORD, actor=replace(STRANGER, address=address))


def test_the_sixth_try_in_a_row_waits_even_with_the_right_password(house: House, ada: UserView) -> None:
    for _ in range(5):
        fail(house)

    with pytest.raises(Throttled) as refused:
        house.sign_in("Ada")
    assert refused.value.retry_after_s == 1
    assert refused.value.code == "rate_limited"


def test_the_wait_grows_and_an_early_try_is_neither_counted_nor_looked_at(
    house: House, ada: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(8):
        fail(house)
        house.advance(timedelta(seconds=300))
    fail(house)
    monkeypatch.setattr(bcrypt, "checkpw", None)
    for _ in range(20):
        with pytest.raises(Throttled) as refused:
            house.sign_in("Ada")
        assert 10 < refused.value.retry_after_s <= 16


def test_an_unknown_name_waits_like_a_known_one(house: House, ada: UserView) -> None:
    for _ in range(5):
        fail(house, "Nobody")

    with pytest.raises(Throttled):
        house.sign_in("NOBODY")


def test_the_wait_ends_and_the_right_password_starts_anew(house: House, ada: UserView) -> None:
    for _ in range(7):
        fail(house)
        house.advance(timedelta(seconds=10))
    house.sign_in("Ada")
    for _ in range(4):
        fail(house)

    assert house.sign_in("Ada")


def test_guessing_one_account_slows_no_other(house: House, ada: UserView, bob: UserView) -> None:
    for _ in range(5):
        fail(house)

    assert house.sign_in("Bob")


def test_guessing_many_accounts_from_one_address_waits_too(house: House, ada: UserView) -> None:
    for number in range(20):
        fail(house, f"guess-{number}")

    with pytest.raises(Throttled):
        house.sign_in("Ada")
    assert house.sign_in("Ada", actor=replace(STRANGER, address="198.51.100.1"))


def test_a_good_account_of_ones_own_does_not_buy_free_guesses(
    house: House, ada: UserView, bob: UserView
) -> None:
    for number in range(19):
        fail(house, f"guess-{number}")
    house.sign_in("Bob")
    fail(house, "guess-20")

    with pytest.raises(Throttled):
        house.sign_in("Bob")


def test_a_stranger_who_guesses_does_not_keep_the_owner_out(house: House, ada: UserView) -> None:
    """The owner has signed in from their address before, so it has a count of its own."""
    owner = replace(STRANGER, address="198.51.100.1")
    house.sign_in("Ada", actor=owner)
    for _ in range(5):
        fail(house, address="203.0.113.7")
    with pytest.raises(Throttled):
        house.sign_in("Ada", actor=replace(STRANGER, address="192.0.2.99"))

    assert house.sign_in("Ada", actor=owner)


def test_of_many_guesses_at_once_no_more_are_heard_than_one_after_the_other(
    house: House, other_house: House, ada: UserView
) -> None:
    houses = [house, other_house] * 8

    def heard(each: House) -> bool:
        try:
            each.security.sign_ins.attempts.count("Ada", STRANGER)
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(len(houses)) as pool:
        assert sum(pool.map(heard, houses)) == 5


def test_a_restart_forgets_no_failure(house: House, other_house: House, ada: UserView) -> None:
    for _ in range(5):
        fail(house)

    with pytest.raises(Throttled):
        other_house.sign_in("Ada")
