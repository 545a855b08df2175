"""Small values that everything relies on: secrets, ids, clocks, counters, actors, states."""

from __future__ import annotations

import copy
import pickle
import threading
from datetime import UTC, timedelta

import pytest

from autom8.kernel.actor import ANONYMOUS, SCOPES_BY_ROLE, SYSTEM, Actor
from autom8.kernel.clock import SystemClock
from autom8.kernel.errors import Autom8Error, Invalid, RateLimited
from autom8.kernel.ids import new_lease_token, new_request_id
from autom8.kernel.secrets import Secret
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import LIVE_STATES, OPEN_STATES, ActorKind, Role, RunState


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("hunter2")
    shown = f"{secret} {secret!r} {secret!s} {secret:>20} {[secret]} {{'a': {secret}}}"

    assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2") != Secret("other")
    assert secret != "hunter2"
    assert len({secret, Secret("hunter2")}) == 1


def test_a_secret_does_not_leave_the_process() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("hunter2"))
    with pytest.raises(TypeError):
        copy.copy(Secret("hunter2"))


def test_names_are_never_given_twice() -> None:
    assert len({new_lease_token() for _ in range(1_000)}) == 1_000
    assert len({new_request_id() for _ in range(1_000)}) == 1_000
    assert len(new_lease_token()) == 32


def test_the_clock_tells_aware_utc_and_can_be_moved() -> None:
    now, moved = SystemClock().now(), SystemClock(offset=timedelta(hours=1)).now()

    assert now.tzinfo is UTC
    assert timedelta(minutes=59) < moved - now < timedelta(minutes=61)
    assert SystemClock().monotonic() <= SystemClock().monotonic()


def test_counters_lose_nothing_among_threads() -> None:
    telemetry = Telemetry()

    def count() -> None:
        for _ in range(1_000):
            telemetry.count("x")
            telemetry.observe("y", 0.5)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert telemetry.snapshot() == {"x": 4_000, "y.count": 4_000, "y.seconds": 2_000.0}


def test_a_timed_function_is_observed_when_it_fails_too() -> None:
    telemetry = Telemetry()

    @telemetry.timed("work")
    def work(fail: bool) -> str:
        if fail:
            raise ZeroDivisionError
        return "done"

    assert work(False) == "done"
    with pytest.raises(ZeroDivisionError):
        work(True)
    assert telemetry.snapshot()["work.count"] == 2
    assert work.__name__ == "work"


def test_each_role_may_what_the_one_before_may() -> None:
    viewer, operator, admin = (SCOPES_BY_ROLE[role] for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN))
    assert viewer < operator < admin


def test_an_actor_may_what_its_scopes_say() -> None:
    actor = Actor(kind=ActorKind.USER, scopes=frozenset({"tasks:read"}))
    assert actor.may("tasks:read")
    assert not actor.may("tasks:write")
    assert not ANONYMOUS.may("tasks:read")
    assert SYSTEM.kind is ActorKind.SYSTEM


def test_a_state_is_final_or_open() -> None:
    assert {state for state in RunState if not state.final} == OPEN_STATES
    assert LIVE_STATES < OPEN_STATES


def every_error(family: type[Autom8Error] = Autom8Error) -> list[type[Autom8Error]]:
    return [family, *(each for child in family.__subclasses__() for each in every_error(child))]


def test_every_error_has_a_code_that_a_client_can_match_on() -> None:
    for error in every_error():
        assert error.code == error.code.lower()
        assert error.code.replace("_", "").isalnum(), error


def test_errors_carry_what_a_caller_needs() -> None:
    assert Invalid("x").fields == {}
    assert Invalid("x", fields={"name": "why"}).fields == {"name": "why"}
    assert RateLimited("x", retry_after_s=7).retry_after_s == 7
