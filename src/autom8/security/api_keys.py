"""API keys: users make, change and revoke their own; administrators see and revoke those of others."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from autom8.kernel.actor import PERSONAL_SCOPES, SCOPES_BY_ROLE, Actor
from autom8.kernel.errors import Conflict, Invalid, Stale
from autom8.kernel.events import ApiKeyChanged
from autom8.kernel.paging import Page, Paged
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role
from autom8.models import ApiKey, User
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.key_format import new_key
from autom8.security.personal import user_of
from autom8.security.tokens import digest
from autom8.security.views import ApiKeyChanges, ApiKeyView, NewApiKey

NAME_MAX: Final = 100
KEYS_MAX: Final = 100  # good ones of one user
LIMIT_MAX: Final = 1_000_000


class TooManyKeys(Conflict):
    """The user has as many good API keys as one may have."""

    code = "too_many_keys"

    def __init__(self) -> None:
        super().__init__(f"A user has at most {KEYS_MAX} good API keys; revoke one first.")


class ApiKeyStale(Stale):
    """The API key was changed since the caller looked."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__("The API key was changed meanwhile; look again.")


def grantable(role: Role) -> frozenset[str]:
    """The scopes that a key of somebody with this role may hold."""
    return SCOPES_BY_ROLE[role] - PERSONAL_SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyService:
    """What users may do with their own keys, and administrators with all; the faces check who is one."""

    begin: BeginWork
    read: BeginWork

    def add(self, wanted: NewApiKey, *, actor: Actor) -> tuple[ApiKeyView, Secret]:
        """Make a key of the caller's own; its text is given now and never again.

        Raises:
            NotPersonal: the caller is no user who has signed in.
            Invalid: a field is wrong, or a scope is not the caller's to give.
            TooManyKeys: there are enough.
        """
        parts = new_key()
        with self.begin(actor) as work:
            owner = _locked_owner(work, user_of(actor))
            _refuse_wrong(wanted, owner, actor, work.now())
            if work.api_keys.count_good(owner.id, work.now()) >= KEYS_MAX:
                raise TooManyKeys
            key = ApiKey(
                key_id=parts.key_id,
                user_id=owner.id,
                name=wanted.name,
                secret_hash=digest(parts.secret),
                scopes=sorted(set(wanted.scopes)),
                requests_per_minute=wanted.requests_per_minute,
                version=1,
                created_at=work.now(),
                expires_at=wanted.expires_at,
            )
            work.api_keys.add(key)
            _announce(
                key, "api_key.added", {"scopes": key.scopes, "expires_at": _instant(key.expires_at)}, work
            )
            work.commit()
        return ApiKeyView.of(key), parts.text()

    def list_(self, user_id: int, page: Page, *, actor: Actor) -> Paged[ApiKeyView]:
        """A user's keys, the newest first; orders `id`, `name`, `created_at`.

        Raises:
            UserNotFound: no user has this id.
        """
        with self.read(actor) as work:
            work.access.get_user(user_id)
            found = work.api_keys.page(user_id, page)
            return Paged([ApiKeyView.of(key) for key in found.items], found.next)

    def get(self, user_id: int, id_: int, *, actor: Actor) -> ApiKeyView:
        """One key of a user, or ApiKeyNotFound."""
        with self.read(actor) as work:
            return ApiKeyView.of(work.api_keys.get(user_id, id_))

    def change(self, id_: int, changes: ApiKeyChanges, *, version: int, actor: Actor) -> ApiKeyView:
        """Change a key of the caller's own; what is so already changes nothing and announces nothing.

        Raises:
            ApiKeyNotFound: the caller has no such key, or it is revoked.
            Stale: the key has another version by now.
            Invalid: a field is wrong, or a scope is not the caller's to give.
        """
        with self.begin(actor) as work:
            owner = _locked_owner(work, user_of(actor))
            key = work.api_keys.lock(owner.id, id_)
            if key.version != version:
                raise ApiKeyStale
            if key.revoked_at is not None:
                raise Invalid("The API key is revoked; nothing of it can be changed.")
            changed = {name: value for name, value in changes.given.items() if getattr(key, name) != value}
            if changed:
                _refuse_wrong(_after(key, changed), owner, actor, work.now(), changed)
                for name, value in changed.items():
                    setattr(key, name, value)
                key.version += 1
                told = {
                    name: _instant(value) if name == "expires_at" else value
                    for name, value in changed.items()
                }
                _announce(key, "api_key.changed", told, work)
                work.commit()
        return ApiKeyView.of(key)

    def revoke(self, user_id: int, id_: int, *, actor: Actor) -> None:
        """End a key for good; twice changes nothing.

        Raises:
            ApiKeyNotFound: the user has no such key.
        """
        with self.begin(actor) as work:
            key = work.api_keys.lock(user_id, id_)
            if key.revoked_at is None:
                _revoke(key, work)
                work.commit()

    def revoke_all(self, user_id: int, *, actor: Actor) -> int:
        """End all keys of a user for good; how many.

        Raises:
            UserNotFound: no user has this id.
        """
        with self.begin(actor) as work:
            work.access.get_user(user_id)
            keys = work.api_keys.lock_unrevoked(user_id)
            for key in keys:
                _revoke(key, work)
            work.commit()
        return len(keys)


