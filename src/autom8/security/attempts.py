"""Counts tries to sign in, before the password is looked at: of many at once, none slips through."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta

from autom8.kernel.actor import Actor
from autom8.kernel.errors import RateLimited
from autom8.models import LoginThrottle, User
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.names import name_key
from autom8.security.throttle import ACCOUNT, ADDRESS, Tries, account_key, address_key


class Throttled(RateLimited):
    """Too many failed sign-ins of this account or address; the next try is heard later."""

    def __init__(self, wait: timedelta) -> None:
        seconds = max(math.ceil(wait.total_seconds()), 1)
        super().__init__(f"Too many failed sign-ins; try again in {seconds} s.", retry_after_s=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try, counted as failed until it is forgiven. `user` is who has the name, if anybody."""

    name: str
    account: str
    address: str
    user: User | None


@dataclass(frozen=True, slots=True)
class Attempts:
    """The count of failures by account and by address."""

    begin: BeginWork
    key: bytes = field(repr=False)

    def count(self, name: str, actor: Actor) -> Attempt:
        """Count a try of `name` from the caller's address.

        Raises:
            Throttled: it comes too soon; it is neither counted nor looked at.
        """
        named = name_key(name)
        with self.begin(actor) as work:
            user = work.access.find_user(named)
            known = user is not None and work.access.signed_in_from(user.id, actor.address)
            account = account_key(self.key, named, actor.address if known else None)
            address = address_key(actor.address)
            rows = work.access.lock_throttles([account, address])
            tries = {key: _tries(row) for key, row in rows.items()}
            wait = max(each.wait(work.now()) for each in tries.values())
            if wait:
                raise Throttled(wait)
            _keep(rows[account], tries[account].failed(work.now(), ACCOUNT))
            _keep(rows[address], tries[address].failed(work.now(), ADDRESS))
            work.commit()
        return Attempt(name=name, account=account, address=address, user=user)

    def take_back(self, attempt: Attempt, actor: Actor) -> None:
        """Uncount a try that was right so far and lacks a code.

        Failures before it stay: who knows a password must not get rid of the wrong codes they tried.
        """
        with self.begin(actor) as work:
            rows = work.access.lock_throttles([attempt.account, attempt.address])
            for row in rows.values():
                _keep(row, _tries(row).forgiven(work.now()))
            work.commit()

    def forgive(self, attempt: Attempt, work: Work) -> None:
        """Take back what was counted: the password was right.

        The account starts anew; the address only loses this one failure, or who has one good account could
        guess others without end.
        """
        rows = work.access.lock_throttles([attempt.account, attempt.address])
        address = rows[attempt.address]
        _keep(address, _tries(address).forgiven(work.now()))
        _keep(rows[attempt.account], Tries(failures=0, failed_at=work.now(), next_try_at=work.now()))


def _tries(row: LoginThrottle) -> Tries:
    return Tries(failures=row.failures, failed_at=row.failed_at, next_try_at=row.next_try_at)


def _keep(row: LoginThrottle, tries: Tries) -> None:
    row.failures, row.failed_at, row.next_try_at = tries.failures, tries.failed_at, tries.next_try_at
