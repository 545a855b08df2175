"""Silences, maintenance windows and dependencies for callers: made, changed, ended, listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from autom8.alerts import reading
from autom8.alerts.schedules.shapes import hours_of
from autom8.alerts.shelf import Shelf, View, first_stamps, next_stamps, seen
from autom8.alerts.silences.holding import read_silence
from autom8.alerts.silences.matchers import Matcher, check_all, check_some, matcher_json, matcher_of, read_all
from autom8.kernel.actor import Actor
from autom8.kernel.errors import Conflict, Invalid
from autom8.kernel.events import DependencyChanged, LookDue, SilenceChanged
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import LookKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

LENGTH_MAX: Final = timedelta(days=3_660)
LIVE_MAX: Final = 1_000  # each notice is held against them
EQUAL_MAX: Final = 20


class SilenceOver(Conflict):
    """The silence has ended; make another."""

    code = "silence_over"

    def __init__(self) -> None:
        super().__init__("The silence has ended; make another.")


class TooManySilences(Conflict):
    """So many silences hold, or will, that no more are taken."""

    code = "too_many_silences"

    def __init__(self) -> None:
        super().__init__(f"There are {LIVE_MAX} silences that hold or will; end some first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceService:
    """What callers may do with silences."""

    begin: BeginWork
    read: BeginWork

    def list_(self, page: Page, *, states: Sequence[str] | None = None, actor: Actor) -> Paged[View]:
        """Silences, the latest first; of `states` (pending, active, expired) those of any."""
        with self.read(actor) as work:
            now = work.now()
            filters = {} if states is None else {"state": (now, *states)}
            asked = Page(limit=page.limit, cursor=page.cursor, order=page.order, filters=filters)
            found = work.silences.page(asked)
            return Paged([silence_json(row, now) for row in found.items], found.next)

    def get(self, silence_id: int, *, actor: Actor) -> View:
        """One silence, or SilenceNotFound."""
        with self.read(actor) as work:
            return silence_json(work.silences.get(silence_id), work.now())

    def add(self, data: Mapping[str, Any], *, actor: Actor) -> View:
        """Make a silence: `matchers` (text or list), `starts_at`, `ends_at`, `hours`, `comment`.

        Raises:
            Invalid: a field can't be meant; each is named.
            TooManySilences: as many hold as there may be.
        """
        with self.begin(actor) as work:
            return self._done(work, _added(work, _columns(work, data, None), actor.name or actor.kind))

    def put(self, data: Mapping[str, Any], *, key: str | None, by: str, actor: Actor) -> View:
        """Make a silence, or change the one of this UUID, as Alertmanager does.

        What others may have acted on is not rewritten: with other matchers, with another start once it
        holds, or once it is over, another silence takes its place, and it is ended.

        Raises:
            SilenceNotFound: no silence has this UUID.
            Invalid: a field can't be meant; each is named.
            TooManySilences: as many hold as there may be.
        """
        with self.begin(actor) as work:
            row = None if key is None else work.silences.lock_by_key(key)
            now = work.now()
            columns = _columns(work, data, None)
            if row is not None and _replaceable(row, columns, now):
                if row.starts_at <= now:
                    del columns["starts_at"]  # Alertmanager's clients may know it to the second only
                work.silences.change(row.id, {**columns, "created_by": by, **next_stamps(row, now)})
                _tell(work, row.id, "changed")
                return self._done(work, row.id)
            columns["starts_at"] = max(columns["starts_at"], now)
            if row is not None:
                columns["hours"] = row.hours
                _end(work, row)
            return self._done(work, _added(work, columns, by))

    def change(self, silence_id: int, data: Mapping[str, Any], *, version: int | None, actor: Actor) -> View:
        """Change one that has not ended.

        Raises:
            SilenceNotFound: no silence has this id.
            SilenceOver: it has ended.
            Stale: `version` is given and it has another by now.
            Invalid: a field can't be meant.
        """
        with self.begin(actor) as work:
            row = _locked(work, silence_id, version)
            columns = _columns(work, data, row)
            work.silences.change(silence_id, {**columns, **next_stamps(row, work.now())})
            _tell(work, silence_id, "changed", data)
            return self._done(work, silence_id)

    def expire(self, silence_id: int, *, actor: Actor) -> View:
        """End a silence now. One that has ended stays as it was.

        Raises:
            SilenceNotFound: no silence has this id.
        """
        with self.begin(actor) as work:
            row = work.silences.lock(silence_id)
            if not _end(work, row):
                return silence_json(row, work.now())
            return self._done(work, silence_id)

    def recent(self, *, hours: int, actor: Actor) -> list[View]:
        """All silences that hold, or will, or ended within so many hours, the latest first."""
        with self.read(actor) as work:
            now = work.now()
            return [silence_json(row, now) for row in work.silences.since(now - timedelta(hours=hours))]

    def by_key(self, key: str, *, actor: Actor) -> View:
        """The silence of this UUID, or SilenceNotFound."""
        with self.read(actor) as work:
            return silence_json(work.silences.by_key(key), work.now())

    @staticmethod
    def _done(work: Work, silence_id: int) -> View:
        ring(work)
        made = silence_json(work.silences.get(silence_id), work.now())
        work.commit()
        return made


def ring(work: Work) -> None:
    """Have all open incidents be looked at: what holds them back may be another."""
    work.looks.bring_all_forward(LookKind.INCIDENT, work.now())
    work.record(LookDue())


def dependencies(begin: BeginWork, read: BeginWork) -> Shelf:
    """What callers may do with dependencies: `name`, `parents`, `children`, `equal`, `comment`."""
    return Shelf(
        begin=begin,
        read=read,
        noun="dependency",
        of=lambda work: work.dependencies,
        columns=_dependency_columns,
        view=_dependency_json,
        told=lambda verb, id_, details: DependencyChanged(
            action=f"dependency.{verb}",
            object_type="dependency",
            object_id=str(id_),
            details=dict(details),
        ),
        after=lambda work, _: ring(work),
    )


def silence_json(row: AnyRow, now: datetime) -> View:
    """What callers see of a silence. It `holds` at `now` if it is active and, with hours, within them."""
    read = read_silence(row)
    return {
        "id": row.id,
        "key": row.key,
        "state": "expired" if row.ends_at <= now else "active" if row.starts_at <= now else "pending",
        "holds": read is not None and read.until(now) is not None,
        "matchers": row.matchers,
        "text": ", ".join(map(str, read.matchers)) if read is not None else "",
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "hours": row.hours,
        "comment": row.comment,
        "created_by": row.created_by,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _some(value: object) -> list[dict[str, Any]]:
    return _kept(value, check_some)


def _all(value: object) -> list[dict[str, Any]]:
    return _kept(value, check_all)


def _kept(value: object, check: Callable[[Sequence[Matcher]], Sequence[Matcher]]) -> list[dict[str, Any]]:
    try:
        return [matcher_json(each) for each in check(_read(value))]
    except Invalid as error:
        raise ValueError(error.fields["matchers"]) from error


def _read(value: object) -> tuple[Matcher, ...]:
    if isinstance(value, str):
        return read_all(value)
    if isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
        return tuple(map(matcher_of, value))
    raise TypeError("must be a text or a list of matchers")


def _added(work: Work, columns: dict[str, Any], by: str) -> int:
    now = work.now()
    if len(work.silences.not_over(now)) >= LIVE_MAX:
        raise TooManySilences
    usual = {"key": str(uuid4()), "hours": None, "comment": ""}
    silence_id = work.silences.add({**usual, **columns, "created_by": by, **first_stamps(now)})
    _tell(work, silence_id, "added", columns)
    return silence_id


def _end(work: Work, row: AnyRow) -> bool:
    """End a silence that is held; False if it has ended."""
    now = work.now()
    if row.ends_at <= now:
        return False
    ended = {"ends_at": now, "starts_at": min(row.starts_at, now)}
    work.silences.change(row.id, {**ended, **next_stamps(row, now)})
    _tell(work, row.id, "expired")
    return True


def _replaceable(row: AnyRow, columns: Mapping[str, Any], now: datetime) -> bool:
    """Whether Alertmanager would change this silence in place."""
    if row.ends_at <= now or row.matchers != columns["matchers"]:
        return False
    starts_at: datetime = columns["starts_at"]
    if row.starts_at <= now:
        return int(row.starts_at.timestamp()) == int(starts_at.timestamp())
    return starts_at >= now


def _tell(work: Work, silence_id: int, verb: str, fields: Mapping[str, Any] | None = None) -> None:
    row = work.silences.get(silence_id)
    read = read_silence(row)
    told = {
        "matchers": [] if read is None else list(map(str, read.matchers)),
        "ends_at": row.ends_at.isoformat(),
        "hours": row.hours,
        "comment": row.comment,
        "fields": sorted(fields or {}),
    }
    work.record(
        SilenceChanged(
            action=f"silence.{verb}",
            object_type="silence",
            object_id=str(silence_id),
            details=told,
            silence_id=silence_id,
        )
    )


def _columns(work: Work, data: Mapping[str, Any], row: AnyRow | None) -> dict[str, Any]:
    values = reading.fields_of(data, _READERS)
    reading.require(values, ("matchers", "ends_at"), row)
    now = work.now()
    starts_at = values.get("starts_at") or (row.starts_at if row is not None else now)
    ends_at = values.get("ends_at") or (row.ends_at if row is not None else now)
    wrong: dict[str, str] = {}
    if ends_at <= starts_at:
        wrong["ends_at"] = "must be after the start"
    elif ends_at <= now:
        wrong["ends_at"] = "has passed"
    elif ends_at - starts_at > LENGTH_MAX:
        wrong["ends_at"] = f"must be within {LENGTH_MAX.days} days of the start"
    if wrong:
        reading.refuse(wrong)
    return {**values, "starts_at": starts_at, "ends_at": ends_at}


def _locked(work: Work, silence_id: int, version: int | None) -> AnyRow:
    row = seen(work.silences.lock(silence_id), version, "silence")
    if row.ends_at <= work.now():
        raise SilenceOver
    return row


def _hours(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    hours_of(value)
    return dict(value) if isinstance(value, Mapping) else None


def _equal(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > EQUAL_MAX:
        raise TypeError(f"must be a list of at most {EQUAL_MAX} labels")
    return [reading.name(each) for each in value]


def _dependency_columns(work: Work, data: Mapping[str, Any], row: AnyRow | None) -> dict[str, Any]:
    del work
    values = reading.fields_of(data, _DEPENDENCY_READERS)
    reading.require(values, ("name", "parents", "children"), row)
    if row is None:
        values = {"equal": [], "comment": "", **values}
    return reading.named(values)


def _dependency_json(_: Work, row: AnyRow) -> View:
    return {
        "id": row.id,
        "name": row.name,
        "parents": row.parents,
        "children": row.children,
        "equal": row.equal,
        "comment": row.comment,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


_READERS: Final = {
    "matchers": _some,
    "starts_at": reading.instant,
    "ends_at": reading.instant,
    "hours": _hours,
    "comment": reading.prose,
}
_DEPENDENCY_READERS: Final = {
    "name": reading.name,
    "parents": _all,
    "children": _all,
    "equal": _equal,
    "comment": reading.prose,
}
