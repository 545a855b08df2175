"""A worker process that is frozen, loses its run to another, and wakes: it can't end what is not its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from autom8.kernel.vocabulary import RunState
from tests.scheduler.house import HandProcesses, House


@pytest.mark.parametrize("delivery", ["at_least_once", "at_most_once"])
def test_a_frozen_worker_that_wakes_can_not_finish_a_run_that_was_taken_over(
    house: House, migrated_url: str, delivery: str
) -> None:
    run_id = house.start(house.add(delivery=delivery))
    argv = [sys.executable, "-m", "tests.scheduler.sleeper", migrated_url]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sleeper:
        assert sleeper.stdout is not None
        assert sleeper.stdin is not None
        assert sleeper.stdout.readline() == "1\n"
        sleeper.send_signal(signal.SIGSTOP)
        try:
            assert house.look_until_expired(house.reconciler()) == 1
            other, others = house.worker("other", processes=HandProcesses(hold=True))
            other.step()
            other.step()
        finally:
            sleeper.send_signal(signal.SIGCONT)
        sleeper.stdin.write("\n")
        sleeper.stdin.flush()
        left = sleeper.stdout.readline()

    assert sleeper.returncode == 0
    assert left == "0\n", "it has let go of the run"
    run = house.run(run_id)
    if delivery == "at_most_once":
        assert (run.state, run.exit_code) == (RunState.LOST, None)
        assert others.begun == []
    else:
        assert (run.state, run.attempt, run.worker_id) == (RunState.RUNNING, 2, other.identity.id)
        assert others.begun == [(run_id, 2)]
