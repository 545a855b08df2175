"""Series and samples: all SQL about them, past the ORM, since it is far slower on this path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from autom8.models import Sample, Series
from autom8.persistence.engines import Database, translated

_SERIES: Final = Series.__table__
_SAMPLE: Final = Sample.__table__
_KNOWN: Final = select(_SERIES.c.labels_hash, _SERIES.c.id).where(
    _SERIES.c.labels_hash.in_(bindparam("hashes", expanding=True)),
)
_FORGET: Final = delete(Sample).where(Sample.ts < bindparam("before"))


class SampleOf(Protocol):
    """One value of a named series at an instant, as a caller has it."""

    @property
    def name(self) -> str:
        """The series' name."""
        ...

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """Pairs, sorted by name."""
        ...

    @property
    def at(self) -> datetime:
        """When it was measured."""
        ...

    @property
    def value(self) -> float:
        """What was measured."""
        ...


@dataclass(slots=True)
class SeriesStore:
    """Samples in the time-series database. One writer at a time."""

    database: Database
    _ids: dict[str, int] = field(default_factory=dict)

    def write(self, samples: Sequence[SampleOf]) -> None:
        """Keep all of these in one transaction; of two for one series and millisecond, the later one.

        Raises:
            DatabaseUnavailable: none was kept.
        """
        by_hash = {_hash(each): each for each in samples}
        with self._writing() as connection:
            ids = self._ensure_series(connection, by_hash)
            rows = {(ids[_hash(each)], _milliseconds(each.at)): each.value for each in samples}
            statement = _upsert(connection.dialect.name)
            connection.execute(
                statement,
                [{"series_id": series, "ts": ts, "value": value} for (series, ts), value in rows.items()],
            )
        self._ids.update(ids)  # only what is committed is remembered

    def forget_before(self, age: timedelta, *, now: datetime) -> int:
        """Remove samples older than `age`; returns how many."""
        with self._writing() as connection:
            return int(connection.execute(_FORGET, {"before": _milliseconds(now - age)}).rowcount)

    def _ensure_series(self, connection: Connection, by_hash: dict[str, SampleOf]) -> dict[str, int]:
        ids = {known: self._ids[known] for known in by_hash if known in self._ids}
        unknown = sorted(by_hash.keys() - ids.keys())
        if unknown:
            found = connection.execute(_KNOWN, {"hashes": unknown})
            ids |= {labels_hash: series_id for labels_hash, series_id in found}  # noqa: C416 - Rows
        for labels_hash in unknown:
            if labels_hash not in ids:
                ids[labels_hash] = _add_series(connection, labels_hash, by_hash[labels_hash])
        return ids

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with translated(), self.database.writing(), self.database.write_engine.begin() as connection:
            yield connection


def _add_series(connection: Connection, labels_hash: str, sample: SampleOf) -> int:
    values = {"name": sample.name, "labels": dict(sample.labels), "labels_hash": labels_hash}
    make: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(make(_SERIES).on_conflict_do_nothing(), values)  # another server may be as quick
    return int(connection.execute(_KNOWN, {"hashes": [labels_hash]}).one().id)


def _upsert(dialect: str) -> Any:
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(_SAMPLE)
    return statement.on_conflict_do_update(
        index_elements=["series_id", "ts"], set_={"value": statement.excluded.value}
    )


def _hash(sample: SampleOf) -> str:
    return hashlib.sha256(orjson.dumps([sample.name, sample.labels])).hexdigest()


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000)
