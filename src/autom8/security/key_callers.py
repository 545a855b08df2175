"""Says who asks by an API key: its owner, within the key's scopes and what the owner may do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from autom8.kernel.actor import PERSONAL_SCOPES, SCOPES_BY_ROLE, Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unauthenticated
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ActorKind, Role
from autom8.security.key_format import read_key
from autom8.security.key_uses import KeyUses
from autom8.security.remembering import Remembered
from autom8.security.tokens import digest, same


class KeyRefused(Unauthenticated):
    """The API key is not ours, is revoked, or its owner may not sign in."""

    code = "api_key_refused"

    def __init__(self) -> None:
        super().__init__("The API key is not good.")


class KeyExpired(Unauthenticated):
    """The API key was good and its time is over."""

    code = "api_key_expired"

    def __init__(self) -> None:
        super().__init__("The API key has expired.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHolder:
    """An API key and its owner, as the database had them."""

    id: int
    key_id: str
    secret_hash: str
    scopes: frozenset[str]
    key_limit: int | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    user_id: int
    name: str
    role: Role
    disabled: bool
    user_limit: int | None


class KeyHolders(Remembered[KeyHolder]):
    """API keys with their owners, by the key's public part."""

    def _load(self, key_id: str) -> KeyHolder | None:
        with self._read() as work:
            row = work.api_keys.find_holder(key_id)
        if row is None:
            return None
        fields = {**row._mapping, "role": Role(row.role), "scopes": frozenset(row.scopes)}  # noqa: SLF001 - SQLAlchemy's public name
        return KeyHolder(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCallers:
    """Turns an API key into an Actor."""

    holders: KeyHolders
    uses: KeyUses
    clock: Clock

    def actor(self, text: str, *, address: str, request_id: str, fresh: bool) -> Actor:
        """Who holds this key. It has the scopes that both the key and its owner's role hold now.

        Raises:
            KeyRefused: it is not good, or its owner is disabled or gone.
            KeyExpired: its time is over, and all else is right.
        """
        parts = read_key(text)
        if parts is None:
            raise KeyRefused
        holder = self.holders.find(parts.key_id, fresh=fresh)
        # An unknown key costs a comparison too.
        kept = Secret(holder.secret_hash if holder is not None else "")
        if not same(digest(parts.secret), kept) or holder is None:
            raise KeyRefused
        if holder.revoked_at is not None or holder.disabled:
            raise KeyRefused
        now = self.clock.now()
        if holder.expires_at is not None and holder.expires_at <= now:
            raise KeyExpired
        self.uses.note(holder.id, since=holder.last_used_at, at=now, address=address)
        return Actor(
            kind=ActorKind.KEY,
            id=holder.user_id,
            name=holder.name,
            role=holder.role,
            scopes=(holder.scopes & SCOPES_BY_ROLE[holder.role]) - PERSONAL_SCOPES,
            key_id=holder.key_id,
            requests_per_minute=holder.key_limit or holder.user_limit,
            # Without a limit of its own it shares its owner's, or more keys would make for more requests.
            counted_as=f"key:{holder.key_id}" if holder.key_limit else "",
            request_id=request_id,
            address=address,
        )
