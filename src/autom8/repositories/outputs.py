"""What commands wrote, in pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.models import RunOutput, table_of
from autom8.repositories.query import AnyRow

_OUTPUT: Final = table_of(RunOutput)
_APPEND: Final = {
    "sqlite": sqlite.insert(_OUTPUT).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_OUTPUT).on_conflict_do_nothing(),
}
_TRIM: Final = delete(_OUTPUT).where(
    _OUTPUT.c.run_id == bindparam("run"),
    _OUTPUT.c.attempt == bindparam("number"),
    _OUTPUT.c.seq < bindparam("below"),
    _OUTPUT.c.tail,
)
_NOTE_GAP: Final = (
    update(_OUTPUT)
    .where(
        _OUTPUT.c.run_id == bindparam("run"),
        _OUTPUT.c.attempt == bindparam("number"),
        _OUTPUT.c.seq == bindparam("below"),
    )
    .values(dropped_before=bindparam("dropped"))
)
_AFTER: Final[Select[*tuple[Any, ...]]] = (
    select(
        RunOutput.attempt,
        RunOutput.seq,
        RunOutput.stream,
        RunOutput.at,
        RunOutput.dropped_before,
        RunOutput.chunk,
    )
    .where(
        RunOutput.run_id == bindparam("run"),
        or_(
            RunOutput.attempt > bindparam("number"),
            and_(RunOutput.attempt == bindparam("number"), RunOutput.seq > bindparam("seq")),
        ),
    )
    .order_by(RunOutput.attempt, RunOutput.seq)
    .limit(bindparam("limit"))
)


class OutputRepository:
    """All SQL about output. A piece is written once, whatever is repeated."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tail(self, run_id: int, *, bytes_max: int) -> bytes:
        """The last bytes that a run's last attempt wrote."""
        last = select(func.max(RunOutput.attempt)).where(RunOutput.run_id == run_id).scalar_subquery()
        statement = (
            select(RunOutput.chunk)
            .where(RunOutput.run_id == run_id, RunOutput.attempt == last)
            .order_by(RunOutput.seq.desc())
            .limit(bindparam("pieces"))
        )
        pieces = list(self._session.connection().execute(statement, {"pieces": 64}).scalars())
        return b"".join(reversed(pieces))[-bytes_max:]

    def append(self, pieces: Sequence[Mapping[str, Any]]) -> None:
        """Add pieces; one that is there already is left as it is."""
        if pieces:
            connection = self._session.connection()
            connection.execute(_APPEND[connection.dialect.name], list(pieces))

    def trim_tail(self, *, run_id: int, attempt: int, below: int, dropped: int) -> None:
        """Remove a tail's pieces before `below`, which then says that `dropped` bytes are missing."""
        connection = self._session.connection()
        bound = {"run": run_id, "number": attempt, "below": below}
        connection.execute(_TRIM, bound)
        connection.execute(_NOTE_GAP, {**bound, "dropped": dropped})

    def after(self, run_id: int, *, attempt: int, seq: int, limit: int) -> Sequence[AnyRow]:
        """Pieces after (attempt, seq), oldest first."""
        bound = {"run": run_id, "number": attempt, "seq": seq, "limit": limit}
        return self._session.connection().execute(_AFTER, bound).all()

    def kept_bytes(self, run_id: int, attempt: int) -> int:
        """How many bytes of an attempt's output are stored."""
        statement = select(func.coalesce(func.sum(func.length(RunOutput.chunk)), 0)).where(
            RunOutput.run_id == run_id, RunOutput.attempt == attempt
        )
        return int(self._session.connection().execute(statement).scalar_one())
