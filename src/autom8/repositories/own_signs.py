"""What Autom8 noticed about itself: signs by the name of their rule and the place that saw them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from autom8.kernel.vocabulary import OwnRule
from autom8.models import Alert, AuditEntry, IncidentEntry, OwnSign, Ping, Run, table_of
from autom8.repositories.query import AnyRow

INSTALLATION: Final = ""  # the place of what holds for all servers alike, such as the audit trail
_SIGN: Final = table_of(OwnSign)
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*_SIGN.c)
# What is written all the time, found by an index or in few rows: each was now, when it was written.
_WRITTEN: Final = select(
    *(
        select(func.max(column)).where(column.is_not(None)).scalar_subquery()
        for column in (Run.ended_at, AuditEntry.at, Alert.seen_at, OwnSign.seen_at)
    ),
    *(
        select(table.at).order_by(table.id.desc()).limit(1).scalar_subquery()
        for table in (Ping, IncidentEntry)
    ),
)


class OwnSignRepository:
    """All SQL about signs. None is locked: who notes one that another notes too says the same."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def note(self, rule: OwnRule, place: str, at: datetime, details: Mapping[str, Any]) -> None:
        """A sign is there, seen at `at`; one that was over is there again."""
        connection = self._session.connection()
        make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        seen = {"seen_at": at, "ended_at": None, "details": dict(details)}
        row = make(_SIGN).values(rule=rule, place=place, **seen)
        connection.execute(row.on_conflict_do_update(index_elements=["rule", "place"], set_=seen))

    def end(self, rule: OwnRule, place: str, at: datetime) -> bool:
        """A sign is over; False when there was none, or it was over before."""
        statement = update(_SIGN).where(
            _SIGN.c.rule == rule, _SIGN.c.place == place, _SIGN.c.ended_at.is_(None)
        )
        return self._session.connection().execute(statement.values(ended_at=at)).rowcount > 0

    def find(self, rule: OwnRule, place: str) -> AnyRow | None:
        """One sign, whether it is over or not."""
        statement = _ROWS.where(_SIGN.c.rule == rule, _SIGN.c.place == place)
        return self._session.connection().execute(statement).first()

    def all(self) -> Sequence[AnyRow]:
        """All signs by rule and place, those that are over with them."""
        return self._session.connection().execute(_ROWS.order_by(_SIGN.c.rule, _SIGN.c.place)).all()

    def take_up(self, place: str, at: datetime, *, leave: Collection[OwnRule]) -> None:
        """What a place saw and did not see end counts as seen at `at`: it was away, or its clock stepped."""
        statement = update(_SIGN).where(
            _SIGN.c.place == place, _SIGN.c.ended_at.is_(None), _SIGN.c.rule.not_in(leave)
        )
        self._session.connection().execute(statement.values(seen_at=at))

    def draw_back(self, at: datetime) -> None:
        """Nothing was seen later than `at`: a clock that stepped back would keep it there for as long."""
        statement = update(_SIGN).where(_SIGN.c.seen_at > at)
        self._session.connection().execute(statement.values(seen_at=at))

    def newest_instant(self) -> datetime | None:
        """The newest instant at which anything is known to have been written; later than now if a clock was
        set back since.
        """
        instants: Sequence[datetime | None] = self._session.connection().execute(_WRITTEN).one()
        return max((each for each in instants if each is not None), default=None)

    def forget_before(self, instant: datetime) -> None:
        """Forget what places saw before, but for what holds until somebody sees it end."""
        statement = delete(_SIGN).where(_SIGN.c.seen_at < instant, _SIGN.c.place != INSTALLATION)
        self._session.connection().execute(statement)
