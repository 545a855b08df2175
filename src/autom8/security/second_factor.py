"""The second factor: one-time codes of an authenticator (RFC 6238), and recovery codes for its loss.

A code works once: of two who use it at the same moment, on whatever servers, one gets in.
"""

from __future__ import annotations

import hmac
import io
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, DecryptionRefused, Invalid
from autom8.kernel.events import SecondFactorChanged
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Method
from autom8.models import User
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.personal import user_of
from autom8.security.tokens import digest
from autom8.security.vault import Vault
from autom8.security.views import FactorView, PendingFactor

ISSUER: Final = "Autom8"
STEP_S: Final = 30
CODE_DIGITS: Final = 6
RECOVERY_CODES: Final = 10
_STEPS_AROUND: Final = (0, -1, 1)  # a clock may be half a minute off
_PLACE: Final = ("user_account", "totp_secret")
_RECOVERY_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing that is read for another
_RECOVERY_LENGTH: Final = 24  # 117 bits: from 112 on a plain digest is enough (ASVS 5.0, 6.5.2)
_RECOVERY_GROUP: Final = 4
_READ_MAX: Final = 100


class FactorThere(Conflict):
    """There is a second factor already; it must be removed before there is another."""

    code = "factor_there"

    def __init__(self) -> None:
        super().__init__("There is a second factor already; remove it first.")


class NoFactor(Conflict):
    """There is no second factor, or none that waits to be confirmed."""

    code = "no_factor"

    def __init__(self) -> None:
        super().__init__("There is no second factor for this; set one up first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorService:
    """Sets up, checks and removes second factors. Secrets lie sealed under their user's own key."""

    begin: BeginWork
    read: BeginWork
    vault: Vault

    def get(self, *, actor: Actor) -> FactorView:
        """How the caller's own second factor stands."""
        user_id = user_of(actor)
        with self.read(actor) as work:
            user = work.access.get_user(user_id)
            left = work.factors.recovery_codes_left(user_id)
        return FactorView(enabled_at=user.totp_enabled_at, recovery_codes_left=left)

    def set_up(self, *, actor: Actor) -> PendingFactor:
        """A new secret for the caller's authenticator; it counts once a code of it was confirmed.

        Raises:
            FactorThere: one counts already.
        """
        import pyotp  # here, as below: most requests never need it

        secret = pyotp.random_base32()
        with self.begin(actor) as work:
            user = _locked(work, user_of(actor))
            if user.totp_enabled_at is not None:
                raise FactorThere
            key = self.vault.open(work, [user.id]).get(user.id) or self.vault.create(work, [user.id])[user.id]
            user.totp_secret = key.seal(*_PLACE, user.id, secret)
            user.totp_last_step = None
            work.commit()
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=ISSUER)
        return PendingFactor(secret=Secret(secret), uri=Secret(uri), qr_svg=Secret(_drawn(uri)))

    def confirm(self, code: str, *, actor: Actor) -> list[Secret]:
        """Have the new secret count from now on, for a code of it. The recovery codes are given this once.

        Raises:
            NoFactor: none waits to be confirmed.
            Invalid: the code is not one of the new secret.
        """
        with self.begin(actor) as work:
            user = _locked(work, user_of(actor))
            if user.totp_secret is None or user.totp_enabled_at is not None:
                raise NoFactor
            if not self._take_code(work, user, _plain(code)):
                raise Invalid(
                    "The code is wrong.", fields={"code": "is not what the authenticator shows now"}
                )
            user.totp_enabled_at = work.now()
            codes = _give_recovery_codes(work, user)
            _announce(user, "factor.enabled", work)
            work.commit()
        return codes

    def renew_recovery_codes(self, *, actor: Actor) -> list[Secret]:
        """Recovery codes in place of those before, given this once.

        Raises:
            NoFactor: there is none to recover.
        """
        with self.begin(actor) as work:
            user = _locked(work, user_of(actor))
            if user.totp_enabled_at is None:
                raise NoFactor
            codes = _give_recovery_codes(work, user)
            _announce(user, "factor.codes_renewed", work)
            work.commit()
        return codes

    def remove(self, user_id: int, *, actor: Actor) -> None:
        """Take a user's second factor away, with its recovery codes; twice changes nothing.

        Raises:
            UserNotFound: no user has this id.
        """
        with self.begin(actor) as work:
            user = _locked(work, user_id)
            if user.totp_secret is None:
                return
            told = user.totp_enabled_at is not None
            user.totp_secret = user.totp_enabled_at = user.totp_last_step = None
            work.factors.replace_recovery_codes(user.id, ())
            self.vault.destroy(
                work, [user.id]
            )  # with its key: what a backup holds of the secret opens no more
            if told:
                _announce(user, "factor.removed", work)
            work.commit()

    def accept(self, work: Work, user: User, code: str | None) -> Method | None:
        """How a user has proved who they are, by a right password and this code; None if they have not.

        The code is used up when `work` is committed. `user` must be as they are now.
        """
        if user.totp_enabled_at is None:
            return Method.PASSWORD
        plain = _plain(code or "")
        if len(plain) == CODE_DIGITS:
            return Method.TOTP if self._take_code(work, user, plain) else None
        if work.factors.take_recovery_code(user.id, _kept(user.id, plain), at=work.now()):
            return Method.RECOVERY_CODE
        return None

    def _take_code(self, work: Work, user: User, code: str) -> bool:
        assert user.totp_secret is not None
        key = self.vault.open(work, [user.id]).get(user.id)
        try:
            secret = None if key is None else key.unseal(*_PLACE, user.id, user.totp_secret)
        except DecryptionRefused:  # the vault has raised the alarm; a recovery code still lets in
            secret = None
        step = None if secret is None else _step_of(secret, code, work.now())
        return step is not None and work.factors.take_step(user.id, step)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step that a code belongs to, if it is now, or the one before or after."""
    import pyotp

    codes, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    given = code.encode("utf-8", "surrogatepass")
    for step in (present + around for around in _STEPS_AROUND):
        if hmac.compare_digest(given, codes.generate_otp(step).encode()):
            return step
    return None


def _plain(code: str) -> str:
    """A code as it is compared: people type blanks and dashes, and small letters."""
    return "".join(code[:_READ_MAX].split()).replace("-", "").upper()


def _kept(user_id: int, code: str) -> str:
    """What is kept of a recovery code: it holds so many random bits that a plain digest is enough."""
    return digest(Secret(f"{user_id} {code}"))


def _give_recovery_codes(work: Work, user: User) -> list[Secret]:
    codes = [
        "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    work.factors.replace_recovery_codes(user.id, [_kept(user.id, code) for code in codes])
    return [Secret(_grouped(code)) for code in codes]


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _RECOVERY_GROUP] for at in range(0, len(code), _RECOVERY_GROUP))


def _drawn(uri: str) -> str:
    import segno

    drawn = io.BytesIO()
    code = segno.make(uri, error="m", micro=False)
    code.save(drawn, kind="svg", scale=4, border=4, light="#fff", dark="#000", xmldecl=False, nl=False)
    return drawn.getvalue().decode()


def _locked(work: Work, user_id: int) -> User:
    return work.access.lock_user(user_id) or work.access.get_user(user_id)


def _announce(user: User, action: str, work: Work) -> None:
    work.record(
        SecondFactorChanged(
            action=action,
            object_type="user",
            object_id=str(user.id),
            details={"name": user.name},
            user_id=user.id,
        ),
    )
