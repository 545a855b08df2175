"""On PostgreSQL a server works under a role that can add to the trail and change nothing of it."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from autom8.kernel.vocabulary import Role
from tests.audit.recording import sealing
from tests.security.house import another_house, prepare
from tests.services.postgres import PostgresServer

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def test_a_role_as_documented_can_add_entries_and_checkpoints_and_alter_none(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    (grants,) = re.findall(r"```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    with postgres.database() as url:
        prepare(url)
        with psycopg.connect(plain(url), autocommit=True) as owner:
            owner.execute("DROP ROLE IF EXISTS autom8_server")
            owner.execute("CREATE ROLE autom8_server LOGIN")
            owner.execute(grants)
        try:
            _work_as_server(as_server(url), tmp_path)
        finally:
            with psycopg.connect(plain(url), autocommit=True) as owner:
                owner.execute("DROP OWNED BY autom8_server")
                owner.execute("DROP ROLE autom8_server")


def as_server(url: str) -> str:
    """The same database, as another role."""
    parts = psycopg.conninfo.conninfo_to_dict(plain(url))
    host, port, name = parts["host"], parts["port"], parts["dbname"]
    return f"postgresql+psycopg://autom8_server@{host}:{port}/{name}"


def _work_as_server(url: str, folder: Path) -> None:
    with another_house(url) as house:
        house.add("ada", Role.ADMIN)
        assert house.sign_in("ada").user.name == "ada"
        assert sealing(house, folder / "kept.jsonl").seal() is not None
        assert house.audit.verify().covered == 2
    for table in ("audit_entry", "audit_checkpoint"):
        for statement in ("UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"):
            with psycopg.connect(plain(url)) as server, pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute(statement.format(table))
