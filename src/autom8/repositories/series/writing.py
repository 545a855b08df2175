"""Writes samples: rows first, whatever their order, with a mark on each five minutes that they change."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import orjson
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from autom8.models import RollupDue, Series
from autom8.persistence.engines import Database, translated
from autom8.repositories.series.spans import (
    ALL,
    EARLY_MAX,
    WINDOW,
    Kept,
    begin,
    milliseconds,
)

SERIES_MAX: Final = 20_000
_SERIES: Final = Series.__table__
_DUE: Final = RollupDue.__table__
_KNOWN: Final = select(_SERIES.c.labels_hash, _SERIES.c.id).where(
    _SERIES.c.labels_hash.in_(bindparam("hashes", expanding=True)),
)
_UPSERT: Final = (
    "INSERT INTO sample (series_id, ts, value) VALUES (?, ?, ?)"
    " ON CONFLICT (series_id, ts) DO UPDATE SET value = excluded.value"
)
_COPY: Final = "COPY {} (series_id, ts, value) FROM STDIN (FORMAT BINARY)"
_STAGE: Final = (
    "CREATE TEMPORARY TABLE sample_staged"
    " (series_id bigint, ts bigint, value double precision) ON COMMIT DROP"
)
_FROM_STAGE: Final = (
    "INSERT INTO sample SELECT series_id, ts, value FROM sample_staged"
    " ON CONFLICT (series_id, ts) DO UPDATE SET value = excluded.value"
)

Labels: TypeAlias = tuple[tuple[str, str], ...]
Rows: TypeAlias = Mapping[tuple[int, int], float]  # by series and instant


class SampleOf(Protocol):
    """One value of a named series at an instant, as a caller has it."""

    @property
    def name(self) -> str:
        """The series' name."""
        ...

    @property
    def labels(self) -> Labels:
        """Pairs, sorted by name."""
        ...

    @property
    def at(self) -> int:
        """When it was measured, in milliseconds since 1970."""
        ...

    @property
    def value(self) -> float:
        """What was measured."""
        ...


class Written(NamedTuple):
    """What became of samples: kept, too old, ahead of the clock, no number, or of one series too many."""

    kept: int = 0
    too_old: int = 0
    too_early: int = 0
    not_finite: int = 0
    too_many_series: int = 0


@dataclass(slots=True)
class SeriesWriter:
    """Samples into the time-series database."""

    database: Database
    spans: Kept = field(default_factory=Kept)
    series_max: int = SERIES_MAX
    _ids: dict[tuple[str, Labels], int] = field(default_factory=dict)

    def write(self, samples: Sequence[SampleOf], *, now: datetime) -> Written:
        """Keep all of these that can be, in one transaction; of two of one series and instant, the later one.

        Raises:
            DatabaseUnavailable: none was kept.
        """
        at = milliseconds(now)
        oldest = at - milliseconds_of(self.spans) + WINDOW  # lest it is forgotten before it is rolled up
        sound = [
            each for each in samples if oldest <= each.at <= at + EARLY_MAX and math.isfinite(each.value)
        ]
        with translated(), self.database.writing(), self.database.write_engine.begin() as connection:
            ids = self._ids_of(connection, sound)
            rows: dict[tuple[int, int], float] = {}
            for each in sound:
                id_ = ids.get((each.name, each.labels))
                if id_ is not None:
                    rows[id_, each.at] = each.value
            if rows:
                _insert(connection, rows)
                _mark(connection, rows, at)
        self._ids.update(ids)  # only what is committed is remembered
        return _written(samples, sound, ids, oldest, at)

    def _ids_of(self, connection: Connection, samples: Iterable[SampleOf]) -> dict[tuple[str, Labels], int]:
        """The ids of their series; those that there are too many of are left out."""
        known = self._ids
        asked = {(each.name, each.labels) for each in samples}
        ids = {each: known[each] for each in asked if each in known}
        unknown = {_hash(*each): each for each in asked - ids.keys()}
        if not unknown:
            return ids
        found = _found(connection, unknown)
        new = sorted(unknown.keys() - found.keys())
        room = self.series_max - int(
            connection.execute(select(func.count()).select_from(_SERIES)).scalar_one()
        )
        added = new[: max(0, room)] if new else []
        if added:
            values = [
                {"name": unknown[each][0], "labels": dict(unknown[each][1]), "labels_hash": each}
                for each in added
            ]
            make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            connection.execute(
                make(_SERIES).on_conflict_do_nothing(), values
            )  # another server may be as quick
            found |= _found(connection, added)
        return ids | {unknown[labels_hash]: id_ for labels_hash, id_ in found.items()}


def _found(connection: Connection, hashes: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(_KNOWN, {"hashes": sorted(hashes)})
    return {row.labels_hash: row.id for row in rows}


def milliseconds_of(spans: Kept) -> int:
    """How long samples are kept."""
    return int(spans.raw.total_seconds() * 1_000)


def _insert(connection: Connection, rows: Rows) -> None:
    triples = [(series_id, ts, value) for (series_id, ts), value in rows.items()]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_UPSERT, triples)
        return
    try:  # mostly none was there before, and nothing is quicker
        with connection.begin_nested():
            _copy(connection, "sample", triples)
    except UniqueViolation:
        connection.exec_driver_sql(_STAGE)
        _copy(connection, "sample_staged", triples)
        connection.exec_driver_sql(_FROM_STAGE)


def _copy(connection: Connection, table: str, triples: Sequence[tuple[int, int, float]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY.format(table)) as copy:
        copy.set_types(("int8", "int8", "float8"))
        for each in triples:
            copy.write_row(each)


def _mark(connection: Connection, rows: Rows, at: int) -> None:
    """Have what these change be rolled up. What comes as it happens is one mark for all series."""
    live = begin(at, WINDOW) - WINDOW
    windows = {(begin(ts, WINDOW), series_id) for series_id, ts in rows}
    marks = {(window, ALL if window >= live else series_id) for window, series_id in windows}
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        make(_DUE).on_conflict_do_nothing(),
        [{"window_ts": window, "series_id": series_id} for window, series_id in sorted(marks)],
    )


def _written(
    samples: Sequence[SampleOf], sound: Sequence[SampleOf], ids: Mapping[Any, int], oldest: int, at: int
) -> Written:
    kept = sum((each.name, each.labels) in ids for each in sound)
    if kept == len(samples):
        return Written(kept=kept)
    too_old = sum(each.at < oldest for each in samples)
    too_early = sum(each.at > at + EARLY_MAX for each in samples)
    return Written(
        kept=kept,
        too_old=too_old,
        too_early=too_early,
        not_finite=len(samples) - len(sound) - too_old - too_early,
        too_many_series=len(sound) - kept,
    )


def _hash(name: str, labels: Labels) -> str:
    return hashlib.sha256(orjson.dumps([name, labels])).hexdigest()
