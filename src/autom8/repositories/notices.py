"""Notices: who is to be told of what, in lanes of one contact on one channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import NoticeState
from autom8.models import Lane, Notice, table_of
from autom8.repositories.query import AnyRow

_NOTICE: Final = table_of(Notice)
_LANE: Final = table_of(Lane)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_NOTICE.c)
_EARLIER: Final = case((_LANE.c.due_at < bindparam("due"), _LANE.c.due_at), else_=bindparam("due"))
_DUE: Final = (
    select(_LANE.c.contact_id, _LANE.c.channel_id)
    .where(_LANE.c.due_at <= bindparam("now"))
    .order_by(_LANE.c.due_at, _LANE.c.contact_id, _LANE.c.channel_id)
    .limit(1)
    .with_for_update(skip_locked=True)
)

Way = tuple[int, int]  # contact, or 0 for the channel's own room, and channel


class NoticeRepository:
    """All SQL about notices and lanes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rung: dict[Way, datetime] = {}

    def add(self, rows: Sequence[Mapping[str, Any]], *, due: datetime) -> None:
        """Have somebody be told, each once; their lanes are due at `due` unless they are sooner."""
        if not rows:
            return
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(make(_NOTICE).on_conflict_do_nothing(), list(rows))
        self.ring({(row["contact_id"], row["channel_id"]) for row in rows}, due)

    def ring(self, ways: Collection[Way], due: datetime) -> None:
        """As `bring_forward`, once all else of the transaction is done: two that ring the same lanes in
        another order would wait for each other.
        """
        for way in ways:
            self._rung[way] = min(due, self._rung.get(way, due))

    def ring_out(self) -> None:
        """Bring the lanes forward that were rung, in one order everywhere."""
        rung, self._rung = self._rung, {}
        self._bring_forward(rung)

    def bring_forward(self, ways: Collection[Way], due: datetime) -> None:
        """Have these lanes be looked at at `due`, unless they are to be sooner."""
        self._bring_forward(dict.fromkeys(ways, due))

    def _bring_forward(self, lanes: Mapping[Way, datetime]) -> None:
        if not lanes:
            return
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        row = make(_LANE).values(due_at=bindparam("due"))
        statement = row.on_conflict_do_update(
            index_elements=["contact_id", "channel_id"], set_={"due_at": _EARLIER}
        )
        rows = [
            {"contact_id": contact, "channel_id": channel, "due": due}
            for (contact, channel), due in sorted(lanes.items())
        ]
        connection.execute(statement, rows)

    def bring_waiting_forward(self, incident_ids: Collection[int], due: datetime) -> None:
        """Have the lanes in which something of these incidents waits be looked at at `due`."""
        statement = (
            select(_NOTICE.c.contact_id, _NOTICE.c.channel_id)
            .where(_NOTICE.c.incident_id.in_(incident_ids), _NOTICE.c.state == NoticeState.WAITING)
            .distinct()
        )
        found = self._session.connection().execute(statement).all()
        self.ring({(row.contact_id, row.channel_id) for row in found}, due)

    def ring_waiting(self, due: datetime, *, contact_id: int | None, channel_id: int | None) -> bool:
        """Ring the lanes of a contact or a channel in which something waits; whether there are any."""
        of = _LANE.c.channel_id == channel_id if contact_id is None else _LANE.c.contact_id == contact_id
        statement = select(_LANE.c.contact_id, _LANE.c.channel_id).where(of, _LANE.c.due_at.is_not(None))
        found = self._session.connection().execute(statement).all()
        self.ring([(row.contact_id, row.channel_id) for row in found], due)
        return bool(found)

    def take_lane(self, now: datetime) -> Way | None:
        """The lane that has been due for longest, held; those that another one holds are left out."""
        row = self._session.connection().execute(_DUE, {"now": now}).first()
        return None if row is None else (row.contact_id, row.channel_id)

    def hold_lane(self, way: Way) -> None:
        """Hold a lane until the end of the transaction."""
        statement = select(_LANE.c.due_at).where(_LANE.c.contact_id == way[0], _LANE.c.channel_id == way[1])
        self._session.connection().execute(statement.with_for_update())

    def set_lane(self, way: Way, due_at: datetime | None) -> None:
        """When a lane that is held is looked at again."""
        statement = update(_LANE).where(_LANE.c.contact_id == way[0], _LANE.c.channel_id == way[1])
        self._session.connection().execute(statement.values(due_at=due_at))

    def overdue(self, before: datetime) -> tuple[int, datetime | None]:
        """How many lanes were due before an instant and are not planned yet, and the earliest of it."""
        statement = select(func.count(), func.min(_LANE.c.due_at)).where(_LANE.c.due_at < before)
        lanes, earliest = self._session.connection().execute(statement).one()
        return int(lanes), earliest

    def bring_within(self, at: datetime, latest: datetime) -> None:
        """Have lanes that are due after `latest` be planned anew at `at`. For a clock that stepped back."""
        statement = update(_LANE).where(_LANE.c.due_at > latest).values(due_at=at)
        self._session.connection().execute(statement)

    def waiting(self, way: Way, *, limit: int, after: int = 0) -> Sequence[AnyRow]:
        """What waits in a lane, in its order, of what comes after a notice."""
        statement = _ROWS.where(
            _NOTICE.c.id > after,
            _NOTICE.c.contact_id == way[0],
            _NOTICE.c.channel_id == way[1],
            _NOTICE.c.state == NoticeState.WAITING,
        )
        return self._session.connection().execute(statement.order_by(_NOTICE.c.id).limit(limit)).all()

    def of_message(self, message_id: int) -> Sequence[AnyRow]:
        """The notices of a message, in their order."""
        statement = _ROWS.where(_NOTICE.c.message_id == message_id).order_by(_NOTICE.c.id)
        return self._session.connection().execute(statement).all()

    def count_of(self, message_id: int) -> int:
        """How many notices a message has."""
        statement = select(func.count()).where(_NOTICE.c.message_id == message_id)
        return int(self._session.connection().execute(statement).scalar_one())

    def of_incident(self, incident_id: int) -> Sequence[AnyRow]:
        """All notices of an incident, in their order."""
        statement = _ROWS.where(_NOTICE.c.incident_id == incident_id).order_by(_NOTICE.c.id)
        return self._session.connection().execute(statement).all()

    def ways_told(self, incident_id: int) -> list[Way]:
        """On which ways somebody was told of an incident, or is yet to be; by their first notices."""
        return self._ways(_NOTICE.c.incident_id == incident_id)

    def ways_flapping(self, alert_id: int) -> list[Way]:
        """On which ways the last that is told of an alert is that it flaps."""
        newest = (
            select(func.max(_NOTICE.c.id))
            .where(_NOTICE.c.alert_id == alert_id, _NOTICE.c.state != NoticeState.DROPPED)
            .group_by(_NOTICE.c.contact_id, _NOTICE.c.channel_id)
        )
        return self._ways(_NOTICE.c.id.in_(newest) & (_NOTICE.c.kind == "flapping"))

    def last_told(self, way: Way, alert_ids: Collection[int], *, leave: int = 0) -> Mapping[int, AnyRow]:
        """The latest notice of each of these alerts that is in a message of this lane other than `leave`."""
        newest = (
            select(func.max(_NOTICE.c.id))
            .where(
                _NOTICE.c.contact_id == way[0],
                _NOTICE.c.channel_id == way[1],
                _NOTICE.c.alert_id.in_(alert_ids),
                _NOTICE.c.state == NoticeState.PACKED,
                _NOTICE.c.message_id != leave,
            )
            .group_by(_NOTICE.c.alert_id)
        )
        rows = self._session.connection().execute(_ROWS.where(_NOTICE.c.id.in_(newest)))
        return {row.alert_id: row for row in rows}

    def pack(self, notice_ids: Collection[int], message_id: int) -> None:
        """These are in a message now."""
        self._change(notice_ids, {"state": NoticeState.PACKED, "message_id": message_id})

    def unpack(self, message_id: int) -> None:
        """What was in a message waits again, in its old place."""
        statement = update(_NOTICE).where(_NOTICE.c.message_id == message_id)
        self._session.connection().execute(statement.values(state=NoticeState.WAITING, message_id=None))

    def drop(self, notice_ids: Collection[int], why: str) -> None:
        """These are told to nobody."""
        self._change(notice_ids, {"state": NoticeState.DROPPED, "why": why})

    def _change(self, notice_ids: Collection[int], values: Mapping[str, Any]) -> None:
        if notice_ids:
            statement = update(_NOTICE).where(_NOTICE.c.id.in_(notice_ids))
            self._session.connection().execute(statement.values(**values))

    def _ways(self, condition: Any) -> list[Way]:
        first = func.min(_NOTICE.c.id)
        statement = (
            select(_NOTICE.c.contact_id, _NOTICE.c.channel_id)
            .where(condition, _NOTICE.c.state != NoticeState.DROPPED)
            .group_by(_NOTICE.c.contact_id, _NOTICE.c.channel_id)
            .order_by(first)
        )
        return [(row.contact_id, row.channel_id) for row in self._session.connection().execute(statement)]
