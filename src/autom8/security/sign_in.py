"""Signing in, refreshing and signing out. Cookies and headers are the faces' business."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.actor import Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unauthenticated
from autom8.kernel.events import SignInFailed
from autom8.kernel.vocabulary import SessionEnd, SessionKind
from autom8.models import Session, User
from autom8.repositories.unit_of_work import BeginWork
from autom8.security.attempts import Attempt, Attempts
from autom8.security.names import hinted
from autom8.security.open_sessions import end_session
from autom8.security.passwords import Passwords
from autom8.security.second_factor import SecondFactorService
from autom8.security.sessions import Refresh, judge, stands
from autom8.security.starting import Opening, Proven, as_user, start_session
from autom8.security.throttle import FORGOTTEN_AFTER
from autom8.security.tokens import AccessTokens, Claims, SessionTokens, digest, new_session_id
from autom8.security.users import view_of
from autom8.security.views import CookieGrant, TokenGrant, UserView

_KEPT_AFTER_END: Final = timedelta(days=30)


class WrongCredentials(Unauthenticated):
    """No enabled user has this name and password, or the code is wrong; which of them is not told."""

    code = "wrong_credentials"

    def __init__(self, *, with_code: bool = False) -> None:
        what = "The name, the password or the code" if with_code else "The name or the password"
        super().__init__(f"{what} is wrong.")


class SecondFactorNeeded(Unauthenticated):
    """The password is right; this user signs in with a code beside it."""

    code = "second_factor_needed"

    def __init__(self) -> None:
        super().__init__("A code of your authenticator is needed, or a recovery code.")


class RefreshRefused(Unauthenticated):
    """The refresh token is not ours, or its session is over."""

    code = "refresh_refused"

    def __init__(self) -> None:
        super().__init__("The session is over; sign in again.")


class RefreshReused(Unauthenticated):
    """The refresh token was used before, so somebody has a copy: its session is ended."""

    code = "refresh_reused"

    def __init__(self) -> None:
        super().__init__("This refresh token was used before, so its session is ended; sign in again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """The session that a right password opens, and who asks for it."""

    id: str
    kind: SessionKind
    actor: Actor
    agent: str
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInService:
    """Opens, renews and ends sessions."""

    begin: BeginWork
    clock: Clock
    passwords: Passwords
    attempts: Attempts
    factors: SecondFactorService
    access_tokens: AccessTokens
    session_tokens: SessionTokens

    def sign_in(
        self, name: str, password: str, *, actor: Actor, agent: str = "", code: str | None = None
    ) -> TokenGrant:
        """A new session of a program, for a right password, and a right code where there is a second factor.

        Raises:
            WrongCredentials: no enabled user has this name and password, or the code is wrong.
            SecondFactorNeeded: the password is right, and a code is missing.
            RateLimited: too many failed, or too many sign in at once.
        """
        opening = _Opening(id=new_session_id(), kind=SessionKind.TOKEN, actor=actor, agent=agent, code=code)
        user, session = self._open(name, password, opening)
        return self._token_grant(user, session)

    def sign_in_page(
        self, name: str, password: str, *, actor: Actor, agent: str = "", code: str | None = None
    ) -> CookieGrant:
        """A new session of a page, for a right password, and a right code where there is a second factor.

        Raises:
            WrongCredentials: no enabled user has this name and password, or the code is wrong.
            SecondFactorNeeded: the password is right, and a code is missing.
            RateLimited: too many failed, or too many sign in at once.
        """
        opening = _Opening(id=new_session_id(), kind=SessionKind.COOKIE, actor=actor, agent=agent, code=code)
        user, session = self._open(name, password, opening)
        return CookieGrant(
            user=user,
            cookie=self.session_tokens.cookie(session.id),
            csrf_token=self.session_tokens.csrf_token(session.id),
            expires_at=session.expires_at,
        )

    def refresh(self, refresh_token: str, *, actor: Actor) -> TokenGrant:
        """New tokens for the newest refresh token of a session.

        Asked again within 10 s it gives the same successor, since an answer may be lost on its way.

        Raises:
            RefreshRefused: it is not ours, or its session is over.
            RefreshReused: it had a successor already; the session is ended.
        """
        read = self.session_tokens.read_refresh_token(refresh_token)
        if read is None:
            raise RefreshRefused
        session_id, given = read
        with self.begin(actor) as work:
            session = work.access.lock_session(session_id)
            if session is None or session.kind != SessionKind.TOKEN or not stands(session, work.now()):
                raise RefreshRefused
            user = work.access.get_user(session.user_id)
            verdict = judge(given, current=session.generation, since_rotation=work.now() - session.rotated_at)
            if user.disabled or verdict is Refresh.REFUSED:
                raise RefreshRefused
            if verdict is Refresh.REUSED:
                end_session(session, SessionEnd.REFRESH_REUSED, work)
                work.commit()
                raise RefreshReused
            if verdict is Refresh.ROTATED:
                session.generation += 1
                session.refresh_hash = digest(
                    self.session_tokens.refresh_token(session.id, session.generation)
                )
                session.rotated_at = session.used_at = work.now()
                work.commit()
            view = view_of(work, user)
        return self._token_grant(view, session)

    def sign_out(self, actor: Actor) -> None:
        """End the caller's session; twice changes nothing, and who has none has nothing to end."""
        if actor.session_id is None:
            return
        with self.begin(actor) as work:
            session = work.access.lock_session(actor.session_id)
            if session is None or session.ended_at is not None:
                return
            end_session(session, SessionEnd.SIGNED_OUT, work)
            work.commit()

    def prune(self) -> int:
        """Remove sessions and API keys that have been over for a month, and throttles that have cooled down.

        Returns how many they were.
        """
        with self.begin() as work:
            over = work.now() - _KEPT_AFTER_END
            removed = work.access.remove_sessions_before(over, idle_since=over - defaults.SESSION_IDLE)
            removed += work.access.remove_throttles_before(work.now() - FORGOTTEN_AFTER)
            removed += work.api_keys.remove_before(over)
            work.commit()
        return removed

    def _open(self, name: str, password: str, opening: _Opening) -> tuple[UserView, Session]:
        with self.passwords.place() as checker:
            attempt = self.attempts.count(name, opening.actor)
            user = attempt.user
            right = checker.verify(password, user.password_hash if user else None)
            opened = None
            if user is not None and right and not user.disabled:
                if user.totp_enabled_at is not None and opening.code is None:
                    self.attempts.take_back(attempt, opening.actor)
                    raise SecondFactorNeeded
                renewed = checker.hash(password) if checker.outdated(user.password_hash) else None
                opened = self._begin_session(attempt, user, renewed, opening)
        if opened is None:
            self._record_failure(attempt, _reason(user, right=right), opening.actor)
            raise WrongCredentials(with_code=opening.code is not None)
        return opened

    def _record_failure(self, attempt: Attempt, reason: str, actor: Actor) -> None:
        user = attempt.user
        event = SignInFailed(
            action="sign_in.failed",
            object_type="user",
            object_id=str(user.id) if user else "",
            details={"name": user.name if user else hinted(attempt.name), "reason": reason},
        )
        with self.begin(actor) as work:
            work.record(event)
            work.commit()

    def _begin_session(
        self, attempt: Attempt, seen: User, renewed: str | None, opening: _Opening
    ) -> tuple[UserView, Session] | None:
        actor = as_user(opening.actor, seen, opening.id)
        with self.begin(actor) as work:
            user = work.access.lock_user(seen.id)
            if user is None or user.disabled or user.version != seen.version:
                return None  # changed while we looked at the password
            method = self.factors.accept(work, user, opening.code)
            if method is None:
                return None
            self.attempts.forgive(attempt, work)
            user.password_hash = renewed or user.password_hash
            proven = Proven(method=method, proved_at=work.now())
            session = start_session(work, user, self._as_opened(opening), proven)
            work.commit()
            return view_of(work, user), session

    def _as_opened(self, opening: _Opening) -> Opening:
        refreshable = opening.kind is SessionKind.TOKEN
        first = digest(self.session_tokens.refresh_token(opening.id, 1)) if refreshable else ""
        return Opening(id=opening.id, kind=opening.kind, agent=opening.agent, refresh_hash=first)

    def _token_grant(self, user: UserView, session: Session) -> TokenGrant:
        claims = Claims(user_id=user.id, session_id=session.id, user_version=user.version)
        return TokenGrant(
            user=user,
            access_token=self.access_tokens.make(claims, now=self.clock.now()),
            refresh_token=self.session_tokens.refresh_token(session.id, session.generation),
            expires_in=defaults.ACCESS_TOKEN_LIFE,
        )


def _reason(user: User | None, *, right: bool) -> str:
    if user is None:
        return "unknown_user"
    if not right:
        return "wrong_password"
    return "user_disabled" if user.disabled else "wrong_code"
