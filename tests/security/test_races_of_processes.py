"""What may happen once happens once, however many servers are asked at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import Role
from autom8.models import RecoveryCode
from autom8.security.views import UserView
from tests.security.authenticator import enable
from tests.security.house import PASSWORD, House
from tests.security.racers import demote, refresh, remove_user, sign_in, together


def test_of_processes_that_refresh_at_once_all_get_the_one_successor(
    house: House, migrated_url: str, ada: UserView
) -> None:
    token = house.sign_in("Ada").refresh_token.reveal()

    successors = together(migrated_url, [(refresh, (token,))] * 4)

    assert len(set(successors)) == 1
    assert refresh(house, successors[0]) not in successors  # and the family goes on from it


def test_a_stolen_token_that_is_reused_at_once_by_many_ends_its_family_once(
    house: House, migrated_url: str, ada: UserView
) -> None:
    stolen = house.sign_in("Ada").refresh_token.reveal()
    newest = refresh(house, refresh(house, stolen))

    found = together(migrated_url, [(refresh, (stolen,))] * 3 + [(refresh, (newest,))])

    assert found[:3].count("refused: refresh_reused") == 1
    assert set(found[:3]) == {"refused: refresh_reused", "refused: refresh_refused"}
    ends = [entry for entry in house.entries() if entry.action == "session.ended"]
    assert [entry.details["reason"] for entry in ends] == ["refresh_reused"]
    successor = newest if found[3].startswith("refused") else found[3]
    assert together(migrated_url, [(refresh, (successor,))]) == ["refused: refresh_refused"]


@pytest.mark.parametrize("step", [remove_user, demote])
def test_of_administrators_who_go_at_once_the_last_one_stays(
    house: House, migrated_url: str, step: object
) -> None:
    admins = [house.add(f"admin-{letter}", Role.ADMIN) for letter in "abcd"]

    found = together(migrated_url, [(step, (admin.id,)) for admin in admins])  # type: ignore[misc]

    assert found.count("refused: last_admin") == 1
    left = house.security.users.list_(Page(filters={"role": "admin"}), actor=house.local())
    assert len(left.items) == 1


def test_one_code_used_by_many_processes_at_once_lets_one_in(
    house: House, migrated_url: str, ada: UserView
) -> None:
    secret, _ = enable(house, "Ada")
    code = pyotp.TOTP(secret).at(house.clock.now() + timedelta(seconds=30))

    found = together(migrated_url, [(sign_in, ("Ada", PASSWORD, code))] * 3)

    assert found.count("refused: wrong_credentials") == 2


def test_one_recovery_code_used_by_many_processes_at_once_lets_one_in(
    house: House, migrated_url: str, ada: UserView
) -> None:
    _, codes = enable(house, "Ada")

    found = together(migrated_url, [(sign_in, ("Ada", PASSWORD, codes[0]))] * 3)

    assert found.count("refused: wrong_credentials") == 2
    with house.reading() as work:
        used = [row for row in work.session.query(RecoveryCode) if row.used_at is not None]
    assert len(used) == 1
