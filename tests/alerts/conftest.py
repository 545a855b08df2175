"""Fixtures: the scheduler's house on both databases, and somebody in it who is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autom8.scheduler.views import TaskView
from tests.alerts.rig import Teller
from tests.scheduler.house import (
    HandProcesses,
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


@pytest.fixture
def run(teller: Teller) -> Callable[[TaskView, int], int]:
    """Runs a task to an exit code; says the run's id."""
    processes = HandProcesses()
    worker, _ = teller.house.worker(processes=processes)

    def once(task: TaskView, exit_code: int = 0) -> int:
        processes.exit_code = exit_code
        run_id = teller.house.start(task)
        for _ in range(3):
            teller.house.clock.advance(1)
            worker.ring()
            worker.step()
        assert teller.house.run(run_id).ended_at is not None
        return run_id

    return once
