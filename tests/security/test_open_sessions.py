"""Sessions are listed and ended: one's own by everybody, those of others by administrators."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from autom8.kernel.vocabulary import Method, SessionKind
from autom8.security.authentication import SessionRefused
from autom8.security.open_sessions import SessionNotFound
from autom8.security.sign_in import RefreshRefused
from autom8.security.tokens import TokenRefused
from autom8.security.views import UserView
from tests.security.house import PASSWORD, STRANGER, House


def test_a_user_sees_their_sessions_and_which_is_this_one(house: House, ada: UserView, bob: UserView) -> None:
    house.sign_in("Bob")
    page = replace(STRANGER, address="192.0.2.4")
    house.security.sign_ins.sign_in_page("Ada", PASSWORD, actor=page, agent="Firefox")
    house.advance(timedelta(minutes=1))
    actor = house.bearer(house.sign_in("Ada"))

    here, there = house.security.sessions.list_(ada.id, actor=actor)
    assert (here.id, here.current, here.kind) == (actor.session_id, True, SessionKind.TOKEN)
    assert (there.current, there.kind, there.method) == (False, SessionKind.COOKIE, Method.PASSWORD)
    assert (there.address, there.agent) == ("192.0.2.4", "Firefox")


def test_sessions_that_are_over_are_not_listed(house: House, ada: UserView) -> None:
    ended = house.bearer(house.sign_in("Ada"))
    house.security.sign_ins.sign_out(ended)
    house.sign_in("Ada")
    house.advance(timedelta(days=8))  # the second has been idle for too long

    assert house.security.sessions.list_(ada.id, actor=house.local()) == []


def test_an_ended_session_is_over_for_its_tokens_at_once(house: House, ada: UserView) -> None:
    actor, lost = house.bearer(house.sign_in("Ada")), house.sign_in("Ada")
    lost_id = house.bearer(lost).session_id or ""
    house.security.sessions.end(ada.id, lost_id, actor=actor)
    house.security.sessions.end(ada.id, lost_id, actor=actor)

    with pytest.raises(TokenRefused):
        house.bearer(lost)
    with pytest.raises(RefreshRefused):
        house.security.sign_ins.refresh(lost.refresh_token.reveal(), actor=STRANGER)
    ends = [entry for entry in house.entries() if entry.action == "session.ended"]
    assert [(entry.details["reason"], entry.actor_name) for entry in ends] == [("revoked", "Ada")]


def test_all_other_sessions_end_and_this_one_stays(house: House, ada: UserView) -> None:
    cookie = house.security.sign_ins.sign_in_page("Ada", PASSWORD, actor=STRANGER).cookie.reveal()
    house.sign_in("Ada")
    here = house.sign_in("Ada")
    house.security.authenticator.cookie(cookie, address="", request_id="")

    assert house.security.sessions.end_all(ada.id, actor=house.bearer(here)) == 2
    assert [each.current for each in house.security.sessions.list_(ada.id, actor=house.bearer(here))] == [
        True
    ]
    with pytest.raises(SessionRefused):
        house.security.authenticator.cookie(cookie, address="", request_id="")


def test_nobody_reaches_anothers_session(house: House, ada: UserView, bob: UserView) -> None:
    adas = house.bearer(house.sign_in("Ada")).session_id or ""
    bobs = house.bearer(house.sign_in("Bob"))

    for session_id in (adas, "0" * 32):
        with pytest.raises(SessionNotFound):
            house.security.sessions.end(bob.id, session_id, actor=bobs)
    assert len(house.security.sessions.list_(ada.id, actor=house.local())) == 1


def test_an_administrator_ends_all_sessions_of_somebody_else(
    house: House, ada: UserView, bob: UserView
) -> None:
    grant = house.sign_in("Bob")
    assert house.security.sessions.end_all(bob.id, actor=house.bearer(house.sign_in("Ada"))) == 1

    with pytest.raises(TokenRefused):
        house.bearer(grant)
