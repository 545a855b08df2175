"""What commands wrote, in pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, Select, and_, bindparam, delete, func, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.models import RunOutput, table_of
from autom8.repositories.query import AnyRow

TAIL_PIECES: Final = 64  # of an attempt, at most, that its tail is put together of
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


@lru_cache(maxsize=128)
def _tails_of(runs: int) -> CompoundSelect[*tuple[Any, ...]]:
    """The last pieces of so many runs, `:run_0` and on: those with less than `:before` bytes after them."""
    tails = []
    for index in range(runs):
        last = (
            select(_OUTPUT.c.run_id, _OUTPUT.c.seq, _OUTPUT.c.chunk)
            .where(
                _OUTPUT.c.run_id == bindparam(f"run_{index}"),
                _OUTPUT.c.attempt == bindparam(f"attempt_{index}"),
            )
            .order_by(_OUTPUT.c.seq.desc())
            .limit(TAIL_PIECES)
            .subquery()
        )
        size = func.length(last.c.chunk)
        after = func.sum(size).over(order_by=last.c.seq.desc()) - size
        summed = select(*last.c, after.label("after")).subquery()
        tails.append(
            select(summed.c.run_id, summed.c.seq, summed.c.chunk).where(summed.c.after < bindparam("before"))
        )
    return union_all(*tails)


class OutputRepository:
    """All SQL about output. A piece is written once, whatever is repeated."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tails(self, attempts: Mapping[int, int], *, bytes_max: int) -> Mapping[int, bytes]:
        """The last bytes that these runs wrote, by run; `attempts` says of which attempt."""
        pieces: dict[int, list[bytes]] = {}
        if not attempts:
            return {}
        bound: dict[str, int] = {"before": bytes_max}
        for index, (run_id, attempt) in enumerate(sorted(attempts.items())):
            bound |= {f"run_{index}": run_id, f"attempt_{index}": attempt}
        rows = self._session.connection().execute(_tails_of(len(attempts)), bound)
        for row in sorted(rows, key=lambda row: row.seq):
            pieces.setdefault(row.run_id, []).append(row.chunk)
        return {run_id: b"".join(chunks)[-bytes_max:] for run_id, chunks in pieces.items()}

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
