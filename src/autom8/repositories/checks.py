"""Checks and their pings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Select, delete, insert, or_, select, update

from autom8.kernel.errors import NotFound
from autom8.models import Ping, PingCheck, table_of
from autom8.repositories.named import NamedRepository
from autom8.repositories.query import AnyRow, Filter, Listing, Page, Paged

_CHECK: Final = table_of(PingCheck)
_PING: Final = table_of(Ping)
_SHORT: Final = tuple(column for column in _PING.c if column.name != "body")
_PINGS: Final[Select[*tuple[Any, ...]]] = select(*_SHORT)
_LISTING: Final = Listing(
    key=_PING.c.id,
    orders={"id": _PING.c.id},
    default="-id",
    filters={"kind": lambda value: _PING.c.kind == value},
)
UNSEEN_MAX: Final = 1_000


class CheckNotFound(NotFound):
    """No check has this id or name."""

    code = "check_not_found"


class PingNotFound(NotFound):
    """The check has no ping of this id."""

    code = "ping_not_found"


class CheckRepository(NamedRepository):
    """All SQL about checks and pings."""

    table = _CHECK
    noun = "check"
    not_found = CheckNotFound
    filters: ClassVar[Mapping[str, Filter]] = {
        "enabled": _CHECK.c.enabled.is_,
        "q": lambda value: _CHECK.c.name_key.contains(value.casefold(), autoescape=True),
    }

    def id_of(self, key_digest: bytes) -> int | None:
        """The check of this key, if there is one."""
        statement = select(_CHECK.c.id).where(_CHECK.c.key_digest == key_digest)
        found: int | None = self._session.connection().execute(statement).scalar()
        return found

    def digests(self) -> Sequence[bytes]:
        """What the keys of all checks are found by."""
        return self._session.connection().execute(select(_CHECK.c.key_digest)).scalars().all()

    def lock_by_key(self, key_digest: bytes) -> AnyRow | None:
        """The check of this key, held until the end of the transaction."""
        statement = self._rows().where(_CHECK.c.key_digest == key_digest).with_for_update()
        return self._session.connection().execute(statement).first()

    def of_the_future(self, at: datetime) -> Sequence[AnyRow]:
        """Checks of which something was later than `at`, held in the order of their ids."""
        later = or_(_CHECK.c.counts_from > at, _CHECK.c.started_at > at)
        statement = self._rows().where(later).order_by(_CHECK.c.id).with_for_update()
        return self._session.connection().execute(statement).all()

    def add_ping(self, values: Mapping[str, Any]) -> int:
        """Add a ping and say its id."""
        made = insert(_PING).values(**values).returning(_PING.c.id)
        return int(self._session.connection().execute(made).scalar_one())

    def pings(self, check_id: int, page: Page) -> Paged[AnyRow]:
        """The pings of a check without their bodies, the latest first unless the page says otherwise."""
        statement = _LISTING.select(_PINGS.where(_PING.c.check_id == check_id), page)
        rows = self._session.connection().execute(statement).all()
        return _LISTING.paged(rows, page, lambda row, _: row.id)

    def ping(self, check_id: int, ping_id: int) -> AnyRow:
        """One ping with its body, or PingNotFound."""
        statement = select(*_PING.c).where(_PING.c.check_id == check_id, _PING.c.id == ping_id)
        row = self._session.connection().execute(statement).first()
        if row is None:
            raise PingNotFound(f"The check has no ping {ping_id}.")
        return row

    def recent(self, check_ids: Collection[int], *, limit: int) -> Mapping[int, list[AnyRow]]:
        """The latest pings of each of these checks, newest first, by one index walk each."""
        found: dict[int, list[AnyRow]] = {}
        for check_id in check_ids:
            statement = _PINGS.where(_PING.c.check_id == check_id).order_by(_PING.c.id.desc()).limit(limit)
            found[check_id] = list(self._session.connection().execute(statement))
        return found

    def unseen(self, check_ids: Collection[int]) -> Mapping[int, list[AnyRow]]:
        """Pings of these checks that no look has judged, oldest first and UNSEEN_MAX at most; no bodies."""
        statement = (
            _PINGS.where(_PING.c.check_id.in_(check_ids), _PING.c.seen.is_(False))
            .order_by(_PING.c.id)
            .limit(UNSEEN_MAX)
        )
        found: dict[int, list[AnyRow]] = {}
        for row in self._session.connection().execute(statement):
            found.setdefault(row.check_id, []).append(row)
        return found

    def body_of(self, ping_id: int) -> bytes:
        """What was sent along with a ping."""
        statement = select(_PING.c.body).where(_PING.c.id == ping_id)
        return self._session.connection().execute(statement).scalar() or b""

    def mark_seen(self, ping_ids: Collection[int]) -> None:
        """A look has judged these."""
        if ping_ids:
            self._session.connection().execute(
                update(_PING).where(_PING.c.id.in_(ping_ids)).values(seen=True)
            )

    def prune_pings(self, check_id: int, *, keep: int) -> int:
        """Remove all pings of a check that a look has judged but the latest; how many."""
        newest = select(_PING.c.id).where(_PING.c.check_id == check_id).order_by(_PING.c.id.desc())
        border = self._session.connection().execute(newest.offset(keep).limit(1)).scalar()
        if border is None:
            return 0
        old = delete(_PING).where(_PING.c.check_id == check_id, _PING.c.id <= border, _PING.c.seen)
        return self._session.connection().execute(old).rowcount

    def ids(self) -> Sequence[int]:
        """The ids of all checks."""
        return self._session.connection().execute(select(_CHECK.c.id).order_by(_CHECK.c.id)).scalars().all()
