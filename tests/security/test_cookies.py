"""A page's cookie names its session, and changes nothing without the CSRF token beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from autom8.repositories.unit_of_work import DatabaseUnavailable, Work
from autom8.security.authentication import CsrfFailed, SessionRefused
from autom8.security.tokens import Claims, SessionTokens, TokenRefused
from autom8.security.views import CookieCaller, CookieGrant, UserView
from tests.security.house import KEYS, PASSWORD, STRANGER, House


def sign_in_page(house: House) -> CookieGrant:
    return house.security.sign_ins.sign_in_page("Ada", PASSWORD, actor=STRANGER)


def caller(house: House, value: str, *, fresh: bool = False) -> CookieCaller:
    return house.security.authenticator.cookie(
        value, address="203.0.113.7", request_id="request-9", fresh=fresh
    )


def test_a_cookie_says_who_holds_it(house: House, ada: UserView) -> None:
    actor = caller(house, sign_in_page(house).cookie.reveal()).actor

    assert (actor.id, actor.name, actor.address, actor.request_id) == (
        ada.id,
        "Ada",
        "203.0.113.7",
        "request-9",
    )
    assert actor.may("users:write")


def test_each_sign_in_gets_a_session_of_its_own(house: House, ada: UserView) -> None:
    assert sign_in_page(house).cookie != sign_in_page(house).cookie


@pytest.mark.parametrize("given", [None, "", "x", "é" * 43, "another's"])
def test_a_change_without_the_sessions_own_csrf_token_is_refused(
    house: House, ada: UserView, given: str | None
) -> None:
    theirs = sign_in_page(house).csrf_token.reveal()
    mine = caller(house, sign_in_page(house).cookie.reveal())

    with pytest.raises(CsrfFailed):
        house.security.authenticator.check_csrf(mine, theirs if given == "another's" else given)


def test_a_change_with_the_csrf_token_of_its_session_passes(house: House, ada: UserView) -> None:
    grant = sign_in_page(house)
    house.security.authenticator.check_csrf(caller(house, grant.cookie.reveal()), grant.csrf_token.reveal())


def test_a_cookie_that_is_not_ours_is_refused(house: House, ada: UserView) -> None:
    session_id, _, mac = sign_in_page(house).cookie.reveal().partition(".")
    for value in [
        "",
        ".",
        f"{session_id}.",
        f"{session_id}.{mac[:-1]}",
        f"{'0' * 32}.{mac}",
        f"{session_id}.{mac}\n",
    ]:
        with pytest.raises(SessionRefused):
            caller(house, value)


def test_a_session_id_alone_or_its_csrf_token_is_no_cookie(house: House, ada: UserView) -> None:
    grant = sign_in_page(house)
    session_id = grant.cookie.reveal().partition(".")[0]
    for value in [session_id, f"{session_id}.{grant.csrf_token.reveal()}"]:
        with pytest.raises(SessionRefused):
            caller(house, value)


def test_a_programs_session_is_not_entered_by_cookie(house: House, ada: UserView) -> None:
    session_id = house.bearer(house.sign_in("Ada")).session_id
    assert session_id is not None

    with pytest.raises(SessionRefused):
        caller(house, SessionTokens(KEYS).cookie(session_id).reveal())


def test_a_pages_session_is_not_entered_by_an_access_token(house: House, ada: UserView) -> None:
    """Sessions of both kinds have the same ids: what proves one must not open the other."""
    sign_in = house.security.sign_ins
    session_id = sign_in_page(house).cookie.reveal().partition(".")[0]
    claims = Claims(user_id=ada.id, session_id=session_id, user_version=ada.version)
    forged = sign_in.access_tokens.make(claims, now=house.clock.now())

    with pytest.raises(TokenRefused):
        house.security.authenticator.bearer(forged.reveal(), address="", request_id="")


def test_signing_out_ends_the_session_at_once_and_twice_changes_nothing(house: House, ada: UserView) -> None:
    value = sign_in_page(house).cookie.reveal()
    actor = caller(house, value).actor
    house.security.sign_ins.sign_out(actor)
    entries = len(house.entries())
    house.security.sign_ins.sign_out(actor)

    with pytest.raises(SessionRefused):
        caller(house, value)
    assert len(house.entries()) == entries


def test_who_has_no_session_can_sign_out(house: House, ada: UserView) -> None:
    house.security.sign_ins.sign_out(house.local())
    house.security.sign_ins.sign_out(STRANGER)

    assert [entry.action for entry in house.entries()] == ["user.added"]


def test_a_page_in_use_does_not_go_idle_and_one_left_alone_does(house: House, ada: UserView) -> None:
    used, left = sign_in_page(house).cookie.reveal(), sign_in_page(house).cookie.reveal()
    for _ in range(3):
        house.advance(timedelta(days=3))
        caller(house, used)

    with pytest.raises(SessionRefused):
        caller(house, left)


def test_a_page_in_use_is_over_after_a_month(house: House, ada: UserView) -> None:
    grant = sign_in_page(house)
    for _ in range(5):
        house.advance(timedelta(days=5, hours=23))
        caller(house, grant.cookie.reveal())
    house.advance(timedelta(hours=6))

    with pytest.raises(SessionRefused):
        caller(house, grant.cookie.reveal())


def test_a_database_that_cannot_write_now_shuts_no_page_out(
    house: House, ada: UserView, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    value = sign_in_page(house).cookie.reveal()
    house.advance(timedelta(hours=2))

    def full(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("The disk is full.")

    monkeypatch.setattr(Work, "commit", full)

    assert caller(house, value).actor.name == "Ada"
    assert "session_use_not_noted" in caplog.messages
