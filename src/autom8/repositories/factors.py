"""Second factors: the step of the last code that was taken, and recovery codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session as SqlSession

from autom8.models import RecoveryCode, User


class FactorRepository:
    """All SQL about second factors. What may be used once is taken by one statement, so that one gets it."""

    def __init__(self, session: SqlSession) -> None:
        self._session = session

    def take_step(self, user_id: int, step: int) -> bool:
        """Whether no code of this step or a later one was taken before; from now on it is."""
        newer = or_(User.totp_last_step.is_(None), User.totp_last_step < step)
        taken = self._session.connection().execute(
            update(User).where(User.id == user_id, newer).values(totp_last_step=step)
        )
        return taken.rowcount == 1

    def take_recovery_code(self, user_id: int, code_hash: str, *, at: datetime) -> bool:
        """Whether the user has this code and it was not used before; from now on it was."""
        code = (RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash)
        taken = self._session.connection().execute(
            update(RecoveryCode).where(*code, RecoveryCode.used_at.is_(None)).values(used_at=at)
        )
        return taken.rowcount == 1

    def replace_recovery_codes(self, user_id: int, hashes: Iterable[str]) -> None:
        """Give a user these codes in place of those they had."""
        connection = self._session.connection()
        connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        rows = [{"user_id": user_id, "code_hash": each, "used_at": None} for each in hashes]
        if rows:
            connection.execute(insert(RecoveryCode), rows)

    def recovery_codes_left(self, user_id: int) -> int:
        """How many codes of a user were not used."""
        unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        return self._session.scalars(select(func.count()).select_from(RecoveryCode).where(*unused)).one()
