"""The audit chain's rows."""

from __future__ import annotations

from sqlalchemy.orm import Session


class AuditRepository:
    """All SQL about the audit chain."""

    def __init__(self, session: Session) -> None:
        self._session = session
