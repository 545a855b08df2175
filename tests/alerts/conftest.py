"""Fixtures: the scheduler's house on both databases, and somebody in it who is told."""

from __future__ import annotations

import pytest

from tests.alerts.rig import Teller
from tests.scheduler.house import (
    House,
    database,
    house,
    migrated_url,
    postgresql_url,
    shared_postgresql,
    sqlite_template,
)

__all__ = ["database", "house", "migrated_url", "postgresql_url", "shared_postgresql", "sqlite_template"]


@pytest.fixture
def teller(house: House) -> Teller:
    """Ada is told of everything by mail."""
    made = Teller(house)
    made.ada, made.mail = made.contact(), made.channel()
    made.tells(f"contact:{made.ada}")
    return made
