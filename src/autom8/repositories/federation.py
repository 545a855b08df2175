"""Sign-ins by a provider: those under way, and whom each provider's subjects are here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session as SqlSession

from autom8.models import FederatedIdentity, SignInRequest, User


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """What was kept of a sign-in while its person is at the provider."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next_path: str
    created_at: datetime


class FederationRepository:
    """All SQL about sign-ins by a provider."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    def open_request(self, state_hash: str, pending: PendingSignIn, *, expires_at: datetime) -> None:
        """Keep a sign-in that begins."""
        self._session.connection().execute(
            insert(SignInRequest).values(
                state_hash=state_hash,
                nonce=pending.nonce,
                verifier=pending.verifier,
                next_path=pending.next_path,
                created_at=pending.created_at,
                expires_at=expires_at,
            )
        )

    def take_request(self, state_hash: str, *, now: datetime) -> PendingSignIn | None:
        """Take a sign-in out, if it is there and its time is not over. Of two at once, one gets it."""
        taken = self._session.connection().execute(
            delete(SignInRequest)
            .where(SignInRequest.state_hash == state_hash)
            .returning(
                SignInRequest.nonce,
                SignInRequest.verifier,
                SignInRequest.next_path,
                SignInRequest.created_at,
                SignInRequest.expires_at,
            )
        )
        row = taken.first()
        if row is None or row.expires_at <= now:
            return None
        return PendingSignIn(
            nonce=row.nonce, verifier=row.verifier, next_path=row.next_path, created_at=row.created_at
        )

    def remove_requests_before(self, instant: datetime) -> int:
        """Remove sign-ins whose time was over before `instant`; how many."""
        gone = delete(SignInRequest).where(SignInRequest.expires_at < instant)
        return self._session.connection().execute(gone).rowcount

    def lock_user_of(self, issuer: str, subject: str) -> User | None:
        """The user whom a provider knows as `subject`, held until the end of the transaction."""
        statement = (
            select(User)
            .join(FederatedIdentity, FederatedIdentity.user_id == User.id)
            .where(FederatedIdentity.issuer == issuer, FederatedIdentity.subject == subject)
            .with_for_update(of=User)
            .execution_options(populate_existing=True)
        )
        return self._session.scalars(statement).first()

    def link(self, issuer: str, subject: str, user_id: int, *, at: datetime) -> None:
        """Have a provider's subject be this user from now on."""
        self._session.add(FederatedIdentity(issuer=issuer, subject=subject, user_id=user_id, created_at=at))
        self._session.flush()
