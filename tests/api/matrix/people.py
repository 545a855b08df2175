"""Everybody who may come to the API, with what they hold: the rows of the matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.actor import PERSONAL_SCOPES, SCOPES_BY_ROLE, SYSTEM
from autom8.kernel.vocabulary import Role
from autom8.models import ApiKey
from autom8.security.views import UserChanges
from tests.api.rig import Caller, House, Json

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who asks. `scopes` are None for whom the API must not know, `user_id` for who is no user."""

    caller: Caller
    scopes: frozenset[str] | None
    user_id: int | None = None
    name: str = ""
    local: bool = False
    proved: bool = True  # a short while ago


def user(house: House, role: Role) -> Person:
    """A user who has just signed in, with a name of their own."""
    name = f"{role.value} {next(_numbers)}"
    caller = house.user(role, name)
    user_id = caller.get("/auth/session").json["user"]["id"]
    return Person(caller=caller, scopes=SCOPES_BY_ROLE[role], user_id=user_id, name=name)


def _stranger(house: House) -> Person:
    return Person(caller=house.stranger, scopes=None)


def _impostor(house: House) -> Person:
    return Person(caller=house.stranger.having(Authorization="Bearer made-up"), scopes=None)


def _local(house: House) -> Person:
    return Person(caller=house.local, scopes=SCOPES_BY_ROLE[Role.ADMIN], local=True)


def _disabled(house: House) -> Person:
    return _changed(house, UserChanges(disabled=True))


def _signed_out(house: House) -> Person:
    person = user(house, Role.ADMIN)
    assert person.caller.post("/auth/logout").status_code == 204
    return Person(caller=person.caller, scopes=None)


def _demoted(house: House) -> Person:
    """An administrator's token from before they became a viewer: it is not good for anything any more."""
    return _changed(house, UserChanges(role=Role.VIEWER))


def _changed(house: House, changes: UserChanges) -> Person:
    person, _another_admin = user(house, Role.ADMIN), user(house, Role.ADMIN)
    assert person.user_id is not None
    house.services.security.users.change(person.user_id, changes, actor=SYSTEM)
    return Person(caller=person.caller, scopes=None)


def _unproved(house: House) -> Person:
    """An administrator who proved who they are longer ago than what is sensitive asks for."""
    person = user(house, Role.ADMIN)
    with house.services.units.writing() as work:
        for session in work.access.open_sessions(person.user_id or 0):
            session.proved_at = work.now() - defaults.PROOF_GOOD_FOR
        work.commit()
    return replace(person, proved=False)


def api_key(house: House, role: Role, scopes: frozenset[str] | None = None) -> Person:
    """A program that shows a key with these scopes, or with every one that its owner may give."""
    owner = user(house, role)
    held = SCOPES_BY_ROLE[role] - PERSONAL_SCOPES if scopes is None else scopes
    key = _key_of(owner, held)["key"]
    caller = house.stranger.having(Authorization=f"Bearer {key}")
    # A key can't prove who stands behind it; it holds no scope, either, that a route with proof needs.
    return Person(caller=caller, scopes=held, user_id=owner.user_id, name=owner.name, proved=False)


def _key_of(owner: Person, scopes: frozenset[str], **more: object) -> Json:
    answer = owner.caller.post("/auth/keys", {"name": "matrix", "scopes": sorted(scopes), **more})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json
    return made


def _void_key(house: House, spoil: Callable[[Person, Json], None], *, seen: bool = True) -> Person:
    """A key that was good, and `seen` to be, until `spoil` came over it or its owner."""
    owner, _another_admin = user(house, Role.ADMIN), user(house, Role.ADMIN)
    made = _key_of(owner, SCOPES_BY_ROLE[Role.ADMIN] - PERSONAL_SCOPES)
    caller = house.stranger.having(Authorization=f"Bearer {made['key']}")
    assert not seen or caller.get("/tasks").status_code == 200
    spoil(owner, made)
    return Person(caller=caller, scopes=None)


def _revoke(owner: Person, made: Json) -> None:
    assert owner.caller.delete(f"/auth/keys/{made['id']}").status_code == 204


def _disable(owner: Person, _made: Json) -> None:
    users = owner.caller.services.security.users
    users.change(owner.user_id or 0, UserChanges(disabled=True), actor=SYSTEM)


def _expire(owner: Person, made: Json) -> None:
    with owner.caller.services.units.writing() as work:
        row = work.session.get_one(ApiKey, made["id"])
        row.expires_at = work.now()
        work.commit()


CAST: Final[dict[str, Callable[[House], Person]]] = {
    "stranger": _stranger,
    "impostor": _impostor,
    "viewer": lambda house: user(house, Role.VIEWER),
    "operator": lambda house: user(house, Role.OPERATOR),
    "admin": lambda house: user(house, Role.ADMIN),
    "admin without a recent proof": _unproved,
    "local": _local,
    "viewer's key": lambda house: api_key(house, Role.VIEWER),
    "admin's key": lambda house: api_key(house, Role.ADMIN),
    "key for tasks": lambda house: api_key(house, Role.ADMIN, frozenset({"tasks:read"})),
    "revoked key": lambda house: _void_key(house, _revoke),
    "expired key": lambda house: _void_key(house, _expire, seen=False),
    "key of a disabled user": lambda house: _void_key(house, _disable),
    "disabled user": _disabled,
    "ended session": _signed_out,
    "demoted user": _demoted,
}
