"""API keys: what they may, when they end, and that they never may more than their owner."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from autom8.kernel.actor import PERSONAL_SCOPES, SCOPES_BY_ROLE, SYSTEM, Actor
from autom8.kernel.errors import Invalid, Stale, Unavailable
from autom8.kernel.events import ApiKeyChanged
from autom8.kernel.paging import Page
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ActorKind, Role
from autom8.models import ApiKey
from autom8.repositories.api_keys import ApiKeyNotFound
from autom8.repositories.unit_of_work import Work
from autom8.security import api_keys
from autom8.security.api_keys import TooManyKeys, grantable
from autom8.security.key_callers import KeyExpired, KeyHolders, KeyRefused
from autom8.security.key_format import new_key
from autom8.security.key_uses import KeyUses
from autom8.security.personal import NotPersonal
from autom8.security.tokens import digest
from autom8.security.views import ApiKeyChanges, ApiKeyView, NewApiKey, UserChanges, UserView
from tests.security.house import House


def owner(house: House, name: str = "Ada") -> Actor:
    return house.bearer(house.sign_in(name))


def add_key(house: House, actor: Actor, **wanted: Any) -> tuple[ApiKeyView, str]:
    wanted = {"name": "script", "scopes": ["tasks:read"], **wanted}
    view, text = house.security.api_keys.add(NewApiKey(**wanted), actor=actor)
    return view, text.reveal()


def show(house: House, text: str, *, fresh: bool = False, address: str = "198.51.100.9") -> Actor:
    return house.security.authenticator.bearer(text, address=address, request_id="r", fresh=fresh)


def kept(house: House) -> ApiKey:
    house.security.close()
    with house.reading() as work:
        return work.session.scalars(select(ApiKey)).one()


def test_a_key_acts_for_its_owner_within_its_scopes(house: House, ada: UserView) -> None:
    view, text = add_key(house, owner(house), scopes=["tasks:read", "audit:read"])
    actor = show(house, text)

    assert (actor.kind, actor.id, actor.name, actor.role) == (ActorKind.KEY, ada.id, "Ada", Role.ADMIN)
    assert actor.scopes == {"tasks:read", "audit:read"}
    assert (actor.key_id, actor.session_id, actor.proved_at) == (view.key_id, None, None)


def test_only_the_digest_of_the_secret_is_kept(house: House, ada: UserView) -> None:
    _, text = add_key(house, owner(house))
    row, secret = kept(house), text.split("_")[3]

    assert row.secret_hash == digest(Secret(secret))
    assert secret not in str(vars(row))
    assert secret not in repr(house.entries())


@pytest.mark.parametrize("role", Role)
def test_a_key_holds_any_scope_of_its_owners_role_but_the_personal_ones(house: House, role: Role) -> None:
    house.add("Cy", role)
    actor = owner(house, "Cy")
    _, text = add_key(house, actor, scopes=sorted(grantable(role)))
    assert show(house, text).scopes == SCOPES_BY_ROLE[role] - PERSONAL_SCOPES

    for scope in {*SCOPES_BY_ROLE[Role.ADMIN] - grantable(role), *PERSONAL_SCOPES, "*", "tasks:READ"}:
        with pytest.raises(Invalid) as refused:
            add_key(house, actor, scopes=["tasks:read", scope])
        assert set(refused.value.fields) == {"scopes"}


def test_what_is_wrong_with_a_key_is_named_at_once(house: House, bob: UserView) -> None:
    actor = owner(house, "Bob")
    wrong = {
        "name": "a\u202eb",
        "scopes": [],
        "expires_at": house.clock.now(),
        "requests_per_minute": 10_000,
    }

    with pytest.raises(Invalid) as refused:
        add_key(house, actor, **wrong)
    assert set(refused.value.fields) == set(wrong)


def test_a_key_that_was_written_with_personal_scopes_has_none(house: House, ada: UserView) -> None:
    """As by a faulty release, or by hand."""
    _, text = add_key(house, owner(house))
    with house.writing() as work:
        work.session.scalars(select(ApiKey)).one().scopes = ["tasks:read", "users:write", "self:write"]
        work.commit()

    assert show(house, text).scopes == {"tasks:read"}


@pytest.mark.parametrize("part", [2, 3])
def test_a_key_of_another_secret_or_id_is_refused(house: House, ada: UserView, part: int) -> None:
    _, text = add_key(house, owner(house))
    other = new_key()
    good = text.split("_")
    mixed = type(other)(
        key_id=other.key_id if part == 2 else good[2],
        secret=other.secret if part == 3 else Secret(good[3]),
    )

    with pytest.raises(KeyRefused):
        show(house, mixed.text().reveal())


def test_a_made_up_key_is_refused_without_asking_the_database(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyHolders, "_load", None)

    with pytest.raises(KeyRefused):
        show(house, "a8_live_" + "A" * 12 + "_" + "B" * 32 + "_" + "C" * 6)


def test_a_key_expires(house: House, ada: UserView) -> None:
    _, text = add_key(house, owner(house), expires_at=house.clock.now() + timedelta(hours=1))
    show(house, text)
    house.advance(timedelta(hours=1))

    with pytest.raises(KeyExpired):
        show(house, text)


def test_a_revoked_key_is_out_at_once_here_and_within_five_seconds_elsewhere(
    house: House, other_house: House, ada: UserView
) -> None:
    actor = owner(house)
    view, text = add_key(house, actor)
    show(house, text)
    show(other_house, text)
    house.security.api_keys.revoke(ada.id, view.id, actor=actor)
    house.security.api_keys.revoke(ada.id, view.id, actor=actor)

    with pytest.raises(KeyRefused):
        show(house, text)
    show(other_house, text)
    other_house.advance(timedelta(seconds=5))
    with pytest.raises(KeyRefused):
        show(other_house, text)


def test_who_asks_the_database_knows_at_once_what_another_server_revoked(
    house: House, other_house: House, ada: UserView
) -> None:
    view, text = add_key(house, owner(house))
    show(other_house, text)
    house.security.api_keys.revoke(ada.id, view.id, actor=house.local())

    with pytest.raises(KeyRefused):
        show(other_house, text, fresh=True)


@pytest.mark.parametrize("end", ["disable", "remove"])
def test_a_key_is_out_with_its_owner(house: House, other_house: House, bob: UserView, end: str) -> None:
    _, text = add_key(house, owner(house, "Bob"))
    show(house, text)
    show(other_house, text)
    if end == "disable":
        house.security.users.change(bob.id, UserChanges(disabled=True), actor=house.local())
    else:
        house.security.users.remove(bob.id, actor=house.local())

    with pytest.raises(KeyRefused):
        show(house, text)
    other_house.advance(timedelta(seconds=5))
    with pytest.raises(KeyRefused):
        show(other_house, text)


def test_a_demoted_owners_key_may_no_more_than_they_may(house: House, ada: UserView) -> None:
    house.add("Cy", Role.OPERATOR)
    _, text = add_key(house, owner(house, "Cy"), scopes=["tasks:read", "tasks:write"])
    assert show(house, text).may("tasks:write")
    cy = house.security.users.list_(Page(filters={"role": "operator"}), actor=house.local()).items[0]
    house.security.users.change(cy.id, UserChanges(role=Role.VIEWER), actor=house.local())

    assert show(house, text).scopes == {"tasks:read"}


def test_a_new_password_leaves_keys_alone(house: House, ada: UserView) -> None:
    _, text = add_key(house, owner(house))
    house.security.users.change(ada.id, UserChanges(password="quiet-orbit-mzt-31"), actor=house.local())

    assert show(house, text)


def test_a_key_seen_a_moment_ago_costs_no_query(
    house: House, ada: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, text = add_key(house, owner(house))
    show(house, text)
    monkeypatch.setattr(KeyHolders, "_load", None)

    assert show(house, text)


def test_the_last_use_is_noted_with_its_address_once_a_minute(house: House, ada: UserView) -> None:
    _, text = add_key(house, owner(house))
    show(house, text, address="198.51.100.9")
    first = kept(house)
    house.advance(timedelta(seconds=50))
    show(house, text, address="198.51.100.10")
    assert kept(house).last_used_at == first.last_used_at
    house.advance(timedelta(seconds=10))
    show(house, text, address="198.51.100.11")

    assert first.last_used_at is not None
    assert (first.last_used_address, kept(house).last_used_address) == ("198.51.100.9", "198.51.100.11")


def test_nobody_waits_for_the_noting_of_a_use_nor_fails_with_it(house: House) -> None:
    writing, go_on, failed = threading.Event(), threading.Event(), threading.Event()

    @contextmanager
    def stuck(actor: Actor = SYSTEM) -> Iterator[Work]:
        writing.set()
        assert go_on.wait(10)
        failed.set()
        if go_on.is_set():
            raise Unavailable("gone")
        yield from ()

    uses = KeyUses(stuck)
    now = datetime.now().astimezone()
    for key in range(100):
        uses.note(key, since=None, at=now, address="")
    assert writing.wait(10)
    assert not failed.is_set()
    go_on.set()
    uses.close()
    assert failed.is_set()


def test_a_use_that_could_not_be_noted_ends_no_noting(caplog: pytest.LogCaptureFixture) -> None:
    tried: list[str] = []

    @contextmanager
    def broken(actor: Actor = SYSTEM) -> Iterator[Work]:
        tried.append(actor.name)
        if tried:
            raise ValueError("nothing that was expected")
        yield from ()

    uses = KeyUses(broken)
    for key in (1, 2):
        uses.note(key, since=None, at=datetime.now().astimezone(), address="")
        uses.close()

    assert len(tried) == 2
    assert [each.message for each in caplog.records] == ["key_uses_not_noted"] * 2


def test_a_key_has_its_own_limit_or_its_owners(house: House, ada: UserView) -> None:
    house.security.users.change(ada.id, UserChanges(requests_per_minute=70), actor=house.local())
    actor = owner(house)
    assert actor.requests_per_minute == 70
    shared = show(house, add_key(house, actor)[1])
    own = show(house, add_key(house, actor, requests_per_minute=9)[1])

    assert (shared.requests_per_minute, shared.counted_as) == (70, "")  # counted with its owner
    assert (own.requests_per_minute, own.counted_as) == (9, f"key:{own.key_id}")


def test_a_key_is_changed_by_its_owner_who_has_seen_it(house: House, ada: UserView) -> None:
    actor = owner(house)
    view, text = add_key(house, actor, expires_at=house.clock.now() + timedelta(days=1))
    keys = house.security.api_keys
    given = {"scopes": ["runs:read"], "expires_at": None, "name": "other"}
    changed = keys.change(view.id, ApiKeyChanges(given=given), version=view.version, actor=actor)

    assert (changed.name, changed.expires_at, changed.version) == ("other", None, 2)
    assert show(house, text).scopes == {"runs:read"}
    with pytest.raises(Stale):
        keys.change(view.id, ApiKeyChanges(given=given), version=1, actor=actor)
    with pytest.raises(Invalid):
        keys.change(view.id, ApiKeyChanges(given={"scopes": ["users:write"]}), version=2, actor=actor)


def test_changing_nothing_announces_nothing_and_a_revoked_key_stays_as_it_is(
    house: House, ada: UserView
) -> None:
    actor = owner(house)
    view, _ = add_key(house, actor)
    keys, same = house.security.api_keys, ApiKeyChanges(given={"name": "script"})
    entries = len(house.entries())
    assert keys.change(view.id, same, version=1, actor=actor) == view
    assert len(house.entries()) == entries
    keys.revoke(ada.id, view.id, actor=actor)

    with pytest.raises(Invalid):
        keys.change(view.id, same, version=2, actor=actor)


def test_nobody_reaches_anothers_key(house: House, ada: UserView, bob: UserView) -> None:
    view, _ = add_key(house, owner(house))
    bobs, keys = owner(house, "Bob"), house.security.api_keys

    with pytest.raises(ApiKeyNotFound):
        keys.get(bob.id, view.id, actor=bobs)
    with pytest.raises(ApiKeyNotFound):
        keys.change(view.id, ApiKeyChanges(given={"name": "mine"}), version=1, actor=bobs)
    with pytest.raises(ApiKeyNotFound):
        keys.revoke(bob.id, view.id, actor=bobs)
    assert keys.list_(bob.id, Page(), actor=bobs).items == []


def test_no_key_makes_another_key(house: House, ada: UserView) -> None:
    _, text = add_key(house, owner(house), scopes=sorted(grantable(Role.ADMIN)))

    for actor in (show(house, text), house.local()):
        with pytest.raises(NotPersonal):
            add_key(house, actor)


def test_a_user_has_so_many_good_keys_at_most(
    house: House, ada: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "KEYS_MAX", 2)
    actor = owner(house)
    first, _ = add_key(house, actor)
    add_key(house, actor)
    with pytest.raises(TooManyKeys):
        add_key(house, actor)
    house.security.api_keys.revoke(ada.id, first.id, actor=actor)

    assert add_key(house, actor)


def test_all_keys_of_a_user_are_revoked_at_once(house: House, bob: UserView) -> None:
    actor = owner(house, "Bob")
    texts = [add_key(house, actor)[1] for _ in range(3)]

    assert house.security.api_keys.revoke_all(bob.id, actor=house.local()) == 3
    for text in texts:
        with pytest.raises(KeyRefused):
            show(house, text)


def test_keys_are_audited_by_their_public_part_and_so_is_what_they_do(house: House, ada: UserView) -> None:
    actor = owner(house)
    view, text = add_key(house, actor)
    house.security.api_keys.revoke(ada.id, view.id, actor=actor)
    told = [entry for entry in house.entries() if entry.object_type == "api_key"]

    assert [(entry.action, entry.object_id) for entry in told] == [
        ("api_key.added", view.key_id),
        ("api_key.revoked", view.key_id),
    ]
    assert told[0].details["scopes"] == ["tasks:read"]
    assert isinstance(house.heard[-1], ApiKeyChanged)
    assert text.split("_")[3] not in repr(told)


def test_keys_that_ended_a_month_ago_are_removed(house: House, ada: UserView) -> None:
    actor = owner(house)
    gone, _ = add_key(house, actor)
    add_key(house, actor, expires_at=house.clock.now() + timedelta(days=1))
    stays, _ = add_key(house, actor)
    house.security.api_keys.revoke(ada.id, gone.id, actor=actor)
    house.advance(timedelta(days=32))
    house.security.sign_ins.prune()

    left = house.security.api_keys.list_(ada.id, Page(), actor=house.local()).items
    assert [key.id for key in left] == [stays.id]
