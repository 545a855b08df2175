"""What a driver says of a database that is away or refuses to write reaches nobody as it is."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from autom8.persistence.engines import Database, DatabaseUnavailable, open_postgresql, translated
from tests.services.postgres import PostgresServer


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    with postgres.database() as url:
        database = open_postgresql(url)
        yield database
        database.dispose()


def test_a_server_that_was_frozen_in_a_transaction_finds_the_database_unavailable(database: Database) -> None:
    with database.write_engine.connect() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 100"))
        time.sleep(0.5)  # as if stopped by a signal

        with pytest.raises(DatabaseUnavailable), translated():
            connection.execute(text("SELECT 1"))


def test_a_standby_that_only_reads_is_a_database_that_is_unavailable(database: Database) -> None:
    with database.write_engine.connect() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))

        with pytest.raises(DatabaseUnavailable), translated():
            connection.execute(text("CREATE TABLE somewhere (id int)"))
