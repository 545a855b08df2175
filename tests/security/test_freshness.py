"""What a server ends it knows at once; what another ends, within five seconds, or at once when asked to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from autom8.kernel.actor import SYSTEM, Actor
from autom8.kernel.errors import Unauthenticated
from autom8.kernel.events import SessionEnded, UserChanged
from autom8.kernel.vocabulary import ActorKind, Role
from autom8.repositories.unit_of_work import Work
from autom8.security import remembering
from autom8.security.authentication import Authenticator, Principals
from autom8.security.tokens import TokenRefused
from autom8.security.views import UserChanges, UserView
from tests.security.house import LOCAL_TOKEN, House


def disable(house: House, user: UserView) -> None:
    house.security.users.change(user.id, UserChanges(disabled=True), actor=house.local())


def test_the_local_token_is_an_administrator_on_this_machine(house: House) -> None:
    actor = house.local()

    assert (actor.kind, actor.role, actor.id, actor.session_id) == (ActorKind.LOCAL, Role.ADMIN, None, None)
    assert actor.may("users:write")
    assert (actor.address, actor.request_id) == ("127.0.0.1", "request-3")


@pytest.mark.parametrize(
    "wrong",
    ["a8l_", LOCAL_TOKEN.reveal()[:-1], LOCAL_TOKEN.reveal() + "L", "a8l_" + "M" * 43, "a8l_\ud800", "a8l_é"],
)
def test_anything_like_the_local_token_is_refused(house: House, wrong: str) -> None:
    with pytest.raises(TokenRefused):
        house.security.authenticator.bearer(wrong, address="127.0.0.1", request_id="")


def test_what_this_server_ends_it_knows_at_once(house: House, bob: UserView) -> None:
    grant = house.sign_in("Bob")
    house.bearer(grant)
    disable(house, bob)

    with pytest.raises(TokenRefused):
        house.bearer(grant)


def test_what_another_server_ends_is_known_within_five_seconds(
    house: House, other_house: House, bob: UserView
) -> None:
    grant = house.sign_in("Bob")
    house.bearer(grant)
    disable(other_house, bob)
    house.bearer(grant)
    house.advance(timedelta(seconds=5))

    with pytest.raises(TokenRefused):
        house.bearer(grant)


def test_who_asks_the_database_knows_at_once_what_another_server_ended(
    house: House, other_house: House, bob: UserView
) -> None:
    grant = house.sign_in("Bob")
    house.bearer(grant)
    disable(other_house, bob)

    with pytest.raises(TokenRefused):
        house.bearer(grant, fresh=True)
    with pytest.raises(TokenRefused):  # and from then on without asking
        house.bearer(grant)


def test_a_removed_user_is_unknown_at_once_to_who_asks_the_database(
    house: House, other_house: House, bob: UserView
) -> None:
    grant = house.sign_in("Bob")
    house.bearer(grant)
    other_house.security.users.remove(bob.id, actor=other_house.local())

    with pytest.raises(TokenRefused):
        house.bearer(grant, fresh=True)


def test_a_caller_seen_a_moment_ago_costs_no_query(
    house: House, bob: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = house.sign_in("Bob")
    house.bearer(grant)
    monkeypatch.setattr(Principals, "_load", None)

    assert house.bearer(grant).name == "Bob"


def test_only_so_many_are_remembered(house: House, bob: UserView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_REMEMBERED_MAX", 2)
    grants = [house.sign_in("Bob") for _ in range(3)]
    for grant in grants:
        house.bearer(grant)
    monkeypatch.setattr(Principals, "_load", lambda *_: None)

    assert house.bearer(grants[2])
    with pytest.raises(TokenRefused):
        house.bearer(grants[0])


def test_a_session_used_by_another_users_token_is_refused(house: House, ada: UserView, bob: UserView) -> None:
    """As when an id is given again: the session names its user, and both must agree."""
    session_id = house.bearer(house.sign_in("Bob")).session_id
    assert session_id is not None
    tokens = house.security.sign_ins.access_tokens
    claims = tokens.read(house.sign_in("Ada").access_token.reveal(), now=house.clock.now())
    swapped = tokens.make(
        type(claims)(user_id=claims.user_id, session_id=session_id, user_version=1), now=house.clock.now()
    )

    with pytest.raises(Unauthenticated):
        house.security.authenticator.bearer(swapped.reveal(), address="", request_id="")


def test_a_look_that_began_before_an_end_is_not_remembered_after_it(house: House, bob: UserView) -> None:
    """The race: a thread reads that Bob is enabled, another disables him, then the first remembers."""
    grant = house.sign_in("Bob")
    looked, go_on = threading.Event(), threading.Event()

    @contextmanager
    def slow_read(actor: Actor = SYSTEM) -> Iterator[Work]:
        with house.reading(actor) as work:
            yield work
        looked.set()
        assert go_on.wait(10)

    principals = Principals(slow_read, house.clock)
    authenticator = Authenticator(
        begin=house.writing,
        clock=house.clock,
        principals=principals,
        keys=house.security.authenticator.keys,
        access_tokens=house.security.sign_ins.access_tokens,
        session_tokens=house.security.sign_ins.session_tokens,
        local_token=LOCAL_TOKEN,
    )
    house.bus.after(UserChanged, authenticator.forget_user)
    house.bus.after(SessionEnded, authenticator.forget_session)
    token = grant.access_token.reveal()
    thread = threading.Thread(target=lambda: authenticator.bearer(token, address="", request_id=""))
    thread.start()
    assert looked.wait(10)
    disable(house, bob)
    go_on.set()
    thread.join(10)

    with pytest.raises(TokenRefused):
        authenticator.bearer(token, address="", request_id="")
