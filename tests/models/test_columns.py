"""Types that both databases store alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.dialects import postgresql, sqlite

from autom8 import models
from autom8.models.base import Instant
from autom8.models.series import SeriesBase

DIALECTS = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]
INSTANTS = st.integers(0, 250_000_000_000_000_000).map(
    lambda microseconds: datetime(1970, 1, 2, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


@given(instant=INSTANTS, hours=st.integers(-12, 14))
def test_an_instant_comes_back_as_it_was_to_the_microsecond(instant: datetime, hours: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(hours=hours)))
    for dialect in DIALECTS:
        bound = Instant().process_bind_param(elsewhere, dialect)
        back = Instant().process_result_value(bound, dialect)
        assert back == instant
        assert back is not None
        assert back.tzinfo is UTC


@given(one=INSTANTS, other=INSTANTS)
def test_instants_are_ordered_in_sqlite_as_in_time(one: datetime, other: datetime) -> None:
    stored: list[Any] = [Instant().process_bind_param(each, DIALECTS[0]) for each in (one, other)]
    assert (stored[0] < stored[1]) == (one < other)


def test_nothing_stays_nothing() -> None:
    for dialect in DIALECTS:
        assert Instant().process_bind_param(None, dialect) is None
        assert Instant().process_result_value(None, dialect) is None


def test_a_naive_datetime_is_refused() -> None:
    for dialect in DIALECTS:
        with pytest.raises(ValueError, match="naive"):
            Instant().process_bind_param(datetime(2026, 5, 4), dialect)  # noqa: DTZ001


def test_an_instant_says_what_it_is() -> None:
    assert Instant().python_type is datetime


def test_samples_have_no_rowid_on_sqlite() -> None:
    engine = create_engine("sqlite://")
    SeriesBase.metadata.create_all(engine)
    with engine.connect() as connection:
        assert "WITHOUT ROWID" in _sql_of(connection, "sample")
    engine.dispose()


def test_every_table_of_the_core_is_loaded_with_the_package() -> None:
    assert {"task", "run", "user_account", "audit_entry", "generation"} <= set(models.Base.metadata.tables)


def _sql_of(connection: Connection, table: str) -> str:
    asked = text("SELECT sql FROM sqlite_master WHERE name = :name")
    return str(connection.execute(asked, {"name": table}).scalar_one())
