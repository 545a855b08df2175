"""What is to be looked at and when, and the ends of runs that no look has judged yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import LookKind
from autom8.models import AlertEnd, AlertLook, Incident, Lane, Message, table_of

_LOOK: Final = table_of(AlertLook)
_END: Final = table_of(AlertEnd)
_EARLIER: Final = case(
    (_LOOK.c.due_at < bindparam("due"), _LOOK.c.due_at),  # false where there is none
    else_=bindparam("due"),
)
_DUE: Final = (
    select(_LOOK.c.kind, _LOOK.c.object_id)
    .where(_LOOK.c.due_at <= bindparam("now"), _LOOK.c.kind != LookKind.INCIDENT)
    .order_by(_LOOK.c.due_at, _LOOK.c.kind, _LOOK.c.object_id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_RUNG: Final = (
    select(_LOOK.c.object_id)
    .where(_LOOK.c.due_at <= bindparam("now"), _LOOK.c.kind == LookKind.INCIDENT)
    .order_by(_LOOK.c.object_id.desc())
    .limit(1)
    .with_for_update(skip_locked=True)
)
_EARLIEST: Final = [
    select(func.min(table.c[due])).where(table.c[due].is_not(None)).scalar_subquery()
    for table, due in (
        (_LOOK, "due_at"),
        (table_of(Incident), "look_at"),
        (table_of(Lane), "due_at"),
        (table_of(Message), "due_at"),
    )
]
_DUES: Final = select(*_EARLIEST)  # in one statement: it is asked each second
_SET: Final = (
    update(_LOOK)
    .where(_LOOK.c.kind == bindparam("of_kind"), _LOOK.c.object_id == bindparam("of_id"))
    .values(due_at=bindparam("next_at"))
)

Thing = tuple[LookKind, int]


class Dues(NamedTuple):
    """When the first of each kind is due; None where none is there."""

    look: datetime | None
    incident: datetime | None
    lane: datetime | None
    message: datetime | None


class LookRepository:
    """All SQL about looks. A row that is held stays held until the end of the transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def bring_forward(self, kind: LookKind, object_ids: Collection[int], at: datetime) -> None:
        """Have these objects be looked at at `at`, unless they are to be sooner.

        Waits for a look that holds one of them, so that what this transaction changes is seen by the next.
        """
        if not object_ids:
            return
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        row = make(_LOOK).values(kind=kind, due_at=bindparam("due"))
        statement = row.on_conflict_do_update(index_elements=["kind", "object_id"], set_={"due_at": _EARLIER})
        rows = [{"object_id": each, "due": at} for each in sorted(set(object_ids))]  # in one order everywhere
        connection.execute(statement, rows)

    def note_ended(self, kind: LookKind, object_ids: Collection[int]) -> None:
        """What is wrong of these objects, which are to be looked at, was over since they were looked at."""
        if object_ids:
            self._set_ended(kind, object_ids, ended=True)

    def take_ended(self, kind: LookKind, object_ids: Collection[int]) -> set[int]:
        """Those of these objects, which are held, of which `note_ended` said so; it is forgotten."""
        there = _LOOK.c.kind == kind, _LOOK.c.object_id.in_(object_ids), _LOOK.c.ended
        found = set(self._session.connection().execute(select(_LOOK.c.object_id).where(*there)).scalars())
        if found:
            self._set_ended(kind, found, ended=False)
        return found

    def _set_ended(self, kind: LookKind, object_ids: Collection[int], *, ended: bool) -> None:
        statement = update(_LOOK).where(_LOOK.c.kind == kind, _LOOK.c.object_id.in_(object_ids))
        self._session.connection().execute(statement.values(ended=ended))

    def bring_all_forward(self, kind: LookKind, at: datetime) -> None:
        """Have all objects of a kind that are known be looked at at `at`, unless they are to be sooner.

        Incidents have one row for all of them, of the object 0: each has its own timer beside. Another number
        stands for those with a higher id.
        """
        if kind is LookKind.INCIDENT:
            self.bring_forward(kind, [0], at)
            return
        statement = update(_LOOK).where(_LOOK.c.kind == kind).values(due_at=_EARLIER)
        self._session.connection().execute(statement, {"due": at})

    def bring_within(self, at: datetime, latest: datetime) -> int:
        """Have what is due after `latest` be looked at at `at`; how many. For a clock that stepped back."""
        statement = update(_LOOK).where(_LOOK.c.due_at > latest).values(due_at=at)
        return self._session.connection().execute(statement).rowcount

    def take_due(self, now: datetime, *, limit: int) -> list[Thing]:
        """Objects that are due, the earliest first, held; what another one holds is left out."""
        rows = self._session.connection().execute(_DUE, {"now": now, "limit": limit})
        return [(LookKind(kind), object_id) for kind, object_id in rows]

    def take_rung(self, now: datetime) -> int | None:
        """The id after which open incidents are to be looked at, its row held; None when none are.

        What is begun comes before what was rung since.
        """
        found: int | None = self._session.connection().execute(_RUNG, {"now": now}).scalar()
        return found

    def take(self, kind: LookKind, object_id: int) -> bool:
        """Hold one object's row; False when it has none."""
        statement = select(_LOOK.c.kind).where(_LOOK.c.kind == kind, _LOOK.c.object_id == object_id)
        return self._session.connection().execute(statement.with_for_update()).first() is not None

    def set_next(self, things: Iterable[tuple[Thing, datetime | None]]) -> None:
        """When objects that are held are to be looked at again; None until something asks for it."""
        rows: list[dict[str, Any]] = [
            {"of_kind": kind, "of_id": object_id, "next_at": at} for (kind, object_id), at in things
        ]
        if rows:
            self._session.connection().execute(_SET, rows)

    def earliest(self) -> datetime | None:
        """When the next object is due."""
        statement = select(func.min(_LOOK.c.due_at)).where(_LOOK.c.due_at.is_not(None))
        return self._session.connection().execute(statement).scalar()

    def dues(self) -> Dues:
        """When the next object, timer of an incident, lane and message are due."""
        return Dues(*self._session.connection().execute(_DUES).one())

    def forget(self, kind: LookKind, object_id: int) -> None:
        """An object is gone for good."""
        statement = delete(_LOOK).where(_LOOK.c.kind == kind, _LOOK.c.object_id == object_id)
        self._session.connection().execute(statement)

    def add_ends(self, ends: Sequence[tuple[int, int]]) -> None:
        """Note ends of runs, pairs of task and run, that are to be judged."""
        if not ends:
            return
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = make(_END).on_conflict_do_nothing()
        connection.execute(statement, [{"task_id": task, "run_id": run} for task, run in ends])

    def ends_of(self, task_ids: Collection[int]) -> dict[int, list[int]]:
        """The runs of these tasks that ended and were not judged."""
        statement = select(_END.c.task_id, _END.c.run_id).where(_END.c.task_id.in_(task_ids))
        found: dict[int, list[int]] = {}
        for task_id, run_id in self._session.connection().execute(statement):
            found.setdefault(task_id, []).append(run_id)
        return found

    def remove_ends(self, task_id: int, run_ids: Collection[int]) -> None:
        """These ends are judged."""
        if run_ids:
            statement = delete(_END).where(_END.c.task_id == task_id, _END.c.run_id.in_(run_ids))
            self._session.connection().execute(statement)
