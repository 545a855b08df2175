"""Passwords: which are taken, how they are kept, and that checking them can't take the server down."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest

from autom8.kernel.errors import Invalid
from autom8.security.passwords import Passwords, TooManySignIns, refuse_weak

PEPPER = b"p" * 32
GOOD = "plumb-vane-xkq-77"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PEPPER, cost=4)


def hashed(passwords: Passwords, password: str) -> str:
    with passwords.place() as checker:
        return checker.hash(password)


def verified(passwords: Passwords, password: str, kept: str | None) -> bool:
    with passwords.place() as checker:
        return checker.verify(password, kept)


@pytest.mark.parametrize(
    "password", [GOOD, "drei Elstern rufen", "пять тихих сорок", "🐦🪵🌋🪁🧭🪗🛶🧶🦔🪐🫖🥁"]
)
def test_a_long_password_of_any_letters_is_taken(password: str) -> None:
    refuse_weak(password, user_name="Ada")


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("", "at least 12"),
        ("vx3$Kq!9zP_", "at least 12"),
        ("x" * 1_025, "at most 1024"),
        ("password1234", "widely known"),
        ("qwertyuiop123", "widely known"),
        ("123456789012", "widely known"),
        ("aaaaaaaaaaaaaaaa", "widely known"),
        ("changeme1234", "widely known"),
        ("autom8autom8", "widely known"),
        ("Trustno1Trustno1", "widely known"),
        ("xkq-GRACE-plumb-vane", "the user's name"),
    ],
)
def test_a_short_known_or_named_password_is_refused_and_the_field_named(password: str, what: str) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_weak(password, user_name="Grace")
    assert what in refused.value.fields["password"]


def test_a_name_of_two_letters_does_not_forbid_half_of_all_passwords() -> None:
    refuse_weak(GOOD, user_name="pl")


def test_judging_the_longest_password_takes_no_more_than_a_moment() -> None:
    started = time.perf_counter()
    refuse_weak("@(4a8b6c<e3[1|!i0o$5+7%z2" * 40, user_name="Ada")
    assert time.perf_counter() - started < 3


def test_only_the_right_password_is_right(passwords: Passwords) -> None:
    kept = hashed(passwords, GOOD)

    assert verified(passwords, GOOD, kept)
    assert not verified(passwords, GOOD + " ", kept)
    assert not verified(passwords, GOOD.upper(), kept)


def test_a_password_of_73_bytes_differs_from_its_first_72(passwords: Passwords) -> None:
    kept = hashed(passwords, "x" * 72 + "y")

    assert not verified(passwords, "x" * 72, kept)
    assert not verified(passwords, "x" * 72 + "z", kept)


def test_what_follows_a_zero_byte_counts(passwords: Passwords) -> None:
    assert not verified(passwords, "before\0after", hashed(passwords, "before\0other"))


def test_the_same_letters_composed_otherwise_are_the_same_password(passwords: Passwords) -> None:
    assert verified(passwords, "cafe\u0301 au lait", hashed(passwords, "caf\u00e9 au lait"))


def test_a_lone_half_of_a_character_is_checked_like_any_other(passwords: Passwords) -> None:
    assert not verified(passwords, "\ud800" * 12, hashed(passwords, GOOD))


def test_one_password_is_never_kept_the_same_way_twice(passwords: Passwords) -> None:
    assert hashed(passwords, GOOD) != hashed(passwords, GOOD)


def test_a_stolen_database_without_the_pepper_can_not_be_guessed(passwords: Passwords) -> None:
    kept = hashed(passwords, GOOD)

    assert not verified(Passwords(b"q" * 32, cost=4), GOOD, kept)
    assert not bcrypt.checkpw(GOOD.encode(), kept.encode())


def test_nobodys_password_is_never_right(passwords: Passwords) -> None:
    assert not verified(passwords, GOOD, None)
    assert not verified(passwords, "", None)


def test_a_password_too_long_to_be_set_is_never_right(passwords: Passwords) -> None:
    kept = hashed(passwords, "x" * 1_025)

    assert not verified(passwords, "x" * 1_025, kept)


def test_a_hash_of_another_cost_is_outdated(passwords: Passwords) -> None:
    with Passwords(PEPPER, cost=5).place() as checker:
        assert checker.outdated(hashed(passwords, GOOD))
        assert not checker.outdated(checker.hash(GOOD))


def test_the_cost_is_twelve_unless_a_test_says_otherwise() -> None:
    with Passwords(PEPPER).place() as checker:
        assert checker.hash(GOOD).startswith("$2b$12$")


def test_one_is_worked_on_at_a_time_two_wait_and_the_fourth_is_told_to_come_back(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, most, release, guard = 0, 0, threading.Event(), threading.Lock()

    def slow(_password: bytes, _kept: bytes) -> bool:
        nonlocal at_work, most
        with guard:
            at_work += 1
            most = max(most, at_work)
        release.wait(10)
        with guard:
            at_work -= 1
        return True

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    inside = threading.Semaphore(0)

    def check() -> bool:
        with passwords.place() as checker:
            inside.release()
            return checker.verify(GOOD, "$2b$04$" + "x" * 53)

    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(check) for _ in range(3)]
        for _ in waiting:
            assert inside.acquire(timeout=10)
        with pytest.raises(TooManySignIns) as refused, passwords.place():
            pass
        release.set()
        assert all(each.result(10) for each in waiting)

    assert most == 1
    assert refused.value.retry_after_s > 0
