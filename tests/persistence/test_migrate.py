"""Migrations: from empty to what the models say, one at a time, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, inspect, text

from autom8.kernel.errors import Unavailable
from autom8.models import Base, SeriesBase
from autom8.persistence.engines import open_postgresql, open_sqlite
from autom8.persistence.migrate import Lineage, NotADatabase, SchemaTooNew, alembic_config, migrate
from tests.scheduler.house import opened

BY_TEXT = {"ix_run_ready"}  # ordered by an expression: Alembic can't compare it, `indexes` does
MODELS: dict[Lineage, MetaData] = {"core": Base.metadata, "series": SeriesBase.metadata}


def differences(engine: Engine, lineage: Lineage) -> list[Any]:
    """What Alembic would change to make the database what the models say."""
    ours = set(MODELS[lineage].tables)

    def of_ours(thing: Any, name: str | None, kind: str, reflected: bool, _against: object) -> bool:
        if name in BY_TEXT:
            return False
        table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
        return not reflected or table in ours

    options = {"compare_type": True, "compare_server_default": True, "include_object": of_ours}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, MODELS[lineage]))


def indexes(engine: Engine) -> dict[str, str]:
    """Each index as the database tells it: order and condition, which Alembic does not compare everywhere."""
    asked = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return {name: " ".join(sql.split()) for name, sql in connection.execute(text(asked))}


@pytest.mark.parametrize("lineage", ["core", "series"])
def test_an_empty_database_becomes_what_the_models_say(database_url: str, lineage: Lineage) -> None:
    with opened(database_url) as database:
        migrate(database.write_engine, lineage)

        assert differences(database.write_engine, lineage) == []


def test_indexes_have_the_order_and_the_conditions_of_the_models(database_url: str) -> None:
    with opened(database_url) as database:
        migrate(database.write_engine, "core")
        migrated = indexes(database.write_engine)
        with database.write_engine.begin() as connection:
            Base.metadata.drop_all(connection)
            Base.metadata.create_all(connection)
        modelled = indexes(database.write_engine)

    migrated.pop("schema_version_pkc", None)
    modelled.pop("schema_version_pkc", None)
    assert migrated == modelled
    assert "DESC" in migrated["ix_run_ready"]
    assert "WHERE" in migrated["ix_run_retrying"]


@pytest.mark.parametrize("lineage", ["core", "series"])
def test_migrating_again_does_nothing(database_url: str, lineage: Lineage) -> None:
    with opened(database_url) as database:
        migrate(database.write_engine, lineage)
        migrate(database.write_engine, lineage)

        assert differences(database.write_engine, lineage) == []


def test_both_lineages_live_in_one_database(database_url: str) -> None:
    with opened(database_url) as database:
        migrate(database.write_engine, "core")
        migrate(database.write_engine, "series")

        assert differences(database.write_engine, "core") == []
        assert differences(database.write_engine, "series") == []
        tables = set(inspect(database.write_engine).get_table_names())
        assert {"schema_version", "series_schema_version", "task", "sample"} <= tables


def test_two_that_migrate_at_once_do_it_once(database_url: str) -> None:
    start = threading.Barrier(4)
    troubles: list[BaseException] = []

    def go() -> None:
        with opened(database_url) as database:
            start.wait()
            try:
                migrate(database.write_engine, "core")
            except BaseException as trouble:  # noqa: BLE001 - told below
                troubles.append(trouble)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []
    with opened(database_url) as database:
        assert differences(database.write_engine, "core") == []


def test_an_older_program_refuses_a_newer_schema(database_url: str) -> None:
    with opened(database_url) as database:
        migrate(database.write_engine, "core")
        with database.write_engine.begin() as connection:
            connection.execute(text("UPDATE schema_version SET version_num = 'from_the_future'"))

        with pytest.raises(SchemaTooNew, match="from_the_future"):
            migrate(database.write_engine, "core")


CRASHING = """
import os, signal, sys
from sqlalchemy import event
from autom8.persistence.migrate import migrate
from tests.scheduler.house import opened
with opened(sys.argv[1]) as database:
    seen = 0
    def count(connection, cursor, statement, *_):
        global seen
        seen += 1
        if seen == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(database.write_engine, "before_cursor_execute", count)
    migrate(database.write_engine, "core")
"""


@pytest.mark.parametrize("statement", [4, 25, pytest.param(12, marks=pytest.mark.full)])
def test_a_crash_in_the_middle_leaves_the_old_schema(database_url: str, statement: int) -> None:
    argv = [sys.executable, "-c", CRASHING, database_url, str(statement)]
    assert subprocess.run(argv, check=False, timeout=60).returncode == -9

    with opened(database_url) as database:
        assert "task" not in inspect(database.write_engine).get_table_names()
        migrate(database.write_engine, "core")
        assert differences(database.write_engine, "core") == []


def test_each_lineage_is_one_line() -> None:
    for lineage in MODELS:
        scripts = ScriptDirectory.from_config(alembic_config(lineage))
        assert len(scripts.get_heads()) == 1


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database\n" * 100)
    database = open_sqlite(path)
    with pytest.raises(NotADatabase, match=r"notes\.txt"):
        migrate(database.write_engine, "core")
    database.dispose()


def test_a_server_that_is_away_is_unavailable() -> None:
    database = open_postgresql("postgresql+psycopg://autom8@127.0.0.1:9/nowhere")
    with pytest.raises(Unavailable):
        migrate(database.write_engine, "core")
    database.dispose()
