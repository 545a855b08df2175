"""The first start: a link that makes the first administrator, once, within an hour, on this machine."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime

from autom8.kernel import defaults
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Forbidden
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role
from autom8.models import Installation
from autom8.repositories.unit_of_work import BeginWork
from autom8.security.passwords import Passwords
from autom8.security.tokens import digest, same
from autom8.security.users import add_user, checked_sign_up
from autom8.security.views import UserView


class SetupRefused(Forbidden):
    """The setup link is wrong, too old or used up, or the caller is not on this machine."""

    code = "setup_refused"

    def __init__(self) -> None:
        super().__init__(
            "This setup link is not good here and now; start Autom8 again on its machine for another."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupService:
    """Opens and completes the first set-up. There is no default account."""

    begin: BeginWork
    read: BeginWork
    passwords: Passwords

    def open_(self) -> Secret | None:
        """The token of a new setup link, good for an hour; None when there is a user already.

        A link that was given before is void from now on.
        """
        token = Secret(secrets.token_urlsafe(32))
        with self.begin() as work:
            installation = work.installation.lock()
            if installation is None or work.access.any_user():
                return None
            installation.setup_token_hash = digest(token)
            installation.setup_expires_at = work.now() + defaults.SETUP_LINK_LIFE
            work.commit()
        return token

    def is_open(self) -> bool:
        """Whether a setup link waits to be used."""
        with self.read() as work:
            return _waits(work.installation.get(), work.now()) and not work.access.any_user()

    def complete(self, token: str, name: str, password: str, *, actor: Actor) -> UserView:
        """Make the first administrator; of two who try at once, one does.

        Raises:
            SetupRefused: the token is wrong, old or used, or the caller's address is not this machine's.
            Invalid: the name or the password is not taken; the link stays good.
            RateLimited: too many passwords are being hashed.
        """
        if not is_loopback(actor.address):
            raise SetupRefused
        with self.read(actor) as work:  # a wrong token costs no hashing
            _refuse_wrong(work.installation.get(), token, work.now())
        taken = checked_sign_up(name, password)
        with self.passwords.place() as checker:
            password_hash = checker.hash(password)
        with self.begin(actor) as work:
            installation = work.installation.lock()
            _refuse_wrong(installation, token, work.now())
            if installation is None or work.access.any_user():
                raise SetupRefused
            installation.setup_token_hash = installation.setup_expires_at = None
            user = add_user(work, taken, password_hash, role=Role.ADMIN)
            work.commit()
        return UserView.of(user, provider=False)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


def _waits(installation: Installation, now: datetime) -> bool:
    expires_at = installation.setup_expires_at
    return installation.setup_token_hash is not None and expires_at is not None and now < expires_at


def _refuse_wrong(installation: Installation | None, token: str, now: datetime) -> None:
    kept = installation.setup_token_hash if installation is not None and _waits(installation, now) else None
    if kept is None or not same(digest(Secret(token)), Secret(kept)):
        raise SetupRefused
