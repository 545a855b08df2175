"""A proof of who somebody is: given by signing in, good for ten minutes, given again by password and code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Invalid, RateLimited
from autom8.kernel.vocabulary import ActorKind
from autom8.models import User
from autom8.security.personal import NotPersonal
from autom8.security.proof import ProofRefused
from autom8.security.sign_in import RefreshRefused, WrongCredentials
from autom8.security.tokens import TokenRefused
from autom8.security.views import TokenGrant, UserView
from tests.security.authenticator import code_of, enable
from tests.security.house import OTHER_PASSWORD, PASSWORD, STRANGER, House

MINUTE = timedelta(minutes=1)


def proved(house: House, grant: TokenGrant) -> bool:
    """Whether the session of a grant counts as proved, as the database has it now."""
    return house.security.authenticator.is_proved(house.bearer(grant, fresh=True))


def prove(house: House, actor: Actor, password: str = PASSWORD, code: str | None = None) -> None:
    house.security.proof.prove(password, code, actor=actor)


def test_signing_in_is_proof_for_ten_minutes(house: House, ada: UserView) -> None:
    grant = house.sign_in("Ada")
    assert proved(house, grant)
    house.advance(timedelta(minutes=9, seconds=50))
    assert proved(house, grant)
    house.advance(timedelta(seconds=11))

    with pytest.raises(Exception, match="expired"):  # the access token has as long a life
        house.bearer(grant)
    renewed = house.security.sign_ins.refresh(grant.refresh_token.reveal(), actor=STRANGER)
    assert not proved(house, renewed)  # and no refresh is proof


def test_a_password_proves_again_in_this_session_only(house: House, ada: UserView) -> None:
    here, there = house.sign_in("Ada"), house.sign_in("Ada")
    house.advance(9 * MINUTE)
    prove(house, house.bearer(here))
    house.advance(
        timedelta(seconds=45)
    )  # the token itself ends at ten minutes, and the machine takes its time
    assert proved(house, here)
    house.advance(timedelta(seconds=16))
    here = house.security.sign_ins.refresh(here.refresh_token.reveal(), actor=STRANGER)
    there = house.security.sign_ins.refresh(there.refresh_token.reveal(), actor=STRANGER)

    assert proved(house, here)
    assert not proved(house, there)
    assert [entry.action for entry in house.entries()].count("session.proved") == 1


def test_a_proof_is_known_at_once_on_this_server(house: House, ada: UserView) -> None:
    grant = house.sign_in("Ada")
    before = house.bearer(grant).proved_at
    prove(house, house.bearer(grant))

    assert house.bearer(grant).proved_at != before


def test_a_wrong_password_proves_nothing_and_is_audited(house: House, ada: UserView) -> None:
    actor = house.bearer(house.sign_in("Ada"))

    with pytest.raises(ProofRefused):
        prove(house, actor, OTHER_PASSWORD)
    last = house.entries()[-1]
    assert (last.action, last.object_id, last.details["reason"]) == (
        "proof.failed",
        str(ada.id),
        "wrong_password",
    )


def test_with_a_second_factor_the_password_is_not_enough(house: House, ada: UserView) -> None:
    secret, codes = enable(house, "Ada")
    actor = house.bearer(house.security.sign_ins.sign_in("Ada", PASSWORD, actor=STRANGER, code=codes[0]))

    for code in (None, "", "000000", codes[0]):
        with pytest.raises(ProofRefused):
            prove(house, actor, code=code)
    with pytest.raises(ProofRefused):
        prove(house, actor, OTHER_PASSWORD, code_of(house, secret))
    house.advance(10 * MINUTE)
    prove(house, actor, code=code_of(house, secret))
    with pytest.raises(ProofRefused):  # once
        prove(house, actor, code=code_of(house, secret))


def test_guessing_a_proof_waits_as_guessing_a_sign_in_does(house: House, ada: UserView) -> None:
    actor = house.bearer(house.sign_in("Ada"))
    for _ in range(5):
        with pytest.raises(ProofRefused):
            prove(house, actor, OTHER_PASSWORD)

    with pytest.raises(RateLimited):
        prove(house, actor)
    with pytest.raises(RateLimited):
        house.security.proof.change_password(PASSWORD, OTHER_PASSWORD, actor=actor)


def test_who_has_no_password_proves_nothing_by_one(house: House, ada: UserView) -> None:
    actor = house.bearer(house.sign_in("Ada"))
    _take_password(house, ada)

    for guess in ("", PASSWORD):
        with pytest.raises(ProofRefused):
            prove(house, actor, guess)
        with pytest.raises(WrongCredentials):
            house.sign_in("Ada", guess)


def test_a_session_that_ended_meanwhile_is_not_proved(house: House, ada: UserView) -> None:
    actor = house.bearer(house.sign_in("Ada"))
    house.security.sign_ins.sign_out(actor)

    with pytest.raises(ProofRefused):
        prove(house, actor)


@pytest.mark.parametrize("kind", [ActorKind.KEY, ActorKind.LOCAL, ActorKind.SYSTEM])
def test_only_a_user_who_signed_in_can_prove_or_change_a_password(
    house: House, ada: UserView, kind: ActorKind
) -> None:
    actor = replace(house.bearer(house.sign_in("Ada")), kind=kind)

    with pytest.raises(NotPersonal):
        prove(house, actor)
    with pytest.raises(NotPersonal):
        house.security.proof.change_password(PASSWORD, OTHER_PASSWORD, actor=actor)
    assert house.security.authenticator.is_proved(actor) is (kind is ActorKind.LOCAL)


def test_a_new_password_of_ones_own_ends_the_other_sessions_and_all_access_tokens(
    house: House, ada: UserView
) -> None:
    here, there = house.sign_in("Ada"), house.sign_in("Ada")
    house.security.proof.change_password(PASSWORD, OTHER_PASSWORD, actor=house.bearer(here))

    for grant in (here, there):
        with pytest.raises(TokenRefused):
            house.bearer(grant)
    with pytest.raises(RefreshRefused):
        house.security.sign_ins.refresh(there.refresh_token.reveal(), actor=STRANGER)
    assert house.security.sign_ins.refresh(here.refresh_token.reveal(), actor=STRANGER)
    with pytest.raises(WrongCredentials):
        house.sign_in("Ada", PASSWORD)
    assert house.sign_in("Ada", OTHER_PASSWORD)


def test_a_new_password_needs_the_one_before_and_must_be_good(house: House, ada: UserView) -> None:
    actor = house.bearer(house.sign_in("Ada"))
    change = house.security.proof.change_password

    with pytest.raises(ProofRefused):
        change(OTHER_PASSWORD, OTHER_PASSWORD, actor=actor)
    with pytest.raises(Invalid) as refused:
        change(PASSWORD, "short", actor=actor)
    assert set(refused.value.fields) == {"new"}
    assert house.sign_in("Ada", PASSWORD)


def _take_password(house: House, user: UserView) -> None:
    with house.writing() as work:
        row = work.session.get(User, user.id)
        assert row is not None
        row.password_hash = ""
        work.commit()