def _locked_owner(work: Work, user_id: int) -> User:
    """The owner as they are now: a demotion waits, or is seen, and so is another new key."""
    return work.access.lock_user(user_id) or work.access.get_user(user_id)


def _after(key: ApiKey, changed: dict[str, Any]) -> NewApiKey:
    names = ("name", "scopes", "expires_at", "requests_per_minute")
    return NewApiKey(**{name: changed.get(name, getattr(key, name)) for name in names})


def _refuse_wrong(
    wanted: NewApiKey, owner: User, actor: Actor, now: datetime, looked_at: Collection[str] | None = None
) -> None:
    """Refuse what is wrong with those fields that are looked at, by default all."""
    limit = wanted.requests_per_minute
    faults = {
        "name": _fault_of_name(wanted.name),
        "scopes": _fault_of_scopes(wanted.scopes, Role(owner.role)),
        "expires_at": "must lie ahead" if wanted.expires_at and wanted.expires_at <= now else None,
        "requests_per_minute": _fault_of_limit(limit, actor),
    }
    fields = {
        name: fault for name, fault in faults.items() if fault and (looked_at is None or name in looked_at)
    }
    if fields:
        raise Invalid("The API key can't be so.", fields=fields)


def _fault_of_name(name: str) -> str | None:
    if not name.strip() or len(name) > NAME_MAX:
        return f"must have 1 to {NAME_MAX} characters"
    hidden = any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in name)
    return "must not contain control or invisible characters" if hidden else None


def _fault_of_scopes(scopes: Collection[str], role: Role) -> str | None:
    if not scopes:
        return "must name at least one"
    if set(scopes) <= grantable(role):
        return None
    return f"must be among those you may give: {', '.join(sorted(grantable(role)))}"


def _fault_of_limit(limit: int | None, actor: Actor) -> str | None:
    if limit is None:
        return None
    if not actor.may("users:write"):  # or anybody could lift their own limit by a key
        return "is set by administrators only"
    return None if 1 <= limit <= LIMIT_MAX else f"must be from 1 to {LIMIT_MAX}"


def _revoke(key: ApiKey, work: Work) -> None:
    key.revoked_at = work.now()
    key.version += 1
    _announce(key, "api_key.revoked", {}, work)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _announce(key: ApiKey, action: str, details: dict[str, Any], work: Work) -> None:
    work.record(
        ApiKeyChanged(
            action=action,
            object_type="api_key",
            object_id=key.key_id,
            details={"name": key.name, "user_id": key.user_id, **details},
            user_id=key.user_id,
            key_id=key.key_id,
        ),
    )
