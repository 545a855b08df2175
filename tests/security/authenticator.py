"""Second factors of tests: set up, and the codes that an authenticator would show."""

from __future__ import annotations

from datetime import timedelta

import pyotp

from autom8.kernel.actor import Actor
from tests.security.house import House

STEP = timedelta(seconds=30)


def owner(house: House, name: str) -> Actor:
    return house.bearer(house.sign_in(name))


def code_of(house: House, secret: str, *, steps: int = 0) -> str:
    """What an authenticator with this secret shows, so many half minutes from now."""
    return pyotp.TOTP(secret).at(house.clock.now() + steps * STEP)


def enable(house: House, name: str) -> tuple[str, list[str]]:
    """A second factor for a user without one: its secret, and the recovery codes.

    It is confirmed by the code of the step before, so that the present one is still to be used.
    """
    factors, actor = house.security.factors, owner(house, name)
    secret = factors.set_up(actor=actor).secret.reveal()
    codes = factors.confirm(code_of(house, secret, steps=-1), actor=actor)
    return secret, [code.reveal() for code in codes]
