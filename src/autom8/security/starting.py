"""The session that a proof opens, whatever the proof was: one row and one entry in the trail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.actor import SCOPES_BY_ROLE, Actor
from autom8.kernel.events import SignedIn
from autom8.kernel.vocabulary import ActorKind, Method, Role, SessionKind
from autom8.models import Session, User
from autom8.repositories.unit_of_work import Work
from autom8.security.names import storable

_AGENT_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """How a user proved who they are, and when the person themselves did; None where nobody can say."""

    method: Method
    proved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The session to be opened, and from where it is asked for."""

    id: str
    kind: SessionKind
    agent: str
    refresh_hash: str = ""


def start_session(work: Work, user: User, opening: Opening, proven: Proven) -> Session:
    """Open a session of `user` within `work`, and announce it. The caller has the user locked."""
    now = user.last_login_at = work.now()
    session = Session(
        id=opening.id,
        user_id=user.id,
        kind=opening.kind,
        generation=1,
        refresh_hash=opening.refresh_hash,
        rotated_at=now,
        created_at=now,
        used_at=now,
        expires_at=now + defaults.SESSION_LIFE,
        ended_at=None,
        end_reason=None,
        address=work.actor.address,
        agent=storable(opening.agent[:_AGENT_MAX]),
        method=proven.method,
        proved_at=proven.proved_at,
    )
    work.access.add_session(session)
    work.record(
        SignedIn(
            action="session.started",
            object_type="user",
            object_id=str(user.id),
            details={"session": session.id, "kind": session.kind, "method": session.method},
            user_id=user.id,
        )
    )
    return session


def as_user(actor: Actor, user: User, session_id: str) -> Actor:
    """Who asks, once they have proved that they are `user`: the trail names them, not a stranger."""
    role = Role(user.role)
    return replace(
        actor,
        kind=ActorKind.USER,
        id=user.id,
        name=user.name,
        role=role,
        scopes=SCOPES_BY_ROLE[role],
        session_id=session_id,
    )
