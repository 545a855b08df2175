"""A start that has nothing to migrate does without Alembic, and must know by itself that there is nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from autom8.persistence.engines import open_sqlite
from autom8.persistence.migrate import HEADS, Lineage, alembic_config, migrate


@pytest.mark.parametrize("lineage", HEADS)
def test_the_newest_revision_is_known_without_reading_the_scripts(lineage: Lineage) -> None:
    assert ScriptDirectory.from_config(alembic_config(lineage)).get_current_head() == HEADS[lineage]


def test_alembic_stays_unloaded_where_the_schema_is_there(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "autom8.db")
    migrate(database.write_engine, "core")
    database.dispose()
    program = f"""
import sys
from pathlib import Path
from autom8.persistence.engines import open_sqlite
from autom8.persistence.migrate import migrate
database = open_sqlite(Path({str(tmp_path / "autom8.db")!r}))
migrate(database.write_engine, "core")
database.dispose()
print("alembic" in sys.modules)
"""

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert said.stdout == "False\n"
