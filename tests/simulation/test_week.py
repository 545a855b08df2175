"""Three nodes, a hundred tasks, a week with a change of clocks, and something breaking every half hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.simulation.scenario import BEFORE_AUTUMN, BEFORE_SPRING, Scenario


@pytest.mark.parametrize(
    ("seed", "begins_at"), [(1, BEFORE_SPRING), pytest.param(2, BEFORE_AUTUMN, marks=pytest.mark.full)]
)
def test_a_week_of_faults_breaks_no_promise(seed: int, begins_at: datetime) -> None:
    report = Scenario(seed=seed, begins_at=begins_at).run()

    assert not report.faults, str(report)
    assert report.states["succeeded"] > 1_000
    assert min(report.broken.values()) > 5  # every kind of fault was there


def test_the_same_seed_gives_the_same_world() -> None:
    first = Scenario(seed=7, span=timedelta(hours=12), tasks=30, breaks_every_s=300, doomed=0.1).run()
    again = Scenario(seed=7, span=timedelta(hours=12), tasks=30, breaks_every_s=300, doomed=0.1).run()

    assert again == first


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 130))
def test_many_weeks_of_dense_faults_break_no_promise(seed: int) -> None:
    begins_at = BEFORE_SPRING if seed % 2 else BEFORE_AUTUMN
    report = Scenario(seed=seed, begins_at=begins_at, breaks_every_s=240, doomed=0.1).run()

    assert not report.faults, str(report)
