"""Users, sessions and login throttles."""

from __future__ import annotations

from sqlalchemy.orm import Session


class AccessRepository:
    """All SQL about who may sign in."""

    def __init__(self, session: Session) -> None:
        self._session = session
