"""The first start: no default account, and a link that works once, for an hour, on this machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import bcrypt
import pytest

from autom8.kernel.errors import Invalid
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import Role
from autom8.security.setup import SetupRefused, is_loopback
from autom8.security.views import UserView
from tests.security.house import BESIDE, PASSWORD, House
from tests.security.pausing import race


def opened(house: House) -> str:
    token = house.security.setup.open_()
    assert token is not None
    return token.reveal()


def complete(house: House, token: str, name: str = "Ada", *, address: str = "127.0.0.1") -> UserView:
    return house.security.setup.complete(token, name, PASSWORD, actor=replace(BESIDE, address=address))


def names(house: House) -> list[str]:
    return [user.name for user in house.security.users.list_(Page(), actor=house.local()).items]


def test_a_new_installation_has_no_account_at_all(house: House) -> None:
    assert names(house) == []
    assert not house.security.setup.is_open()


def test_the_link_makes_the_first_administrator_and_closes_itself(house: House) -> None:
    token = opened(house)
    assert house.security.setup.is_open()
    user = complete(house, token)

    assert (user.name, user.role) == ("Ada", Role.ADMIN)
    assert not house.security.setup.is_open()
    assert house.sign_in("Ada")
    with pytest.raises(SetupRefused):
        complete(house, token, "Eve")
    assert names(house) == ["Ada"]


def test_it_is_audited(house: House) -> None:
    complete(house, opened(house))

    assert [(entry.action, entry.address) for entry in house.entries()] == [("user.added", "127.0.0.1")]


@pytest.mark.parametrize(
    "address", ["203.0.113.7", "10.0.0.1", "", "localhost", "::ffff:203.0.113.7", "0.0.0.0"]
)
def test_from_another_machine_the_link_is_refused(house: House, address: str) -> None:
    with pytest.raises(SetupRefused):
        complete(house, opened(house), address=address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_every_name_of_this_machine_is_this_machine(address: str) -> None:
    assert is_loopback(address)


def test_the_link_is_good_for_an_hour(house: House) -> None:
    token = opened(house)
    house.advance(timedelta(minutes=59))
    assert house.security.setup.is_open()
    house.advance(timedelta(minutes=1))

    assert not house.security.setup.is_open()
    with pytest.raises(SetupRefused):
        complete(house, token)


def test_a_new_start_makes_a_new_link_and_voids_the_old_one(house: House) -> None:
    old, new = opened(house), opened(house)

    with pytest.raises(SetupRefused):
        complete(house, old)
    assert complete(house, new)


def test_where_there_is_a_user_there_is_no_setup(house: House) -> None:
    token = opened(house)
    house.add("Ada", Role.ADMIN)

    assert house.security.setup.open_() is None
    assert not house.security.setup.is_open()
    with pytest.raises(SetupRefused):
        complete(house, token, "Eve")


def test_a_wrong_token_is_refused_before_any_work_is_done(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = opened(house)
    monkeypatch.setattr(bcrypt, "hashpw", None)
    for wrong in ["", token[:-1], token + "x", token.swapcase(), "\ud800"]:
        with pytest.raises(SetupRefused):
            complete(house, wrong)


def test_no_token_is_right_when_none_was_given(house: House) -> None:
    for wrong in ["", "None", "x"]:
        with pytest.raises(SetupRefused):
            complete(house, wrong)


def test_a_weak_password_leaves_the_link_good(house: House) -> None:
    token = opened(house)
    with pytest.raises(Invalid):
        house.security.setup.complete(token, "Ada", "ada", actor=BESIDE)

    assert complete(house, token)


def test_only_the_hash_of_the_token_is_kept(house: House) -> None:
    token = opened(house)
    with house.reading() as work:
        assert token not in str(vars(work.installation.get()))


def test_of_two_who_complete_at_once_one_does(house: House, other_house: House) -> None:
    token = opened(house)
    done, refused = race(house, lambda: complete(house, token), lambda: complete(other_house, token, "Eve"))

    assert done is None
    assert isinstance(refused, SetupRefused)
    assert names(house) == ["Ada"]
