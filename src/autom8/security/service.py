"""The security service: what callers may ask, put together once at start and passed on."""

from __future__ import annotations

from dataclasses import dataclass

from autom8.kernel.clock import Clock
from autom8.kernel.secrets import Secret
from autom8.repositories.unit_of_work import BeginWork
from autom8.security.api_keys import ApiKeyService
from autom8.security.attempts import Attempts
from autom8.security.authentication import Authenticator, Principals
from autom8.security.key_callers import KeyCallers, KeyHolders
from autom8.security.key_uses import KeyUses
from autom8.security.keys import Keys
from autom8.security.open_sessions import SessionService
from autom8.security.passwords import COST, Passwords
from autom8.security.proof import ProofService
from autom8.security.second_factor import SecondFactorService
from autom8.security.setup import SetupService
from autom8.security.sign_in import SignInService
from autom8.security.tokens import AccessTokens, SessionTokens
from autom8.security.users import UserService
from autom8.security.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityService:
    """Everything about who may come in."""

    authenticator: Authenticator
    sign_ins: SignInService
    users: UserService
    sessions: SessionService
    api_keys: ApiKeyService
    factors: SecondFactorService
    proof: ProofService
    setup: SetupService

    def close(self) -> None:
        """Wait for what is written aside."""
        self.authenticator.keys.uses.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What the security service stands on."""

    begin: BeginWork
    read: BeginWork
    clock: Clock
    keys: Keys
    installation_key: str
    local_token: Secret
    vault: Vault


def build_security(grounds: Grounds, *, password_cost: int = COST) -> SecurityService:
    """The security service of one process."""
    begin, read, clock, keys = grounds.begin, grounds.read, grounds.clock, grounds.keys
    passwords = Passwords(keys.pepper, cost=password_cost)
    access_tokens = AccessTokens(keys.access, audience=grounds.installation_key)
    session_tokens = SessionTokens(keys)
    attempts = Attempts(begin, keys.throttle)
    factors = SecondFactorService(begin=begin, read=read, vault=grounds.vault)
    users = UserService(begin=begin, read=read, passwords=passwords, vault=grounds.vault)
    return SecurityService(
        authenticator=Authenticator(
            begin=begin,
            clock=clock,
            principals=Principals(read, clock),
            keys=KeyCallers(holders=KeyHolders(read, clock), uses=KeyUses(begin), clock=clock),
            access_tokens=access_tokens,
            session_tokens=session_tokens,
            local_token=grounds.local_token,
        ),
        sign_ins=SignInService(
            begin=begin,
            clock=clock,
            passwords=passwords,
            attempts=attempts,
            factors=factors,
            access_tokens=access_tokens,
            session_tokens=session_tokens,
        ),
        users=users,
        sessions=SessionService(begin=begin, read=read),
        api_keys=ApiKeyService(begin=begin, read=read),
        factors=factors,
        proof=ProofService(begin=begin, passwords=passwords, attempts=attempts, factors=factors, users=users),
        setup=SetupService(begin=begin, read=read, passwords=passwords),
    )
