"""Who asks proves once more who they are, and changes their own password by the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from autom8.kernel.actor import Actor
from autom8.kernel.errors import Forbidden, Invalid
from autom8.kernel.events import SessionProved, SignInFailed
from autom8.models import User
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.attempts import Attempt, Attempts
from autom8.security.passwords import Passwords, refuse_weak
from autom8.security.personal import session_of, user_of
from autom8.security.second_factor import SecondFactorService
from autom8.security.users import UserService
from autom8.security.views import UserChanges


class ProofRefused(Forbidden):
    """The password is wrong, or the code is wrong or missing; which of them is not told."""

    code = "proof_refused"

    def __init__(self) -> None:
        super().__init__("The password or the code is wrong.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofService:
    """Proof of who somebody is within a session. Failures count as those of signing in do."""

    begin: BeginWork
    passwords: Passwords
    attempts: Attempts
    factors: SecondFactorService
    users: UserService

    def prove(self, password: str, code: str | None, *, actor: Actor) -> None:
        """Have the caller's session count as proved for a while; with a second factor a code is needed.

        Raises:
            NotPersonal: the caller is no user who has signed in.
            ProofRefused: the password or the code is wrong.
            RateLimited: too many failed, or too many passwords are being checked.
        """
        session_id = session_of(actor)
        attempt, right = self._check(password, actor)
        with self.begin(actor) as work:
            user = self._unchanged(attempt, work) if right else None
            if user is not None and self.factors.accept(work, user, code) is not None:
                session = work.access.lock_session(session_id)
                if session is not None and session.ended_at is None:
                    self.attempts.forgive(attempt, work)
                    session.proved_at = work.now()
                    work.record(_proved(session_id, user))
                    work.commit()
                    return
        self._refuse(attempt, actor, reason="wrong_code" if right else "wrong_password")

    def change_password(self, current: str, new: str, *, actor: Actor) -> None:
        """Change the caller's own password; their other sessions end, and so do all access tokens.

        Raises:
            NotPersonal: the caller is no user who has signed in.
            ProofRefused: the current password is wrong.
            Invalid: the new one is not taken.
            RateLimited: too many failed, or too many passwords are being checked.
        """
        user_id = user_of(actor)
        try:
            refuse_weak(new, user_name=actor.name)
        except Invalid as error:
            raise Invalid(str(error), fields={"new": error.fields["password"]}) from None
        attempt, right = self._check(current, actor)
        if attempt.user is None or not right:
            self._refuse(attempt, actor, reason="wrong_password")
        with self.begin(actor) as work:
            self.attempts.forgive(attempt, work)
            work.commit()
        # The version: whoever gave them another password meanwhile has the last word.
        self.users.change(user_id, UserChanges(password=new), actor=actor, version=attempt.user.version)

    def _check(self, password: str, actor: Actor) -> tuple[Attempt, bool]:
        with self.passwords.place() as checker:
            attempt = self.attempts.count(actor.name, actor)
            user = attempt.user if attempt.user is not None and attempt.user.id == actor.id else None
            return attempt, checker.verify(password, user.password_hash if user else None)

    def _unchanged(self, attempt: Attempt, work: Work) -> User | None:
        """The user, unless they were changed while we looked at the password."""
        seen = attempt.user
        user = None if seen is None else work.access.lock_user(seen.id)
        return user if user is not None and seen is not None and user.version == seen.version else None

    def _refuse(self, attempt: Attempt, actor: Actor, *, reason: str) -> NoReturn:
        failed = SignInFailed(
            action="proof.failed",
            object_type="user",
            object_id=str(actor.id),
            details={"name": attempt.name, "reason": reason},
        )
        with self.begin(actor) as work:
            work.record(failed)
            work.commit()
        raise ProofRefused


def _proved(session_id: str, user: User) -> SessionProved:
    return SessionProved(
        action="session.proved",
        object_type="user",
        object_id=str(user.id),
        details={"session": session_id},
        session_id=session_id,
    )
