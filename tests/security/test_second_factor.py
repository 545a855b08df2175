"""A second factor: set up, asked for, good once, recovered, removed. Whoever lacks it stays out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from autom8.kernel.errors import Invalid
from autom8.kernel.events import DecryptionFailed
from autom8.kernel.vocabulary import Method
from autom8.models import DataKey, RecoveryCode, Session, User
from autom8.security.attempts import Throttled
from autom8.security.personal import NotPersonal
from autom8.security.second_factor import FactorThere, NoFactor
from autom8.security.sign_in import SecondFactorNeeded, WrongCredentials
from autom8.security.views import TokenGrant, UserView
from tests.security.authenticator import STEP, code_of, enable, owner
from tests.security.house import OTHER_PASSWORD, PASSWORD, STRANGER, House


def sign_in(house: House, code: str | None = None, *, password: str = PASSWORD) -> TokenGrant:
    return house.security.sign_ins.sign_in("Ada", password, actor=STRANGER, code=code)


def test_a_code_is_asked_for_once_the_factor_is_confirmed_and_not_before(house: House, ada: UserView) -> None:
    factors, actor = house.security.factors, owner(house, "Ada")
    secret = factors.set_up(actor=actor).secret.reveal()
    assert sign_in(house)
    factors.confirm(code_of(house, secret), actor=actor)

    with pytest.raises(SecondFactorNeeded):
        sign_in(house)
    assert factors.get(actor=actor).enabled_at is not None


def test_the_right_code_opens_a_session_that_says_how(house: House, ada: UserView) -> None:
    secret, _ = enable(house, "Ada")
    sign_in(house, code_of(house, secret))

    with house.reading() as work:
        methods = work.session.scalars(select(Session.method).order_by(Session.created_at)).all()
    assert methods == [Method.PASSWORD, Method.TOTP]
    assert house.entries()[-1].details["method"] == "totp"


@pytest.mark.parametrize("written", ["{0}{1}", " {0} {1} ", "{0}-{1}"])
def test_a_code_may_be_typed_with_blanks(house: House, ada: UserView, written: str) -> None:
    secret, _ = enable(house, "Ada")
    code = code_of(house, secret)

    assert sign_in(house, written.format(code[:3], code[3:]))


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(house: House, ada: UserView, steps: int) -> None:
    secret, _ = enable(house, "Ada")
    house.advance(5 * STEP)

    assert sign_in(house, code_of(house, secret, steps=steps))


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_older_and_later_codes_are_refused(house: House, ada: UserView, steps: int) -> None:
    secret, _ = enable(house, "Ada")
    house.advance(5 * STEP)

    with pytest.raises(WrongCredentials):
        sign_in(house, code_of(house, secret, steps=steps))


def test_a_code_is_good_once_and_so_is_every_earlier_one(house: House, ada: UserView) -> None:
    secret, _ = enable(house, "Ada")
    house.advance(5 * STEP)
    now, before = code_of(house, secret), code_of(house, secret, steps=-1)
    sign_in(house, now)

    for used in (now, before):
        with pytest.raises(WrongCredentials):
            sign_in(house, used)
    assert sign_in(house, code_of(house, secret, steps=1))


def test_the_code_that_confirmed_the_factor_lets_nobody_in(house: House, ada: UserView) -> None:
    factors, actor = house.security.factors, owner(house, "Ada")
    secret = factors.set_up(actor=actor).secret.reveal()
    code = code_of(house, secret)
    factors.confirm(code, actor=actor)

    with pytest.raises(WrongCredentials):
        sign_in(house, code)


@pytest.mark.parametrize("code", ["", "000000", "１２３４５６", "ABCD-EFGH-JKMN-PQRS", "\ud800", "9" * 90])  # noqa: RUF001 - digits of another script
def test_a_wrong_code_is_refused_as_a_wrong_password_is(house: House, ada: UserView, code: str) -> None:
    secret, _ = enable(house, "Ada")
    assert code != code_of(house, secret)

    with pytest.raises(WrongCredentials):
        sign_in(house, code)
    assert house.entries()[-1].details["reason"] == "wrong_code"


def test_a_right_code_does_not_make_up_for_a_wrong_password(house: House, ada: UserView) -> None:
    secret, codes = enable(house, "Ada")

    for code in (code_of(house, secret), codes[0]):
        with pytest.raises(WrongCredentials):
            sign_in(house, code, password=OTHER_PASSWORD)
    assert sign_in(house, code_of(house, secret))  # and is not used up by it


def test_without_the_right_password_nobody_learns_that_there_is_a_factor(house: House, ada: UserView) -> None:
    enable(house, "Ada")

    with pytest.raises(WrongCredentials):
        sign_in(house, password=OTHER_PASSWORD)


def test_a_recovery_code_lets_in_once(house: House, ada: UserView) -> None:
    _, codes = enable(house, "Ada")
    assert len(codes) == len(set(codes)) == 10
    sign_in(house, codes[3])

    with pytest.raises(WrongCredentials):
        sign_in(house, codes[3])
    assert sign_in(house, codes[4].lower().replace("-", " "))
    left = house.security.factors.get(actor=house.bearer(sign_in(house, codes[5]))).recovery_codes_left
    assert left == 7


def test_recovery_codes_have_112_random_bits_and_are_kept_as_digests(house: House, ada: UserView) -> None:
    _, codes = enable(house, "Ada")
    with house.reading() as work:
        kept = work.session.scalars(select(RecoveryCode.code_hash)).all()

    assert all(re.fullmatch(r"([A-HJKMNP-Z2-9]{4}-){5}[A-HJKMNP-Z2-9]{4}", code) for code in codes)
    assert 30**24 > 2**112
    assert not {code.replace("-", "") for code in codes} & set(kept)


def test_another_users_recovery_code_is_refused(house: House, ada: UserView, bob: UserView) -> None:
    enable(house, "Ada")
    _, codes = enable(house, "Bob")

    with pytest.raises(WrongCredentials):
        sign_in(house, codes[0])


def test_new_recovery_codes_replace_the_old_ones(house: House, ada: UserView) -> None:
    secret, old = enable(house, "Ada")
    actor = house.bearer(sign_in(house, code_of(house, secret)))
    new = [code.reveal() for code in house.security.factors.renew_recovery_codes(actor=actor)]

    with pytest.raises(WrongCredentials):
        sign_in(house, old[0])
    assert sign_in(house, new[0])


def test_guessing_codes_waits_and_right_passwords_in_between_do_not_help(house: House, ada: UserView) -> None:
    """Who knows the password could else have the count of wrong codes set back by asking without a code."""
    enable(house, "Ada")
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(house, "wrong")
        house.advance(timedelta(milliseconds=1))
        try:
            sign_in(house)
        except (SecondFactorNeeded, Throttled):
            continue

    with pytest.raises(Throttled):
        sign_in(house, "wrong")


def test_asking_for_a_code_is_no_failure(house: House, ada: UserView) -> None:
    secret, _ = enable(house, "Ada")
    for _ in range(30):
        with pytest.raises(SecondFactorNeeded):
            sign_in(house)

    assert sign_in(house, code_of(house, secret))


def test_the_secret_lies_sealed_and_is_given_as_text_and_picture(house: House, ada: UserView) -> None:
    actor = owner(house, "Ada")
    made = house.security.factors.set_up(actor=actor)
    secret = made.secret.reveal()
    with house.reading() as work:
        kept = work.session.scalars(select(User.totp_secret).where(User.id == ada.id)).one()

    assert kept is not None
    assert secret.encode() not in kept
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    assert made.uri.reveal() == f"otpauth://totp/Autom8:Ada?secret={secret}&issuer=Autom8"
    assert made.qr_svg.reveal().startswith("<svg xmlns=")
    assert secret not in repr(made)


def test_setting_up_again_before_it_is_confirmed_gives_another_secret(house: House, ada: UserView) -> None:
    factors, actor = house.security.factors, owner(house, "Ada")
    first = factors.set_up(actor=actor).secret.reveal()
    second = factors.set_up(actor=actor).secret.reveal()

    with pytest.raises(Invalid):
        factors.confirm(code_of(house, first), actor=actor)
    assert factors.confirm(code_of(house, second), actor=actor)


def test_a_factor_that_counts_is_removed_before_there_is_another(house: House, ada: UserView) -> None:
    own, local = owner(house, "Ada"), house.local()
    enable(house, "Ada")

    with pytest.raises(FactorThere):
        house.security.factors.set_up(actor=own)
    with pytest.raises(NoFactor):
        house.security.factors.confirm("123456", actor=own)
    house.security.factors.remove(ada.id, actor=local)
    house.security.factors.remove(ada.id, actor=local)
    assert sign_in(house)
    assert [entry.action for entry in house.entries() if entry.action.startswith("factor.")] == [
        "factor.enabled",
        "factor.removed",
    ]


def test_there_are_no_recovery_codes_without_a_factor(house: House, ada: UserView) -> None:
    with pytest.raises(NoFactor):
        house.security.factors.renew_recovery_codes(actor=owner(house, "Ada"))


def test_who_is_no_user_that_has_signed_in_has_no_factor(house: House, ada: UserView) -> None:
    with pytest.raises(NotPersonal):
        house.security.factors.set_up(actor=house.local())


def test_a_secret_that_was_altered_or_moved_lets_nobody_in_but_recovery_codes_do(
    house: House, ada: UserView, bob: UserView
) -> None:
    secret, codes = enable(house, "Ada")
    enable(house, "Bob")
    with house.writing() as work:
        users = {user.name: user for user in work.session.scalars(select(User))}
        users["Ada"].totp_secret, users["Bob"].totp_secret = (
            users["Bob"].totp_secret,
            users["Ada"].totp_secret,
        )
        work.commit()

    with pytest.raises(WrongCredentials):
        sign_in(house, code_of(house, secret))
    assert any(isinstance(event, DecryptionFailed) for event in house.heard)
    assert sign_in(house, codes[0])


def test_what_is_kept_of_a_factor_goes_with_its_user(house: House, ada: UserView, bob: UserView) -> None:
    enable(house, "Bob")
    house.security.users.remove(bob.id, actor=house.local())

    with house.reading() as work:
        assert work.session.scalars(select(RecoveryCode)).all() == []
        assert work.session.scalars(select(DataKey)).all() == []
