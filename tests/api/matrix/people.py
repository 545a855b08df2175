"""Everybody who may come to the API, with what they hold: the rows of the matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from autom8.kernel.actor import PERSONAL_SCOPES, SCOPES_BY_ROLE, SYSTEM
from autom8.kernel.vocabulary import Role
from autom8.security.views import UserChanges
from tests.api.rig import Caller, House

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who asks. `scopes` are None for whom the API must not know, `user_id` for who is no user."""

    caller: Caller
    scopes: frozenset[str] | None
    user_id: int | None = None
    name: str = ""
    local: bool = False


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


def _api_key(house: House, role: Role) -> Person:
    """A program that shows a key with every scope that its owner may give."""
    owner = user(house, role)
    scopes = SCOPES_BY_ROLE[role] - PERSONAL_SCOPES
    made = owner.caller.post("/auth/keys", {"name": "matrix", "scopes": sorted(scopes)}).json
    caller = house.stranger.having(Authorization=f"Bearer {made['key']}")
    return Person(caller=caller, scopes=scopes, user_id=owner.user_id, name=owner.name)


def _revoked_key(house: House) -> Person:
    owner = user(house, Role.ADMIN)
    made = owner.caller.post("/auth/keys", {"name": "matrix", "scopes": ["tasks:read"]}).json
    caller = house.stranger.having(Authorization=f"Bearer {made['key']}")
    assert caller.get("/tasks").status_code == 200
    assert owner.caller.delete(f"/auth/keys/{made['id']}").status_code == 204
    return Person(caller=caller, scopes=None)


CAST: Final[dict[str, Callable[[House], Person]]] = {
    "stranger": _stranger,
    "impostor": _impostor,
    "viewer": lambda house: user(house, Role.VIEWER),
    "operator": lambda house: user(house, Role.OPERATOR),
    "admin": lambda house: user(house, Role.ADMIN),
    "local": _local,
    "viewer's key": lambda house: _api_key(house, Role.VIEWER),
    "admin's key": lambda house: _api_key(house, Role.ADMIN),
    "revoked key": _revoked_key,
    "disabled user": _disabled,
    "ended session": _signed_out,
    "demoted user": _demoted,
}
