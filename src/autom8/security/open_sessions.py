"""Sessions that stand: users see and end their own, administrators those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autom8.kernel.actor import Actor
from autom8.kernel.errors import NotFound
from autom8.kernel.events import SessionEnded
from autom8.kernel.vocabulary import SessionEnd
from autom8.models import Session
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.sessions import stands
from autom8.security.views import SessionView


class SessionNotFound(NotFound):
    """The user has no session of this id."""

    code = "session_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such session.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionService:
    """What users may do with their own sessions, and administrators with all."""

    begin: BeginWork
    read: BeginWork

    def list_(self, user_id: int, *, actor: Actor) -> Sequence[SessionView]:
        """A user's sessions that stand, the last used first; of very many, the 200 last used.

        Raises:
            UserNotFound: no user has this id.
        """
        with self.read(actor) as work:
            work.access.get_user(user_id)
            rows = work.access.standing_sessions(user_id)
            now = work.now()
            return [SessionView.of(row, current=actor.session_id) for row in rows if stands(row, now)]

    def current(self, actor: Actor) -> SessionView | None:
        """The session that the caller asks in, if in one."""
        if actor.session_id is None:
            return None
        with self.read(actor) as work:
            row = work.access.find_session(actor.session_id)
            return None if row is None else SessionView.of(row, current=actor.session_id)

    def end(self, user_id: int, session_id: str, *, actor: Actor) -> None:
        """End one session of a user; twice changes nothing.

        Raises:
            SessionNotFound: the user has no such session.
        """
        with self.begin(actor) as work:
            session = work.access.lock_session(session_id)
            if session is None or session.user_id != user_id:
                raise SessionNotFound
            if session.ended_at is None:
                end_session(session, SessionEnd.REVOKED, work)
                work.commit()

    def end_all(self, user_id: int, *, actor: Actor) -> int:
        """End all sessions of a user but the one that the caller asks in; how many.

        Raises:
            UserNotFound: no user has this id.
        """
        with self.begin(actor) as work:
            work.access.get_user(user_id)
            ended = [each for each in work.access.open_sessions(user_id) if each.id != actor.session_id]
            for session in ended:
                end_session(session, SessionEnd.REVOKED, work)
            work.commit()
        return len(ended)


def end_session(session: Session, reason: SessionEnd, work: Work) -> None:
    """End a session within `work`, and announce it."""
    session.ended_at, session.end_reason = work.now(), reason
    work.record(
        SessionEnded(
            action="session.ended",
            object_type="session",
            object_id=session.id,
            details={"reason": reason.value, "user_id": session.user_id},
            session_id=session.id,
        ),
    )
