"""A claim that saw a run as ready and was frozen before it locked it."""

from __future__ import annotations

import pytest

from autom8.kernel.vocabulary import RunState
from tests.scheduler.house import HandProcesses, House


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)  # on SQLite nobody else can write
def test_a_run_that_failed_meanwhile_waits_for_its_retry(house: House) -> None:
    worker, _ = house.worker(processes=HandProcesses(exit_code=1))
    run_id = house.start(house.add("fails", retries_max=1))

    with house.units.writing() as frozen:
        (ready,) = frozen.leases.ready(frozen.now(), queues=("default",), limit=1)
        for _ in range(2):
            worker.ring()
            worker.step()
        assert (house.run(run_id).state, house.run(run_id).attempt) == (RunState.QUEUED, 1)

        assert frozen.leases.lock_runs({ready.id}, now=frozen.now()) == set()
