"""Signing in with a password."""

from __future__ import annotations

from datetime import timedelta

import bcrypt
import pytest
from sqlalchemy import select

from autom8.kernel.errors import Unauthenticated
from autom8.kernel.vocabulary import ActorKind, Role
from autom8.models import LoginThrottle, User
from autom8.security.names import name_key
from autom8.security.passwords import Passwords
from autom8.security.sign_in import WrongCredentials
from autom8.security.views import UserChanges, UserView
from tests.security.authenticator import enable
from tests.security.house import KEYS, OTHER_PASSWORD, PASSWORD, House


def kept_hash(house: House, user: UserView) -> str:
    with house.reading() as work:
        return work.access.get_user(user.id).password_hash


def test_a_right_password_opens_a_session_with_the_scopes_of_the_role(house: House, bob: UserView) -> None:
    actor = house.bearer(house.sign_in("Bob"))

    assert (actor.kind, actor.id, actor.name, actor.role) == (ActorKind.USER, bob.id, "Bob", Role.VIEWER)
    assert actor.may("tasks:read")
    assert not actor.may("tasks:write")


def test_a_name_is_found_however_it_is_written(house: House, ada: UserView) -> None:
    assert house.sign_in("ADA").user.name == "Ada"


def test_signing_in_is_seen_on_the_user_and_changes_no_version(house: House, ada: UserView) -> None:
    house.sign_in("Ada")
    user = house.security.users.get(ada.id, actor=house.local())

    assert user.last_login_at is not None
    assert user.version == ada.version


@pytest.mark.parametrize(
    ("name", "password"),
    [("Ada", OTHER_PASSWORD), ("Ada", ""), ("Eve", PASSWORD), ("", ""), ("\ud800", "\ud800"), ("A\0", "A\0")],
)
def test_a_wrong_name_and_a_wrong_password_get_one_answer(
    house: House, ada: UserView, name: str, password: str
) -> None:
    with pytest.raises(WrongCredentials) as refused:
        house.sign_in(name, password)
    assert str(refused.value) == "The name or the password is wrong."


def test_a_disabled_user_gets_the_answer_of_a_wrong_password(house: House, bob: UserView) -> None:
    house.security.users.change(bob.id, UserChanges(disabled=True), actor=house.local())

    with pytest.raises(WrongCredentials):
        house.sign_in("Bob")


@pytest.mark.parametrize("name", ["Ada", "Bob", "Eve", "Pia", "Fay"])
def test_an_unknown_user_costs_as_much_work_as_a_known_one(
    house: House, bob: UserView, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Counted, not timed: one bcrypt of the same cost.

    Known (Ada), disabled (Bob), unknown (Eve), without a password (Pia), or with a second factor (Fay).
    """
    house.security.users.change(bob.id, UserChanges(disabled=True), actor=house.local())
    for each in ("Pia", "Fay"):
        house.add(each)
    enable(house, "Fay")
    with house.writing() as work:
        pia = work.access.find_user(name_key("Pia"))
        assert pia is not None
        pia.password_hash = ""
        work.commit()
    costs: list[bytes] = []
    checkpw = bcrypt.checkpw

    def counted(password: bytes, kept: bytes) -> bool:
        costs.append(kept[:7])
        return checkpw(password, kept)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    with pytest.raises(WrongCredentials):
        house.sign_in(name, "wrong, however long it is")

    assert costs == [b"$2b$04$"]


def test_a_hash_of_another_cost_is_renewed_at_sign_in_and_ends_no_session(
    house: House, ada: UserView
) -> None:
    earlier = house.sign_in("Ada")
    with Passwords(KEYS.pepper, cost=5).place() as checker:
        older = checker.hash(PASSWORD)
    with house.writing() as work:
        work.access.get_user(ada.id).password_hash = older
        work.commit()
    house.sign_in("Ada")

    assert kept_hash(house, ada).startswith("$2b$04$")
    assert house.sign_in("Ada")
    assert house.bearer(earlier, fresh=True)


def test_failures_are_audited_with_where_they_came_from_and_why(house: House, bob: UserView) -> None:
    house.security.users.change(bob.id, UserChanges(disabled=True), actor=house.local())
    for name, password in [("ada", "wrong"), ("hunter2 is my password", "x"), ("Bob", PASSWORD)]:
        with pytest.raises(Unauthenticated):
            house.sign_in(name, password)
    failed = [entry for entry in house.entries() if entry.action == "sign_in.failed"]

    assert [entry.details for entry in failed] == [
        {"name": "Ada", "reason": "wrong_password"},
        {"name": "hun…", "reason": "unknown_user"},
        {"name": "Bob", "reason": "user_disabled"},
    ]
    assert {(entry.address, entry.request_id, entry.actor_kind) for entry in failed} == {
        ("203.0.113.7", "request-1", ActorKind.ANONYMOUS)
    }


def test_a_sign_in_is_audited_as_the_users_own_act(house: House, ada: UserView) -> None:
    house.sign_in("Ada")
    entry = house.entries()[-1]

    assert (entry.action, entry.actor_id, entry.actor_name, entry.address) == (
        "session.started",
        ada.id,
        "Ada",
        "203.0.113.7",
    )


def test_who_is_changed_while_their_password_is_looked_at_is_not_let_in(
    house: House, other_house: House, bob: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpw = bcrypt.checkpw

    def disabled_meanwhile(password: bytes, kept: bytes) -> bool:
        other_house.security.users.change(bob.id, UserChanges(disabled=True), actor=other_house.local())
        return checkpw(password, kept)

    monkeypatch.setattr(bcrypt, "checkpw", disabled_meanwhile)

    with pytest.raises(WrongCredentials):
        house.sign_in("Bob")


def test_who_is_removed_while_their_password_is_looked_at_is_not_let_in(
    house: House, other_house: House, bob: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpw = bcrypt.checkpw

    def removed_meanwhile(password: bytes, kept: bytes) -> bool:
        other_house.security.users.remove(bob.id, actor=other_house.local())
        return checkpw(password, kept)

    monkeypatch.setattr(bcrypt, "checkpw", removed_meanwhile)

    with pytest.raises(WrongCredentials):
        house.sign_in("Bob")


def test_old_sessions_and_cold_throttles_are_pruned_and_what_is_in_use_stays(
    house: House, ada: UserView
) -> None:
    house.sign_in("Ada")
    with pytest.raises(WrongCredentials):
        house.sign_in("Eve")
    house.advance(timedelta(days=45))
    kept = house.sign_in("Ada")

    assert (
        house.security.sign_ins.prune() == 3
    )  # one session; the throttles of Eve and of Ada's first sign-in
    assert house.bearer(kept, fresh=True)
    with house.reading() as work:
        assert work.session.scalars(select(LoginThrottle.failures)).all() == [0, 0]
        assert work.session.scalars(select(User.name)).all() == ["Ada"]
