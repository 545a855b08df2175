"""Links of messages that were used."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.models import UsedLink, table_of

_LINK: Final = table_of(UsedLink)


class LinkRepository:
    """All SQL about used links."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def used(self, digest: bytes) -> bool:
        """Whether a link was used."""
        statement = select(_LINK.c.used_at).where(_LINK.c.digest == digest)
        return self._session.connection().execute(statement).first() is not None

    def use(self, digest: bytes, *, at: datetime, until: datetime) -> bool:
        """Use a link; False when somebody did before, be it at this moment."""
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = make(_LINK).on_conflict_do_nothing().returning(_LINK.c.used_at)
        row = {"digest": digest, "used_at": at, "expires_at": until}
        return connection.execute(statement, row).first() is not None

    def forget_expired(self, at: datetime) -> int:
        """Forget those that could not be used any more anyway; how many."""
        return self._session.connection().execute(delete(_LINK).where(_LINK.c.expires_at < at)).rowcount
