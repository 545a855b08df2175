"""Brings a database to this program's schema, under a lock, at start.

Two lineages: `core` (tasks, runs, users, audit) and `series` (samples). An older program refuses a
newer schema rather than guess at it. Alembic is loaded only where there is something to migrate: it
would take a sixth of each start and a tenth of the server's memory.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import Connection, Engine, column, inspect, select, table, text
from sqlalchemy.exc import DatabaseError

from autom8.kernel.errors import Misconfigured
from autom8.persistence.engines import translated

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

Lineage = Literal["core", "series"]
_LOCK_KEY: Final = 0x0A0708_3141
HEADS: Final[dict[Lineage, str]] = {"core": "2026_11_27_tells", "series": "2026_11_28_watches"}
_VERSION_TABLE: Final[dict[Lineage, str]] = {"core": "schema_version", "series": "series_schema_version"}


class SchemaTooNew(Misconfigured):
    """The database was written by a newer Autom8."""

    code = "schema_too_new"


class NotADatabase(Misconfigured):
    """The file where the database should be holds something else, or is damaged."""

    code = "not_a_database"


def migrate(engine: Engine, lineage: Lineage) -> None:
    """Bring the database behind `engine` to the newest schema of `lineage`; one process at a time.

    All steps are one transaction: after a crash the schema is the old one or the new one.

    Raises:
        SchemaTooNew: the database has a revision that this program does not know.
        NotADatabase: the file holds something else, or is damaged.
        DatabaseUnavailable: the database can't be reached.
    """
    with translated(), _readable(engine), engine.connect() as connection, _alone(connection):
        present = _revision(connection, lineage)
        if present != HEADS[lineage]:
            _upgrade(connection, lineage, present)
            log.info("schema_migrated", extra={"fields": {"lineage": lineage, "from": present}})


def _revision(connection: Connection, lineage: Lineage) -> str | None:
    """The revision of the schema that is there, as Alembic has noted it."""
    name = _VERSION_TABLE[lineage]
    if not inspect(connection).has_table(name):
        return None
    revision: str | None = connection.execute(select(column("version_num")).select_from(table(name))).scalar()
    return revision


def _upgrade(connection: Connection, lineage: Lineage, present: str | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config(lineage)
    scripts = ScriptDirectory.from_config(config)
    if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNew(
            f"The {lineage} database has schema {present}, which this Autom8 does not know. "
            "Use the newer Autom8.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_config(lineage: Lineage) -> Config:
    """Alembic's settings for one lineage."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations" / lineage))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = _VERSION_TABLE[lineage]
    return config


@contextmanager
def _readable(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # what the driver has a better name for
            raise
        raise NotADatabase(f"{engine.url.database} is not a database that can be read.") from error


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Hold the place of the one who migrates: SQLite's write lock, or PostgreSQL's advisory lock."""
    with connection.begin():
        if connection.dialect.name == "postgresql":
            # Another may migrate a large table meanwhile, and so may we.
            connection.execute(text("SET LOCAL lock_timeout = '5min'"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        yield
