"""How long who failed to sign in must wait, by account and by address. A delay, never a lock-out.

Rules only: no I/O, no clock.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_NO_WAIT: Final = timedelta()
_FIRST: Final = timedelta(seconds=1)  # doubling
_LONGEST: Final = timedelta(minutes=5)
FORGOTTEN_AFTER: Final = timedelta(minutes=30)  # well above the longest delay, or waiting it out would pay
_DOUBLINGS_MAX: Final = 16
_IPV6_SITE_BITS: Final = 64  # what one customer is commonly given


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tries are free before each further one costs a wait."""

    free: int

    def wait(self, failures: int) -> timedelta:
        """The wait after so many failures in a row: 1 s, 2 s, 4 s … 5 min once the free tries are spent."""
        if failures < self.free:
            return _NO_WAIT
        return min(_FIRST * (1 << min(failures - self.free, _DOUBLINGS_MAX)), _LONGEST)


ACCOUNT: Final = Pace(5)
ADDRESS: Final = Pace(20)  # many people may share one


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Failures in a row of one account or address."""

    failures: int
    failed_at: datetime
    next_try_at: datetime

    def wait(self, now: datetime) -> timedelta:
        """How long until the next try is heard. A clock that was set back makes nobody wait."""
        if now < self.failed_at:
            return _NO_WAIT
        return max(self.next_try_at - now, _NO_WAIT)

    def failed(self, now: datetime, pace: Pace) -> Tries:
        """After one more failure; old ones are forgotten."""
        failures = 1 if now - self.failed_at > FORGOTTEN_AFTER else self.failures + 1
        return Tries(failures=failures, failed_at=now, next_try_at=now + pace.wait(failures))

    def forgiven(self, now: datetime) -> Tries:
        """With the last failure taken back: it was none."""
        return Tries(failures=max(self.failures - 1, 0), failed_at=self.failed_at, next_try_at=now)


def account_key(key: bytes, name_key: str, known_address: str | None) -> str:
    """The throttle of an account, without its name: people type passwords into the wrong field.

    An address that the account has signed in from has a count of its own, so that a stranger who guesses
    can't keep the owner waiting.
    """
    account = hmac.digest(key, name_key.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
    return f"account:{account}" if known_address is None else f"account:{account}:{known_address}"


def address_key(address: str) -> str:
    """The throttle of an address; IPv6 neighbours share one, or each guess would come from a new address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"address:{address[:64]}"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return f"address:{parsed.ipv4_mapped}"
        return f"address:{ipaddress.IPv6Network((parsed, _IPV6_SITE_BITS), strict=False)}"
    return f"address:{parsed}"
