"""Fixtures of these tests: the scheduler is what most SQL is for."""

from __future__ import annotations

from tests.scheduler.house import (
    database,
    house,
    migrated_url,
    postgresql_url,
    shared_postgresql,
    sqlite_template,
)

__all__ = ["database", "house", "migrated_url", "postgresql_url", "shared_postgresql", "sqlite_template"]
