"""The heartbeat runs on a thread of its own, so it sees runs between their end and their being forgotten."""

from __future__ import annotations

import pytest

from autom8.scheduler.execution import Execution
from autom8.scheduler.worker import Worker
from tests.scheduler.house import HandProcesses, House


def test_a_run_whose_end_was_just_written_is_not_taken_for_one_that_somebody_took_away(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    forget = Worker._forget

    def beat_and_forget(worker: Worker, execution: Execution) -> None:
        worker.heartbeat()
        forget(worker, execution)

    monkeypatch.setattr(Worker, "_forget", beat_and_forget)
    worker, processes = house.worker(processes=HandProcesses(hold=True))
    house.start(house.add())
    worker.step()
    (child,) = processes.children
    child.finish()
    worker.step()

    assert worker.busy == 0
    assert not child.killed
    assert "run_taken_away" not in caplog.text
