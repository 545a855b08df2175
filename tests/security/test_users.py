"""Users are added, changed and removed; what they held ends with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from autom8.kernel.errors import Invalid, Stale
from autom8.kernel.events import UserChanged
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import Role
from autom8.repositories.access import UserNameTaken, UserNotFound
from autom8.security.authentication import SessionRefused
from autom8.security.sign_in import RefreshRefused, WrongCredentials
from autom8.security.tokens import TokenRefused
from autom8.security.users import LastAdmin
from autom8.security.views import UserChanges, UserView
from tests.security.house import OTHER_PASSWORD, PASSWORD, STRANGER, House
from tests.security.pausing import race


def change(house: House, user: UserView, changes: UserChanges, *, version: int | None = None) -> UserView:
    return house.security.users.change(user.id, changes, actor=house.local(), version=version)


def test_a_user_is_as_they_were_added(house: House, bob: UserView) -> None:
    assert house.security.users.get(bob.id, actor=house.local()) == bob
    assert (bob.name, bob.role, bob.disabled, bob.version, bob.last_login_at) == (
        "Bob",
        Role.VIEWER,
        False,
        1,
        None,
    )


def test_what_is_wrong_with_a_new_user_is_named_at_once_and_nothing_is_kept(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        house.add("12", password="short")

    assert set(refused.value.fields) == {"name", "password"}
    assert house.security.users.list_(Page(), actor=house.local()).items == []


@pytest.mark.parametrize("name", ["Ada", "ADA", "ａda"])  # noqa: RUF001 - a name that reads the same
def test_a_name_is_given_once(house: House, ada: UserView, name: str) -> None:
    with pytest.raises(UserNameTaken):
        house.add(name)


def test_users_are_listed_by_name_in_pages(house: House, ada: UserView, bob: UserView) -> None:
    house.add("Cy", Role.OPERATOR)
    users = house.security.users
    first = users.list_(Page(limit=2), actor=house.local())
    second = users.list_(Page(limit=2, cursor=first.next), actor=house.local())

    assert [user.name for user in [*first.items, *second.items]] == ["Ada", "Bob", "Cy"]
    assert second.next is None
    backwards = users.list_(Page(order="-created_at"), actor=house.local())
    assert [user.name for user in backwards.items] == ["Cy", "Bob", "Ada"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [({"role": "admin"}, ["Ada"]), ({"disabled": True}, []), ({"disabled": None}, ["Ada", "Bob"])],
)
def test_users_are_filtered(house: House, bob: UserView, filters: dict[str, Any], names: list[str]) -> None:
    found = house.security.users.list_(Page(filters=filters), actor=house.local())

    assert [user.name for user in found.items] == names


def test_a_change_raises_the_version_and_ends_access_tokens(house: House, bob: UserView) -> None:
    grant = house.sign_in("Bob")
    changed = change(house, bob, UserChanges(role=Role.OPERATOR))

    assert (changed.role, changed.version) == (Role.OPERATOR, bob.version + 1)
    assert changed.updated_at > bob.updated_at
    with pytest.raises(TokenRefused):
        house.bearer(grant)


def test_another_role_is_got_by_refreshing_without_signing_in_again(house: House, bob: UserView) -> None:
    grant = house.sign_in("Bob")
    change(house, bob, UserChanges(role=Role.OPERATOR))
    renewed = house.security.sign_ins.refresh(grant.refresh_token.reveal(), actor=STRANGER)

    assert house.bearer(renewed).may("tasks:write")


def test_a_page_gets_its_users_new_role_at_once(house: House, bob: UserView) -> None:
    cookie = house.security.sign_ins.sign_in_page("Bob", PASSWORD, actor=STRANGER).cookie.reveal()
    authenticator = house.security.authenticator
    assert not authenticator.cookie(cookie, address="", request_id="").actor.may("tasks:write")
    change(house, bob, UserChanges(role=Role.OPERATOR))

    assert authenticator.cookie(cookie, address="", request_id="").actor.may("tasks:write")


def test_changing_nothing_announces_nothing(house: House, bob: UserView) -> None:
    entries = len(house.entries())

    assert change(house, bob, UserChanges(role=Role.VIEWER, disabled=False)) == bob
    assert change(house, bob, UserChanges()) == bob
    assert len(house.entries()) == entries


def test_a_change_to_what_was_changed_meanwhile_is_stale(house: House, bob: UserView) -> None:
    change(house, bob, UserChanges(role=Role.OPERATOR), version=bob.version)

    with pytest.raises(Stale):
        change(house, bob, UserChanges(disabled=True), version=bob.version)
    with pytest.raises(Stale):
        house.security.users.remove(bob.id, actor=house.local(), version=bob.version)


def test_nobody_has_an_id_that_was_never_given(house: House, ada: UserView) -> None:
    missing = replace(ada, id=9_999)
    with pytest.raises(UserNotFound):
        change(house, missing, UserChanges(disabled=True))
    with pytest.raises(UserNotFound):
        change(house, missing, UserChanges(password=OTHER_PASSWORD))
    with pytest.raises(UserNotFound):
        house.security.users.get(9_999, actor=house.local())
    with pytest.raises(UserNotFound):
        house.security.users.remove(9_999, actor=house.local())


def test_disabling_ends_every_session_and_enabling_brings_none_back(house: House, bob: UserView) -> None:
    grant = house.sign_in("Bob")
    cookie = house.security.sign_ins.sign_in_page("Bob", PASSWORD, actor=STRANGER).cookie.reveal()
    change(house, bob, UserChanges(disabled=True))
    change(house, bob, UserChanges(disabled=False))

    with pytest.raises(RefreshRefused):
        house.security.sign_ins.refresh(grant.refresh_token.reveal(), actor=STRANGER)
    with pytest.raises(SessionRefused):
        house.security.authenticator.cookie(cookie, address="", request_id="")
    assert house.sign_in("Bob")


def test_a_new_password_ends_other_sessions_and_not_the_one_it_was_changed_in(
    house: House, ada: UserView
) -> None:
    here, there = house.sign_in("Ada"), house.sign_in("Ada")
    house.security.users.change(ada.id, UserChanges(password=OTHER_PASSWORD), actor=house.bearer(here))

    assert house.security.sign_ins.refresh(here.refresh_token.reveal(), actor=STRANGER)
    with pytest.raises(RefreshRefused):
        house.security.sign_ins.refresh(there.refresh_token.reveal(), actor=STRANGER)
    with pytest.raises(WrongCredentials):
        house.sign_in("Ada", PASSWORD)
    assert house.sign_in("Ada", OTHER_PASSWORD)


def test_a_weak_new_password_is_refused_and_the_old_one_stays(house: House, ada: UserView) -> None:
    with pytest.raises(Invalid):
        change(house, ada, UserChanges(password="ada-ada-ada-ada"))
    assert house.sign_in("Ada")


def test_a_removed_user_holds_nothing_any_more_and_the_name_is_free(house: House, bob: UserView) -> None:
    grant = house.sign_in("Bob")
    house.security.users.remove(bob.id, actor=house.local(), version=bob.version)
    house.add("bob")

    with pytest.raises(TokenRefused):
        house.bearer(grant)
    with pytest.raises(RefreshRefused):
        house.security.sign_ins.refresh(grant.refresh_token.reveal(), actor=STRANGER)


def test_users_are_audited_without_their_passwords(house: House, bob: UserView) -> None:
    house.sign_in("Bob")
    change(house, bob, UserChanges(role=Role.OPERATOR, password=OTHER_PASSWORD))
    house.security.users.remove(bob.id, actor=house.local())
    told = [
        entry
        for entry in house.entries()
        if entry.object_id == str(bob.id) and entry.action != "session.started"
    ]

    assert [(entry.action, entry.details) for entry in told] == [
        ("user.added", {"name": "Bob", "role": "viewer"}),
        ("user.changed", {"name": "Bob", "role": "operator", "password": "changed", "sessions_ended": 1}),
        ("user.removed", {"name": "Bob", "role": "operator"}),
    ]
    assert {entry.actor_name for entry in told} == {"local"}
    assert isinstance(house.heard[-1], UserChanged)


@pytest.mark.parametrize(
    "changes",
    [
        UserChanges(disabled=True),
        UserChanges(role=Role.OPERATOR),
        UserChanges(role=Role.VIEWER, disabled=True),
    ],
)
def test_the_last_enabled_administrator_is_neither_disabled_nor_demoted(
    house: House, ada: UserView, changes: UserChanges
) -> None:
    dora = house.add("Dora", Role.ADMIN)
    change(house, dora, UserChanges(disabled=True))

    with pytest.raises(LastAdmin):
        change(house, ada, changes)
    with pytest.raises(LastAdmin):
        house.security.users.remove(ada.id, actor=house.local())
    assert house.security.users.get(ada.id, actor=house.local()) == ada


def test_the_last_administrator_may_change_their_password(house: House, ada: UserView) -> None:
    assert change(house, ada, UserChanges(password=OTHER_PASSWORD)).version == ada.version + 1


def test_a_disabled_administrator_can_be_removed(house: House, ada: UserView) -> None:
    dora = house.add("Dora", Role.ADMIN)
    change(house, dora, UserChanges(disabled=True))
    house.security.users.remove(dora.id, actor=house.local())

    with pytest.raises(UserNotFound):
        house.security.users.get(dora.id, actor=house.local())


def test_of_two_who_remove_each_other_at_once_one_administrator_stays(
    house: House, other_house: House, ada: UserView
) -> None:
    dora = house.add("Dora", Role.ADMIN)
    removed, refused = race(
        house,
        lambda: house.security.users.remove(dora.id, actor=house.local()),
        lambda: other_house.security.users.change(
            ada.id, UserChanges(role=Role.VIEWER), actor=other_house.local()
        ),
    )

    assert removed is None
    assert isinstance(refused, LastAdmin)


def test_of_two_who_take_one_name_at_once_one_gets_it(
    house: House, other_house: House, ada: UserView
) -> None:
    added, refused = race(house, lambda: house.add("Eve"), lambda: other_house.add("EVE"))

    assert added is None
    assert isinstance(refused, UserNameTaken)


def test_of_two_changes_to_one_version_at_once_one_is_stale(
    house: House, other_house: House, bob: UserView
) -> None:
    done, refused = race(
        house,
        lambda: change(house, bob, UserChanges(role=Role.OPERATOR), version=bob.version),
        lambda: change(other_house, bob, UserChanges(role=Role.ADMIN), version=bob.version),
    )

    assert done is None
    assert isinstance(refused, Stale)


def test_many_administrators_who_demote_one_another_at_once_leave_one(
    house: House, other_house: House
) -> None:
    admins = [house.add(f"admin-{letter}", Role.ADMIN) for letter in "abcdef"]
    houses = [house, other_house] * 3

    def demote(each: tuple[House, UserView]) -> bool:
        try:
            change(each[0], each[1], UserChanges(role=Role.VIEWER))
        except LastAdmin:
            return False
        return True

    with ThreadPoolExecutor(len(houses)) as pool:
        done = list(pool.map(demote, zip(houses, admins, strict=True)))

    assert done.count(False) == 1
    left = house.security.users.list_(Page(filters={"role": "admin"}), actor=house.local())
    assert len(left.items) == 1
