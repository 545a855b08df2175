"""A command begins only when its gate is opened, whatever dies before."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

from autom8.scheduler.ports import StopReason
from tests.scheduler.runners.rig import Rig, finish, is_alive, until

WORKER = Path(__file__).with_name("worker.py")


def test_nothing_of_the_command_happens_before_the_gate_is_opened(rig: Rig, tmp_path: Path) -> None:
    child = rig.start("touch", str(tmp_path / "ran"))
    assert rig.run("sleep", "0.2").ending.exit_code == 0
    assert not (tmp_path / "ran").exists()

    child.open_gate()

    assert finish(child).ending.exit_code == 0
    assert (tmp_path / "ran").exists()


def test_a_child_that_is_killed_at_its_gate_never_runs(rig: Rig, tmp_path: Path) -> None:
    child = rig.start("touch", str(tmp_path / "ran"))

    child.kill()
    until(child.ending)
    child.open_gate()

    assert finish(child).ending.signal == signal.SIGKILL
    assert not (tmp_path / "ran").exists()


def test_a_child_that_is_stopped_at_its_gate_ends_without_a_grace(rig: Rig, tmp_path: Path) -> None:
    child = rig.start("touch", str(tmp_path / "ran"))

    child.stop(StopReason.CANCEL)

    ending = finish(child).ending
    assert (ending.signal, ending.stopped) == (signal.SIGKILL, StopReason.CANCEL)
    assert not (tmp_path / "ran").exists()


def test_opening_the_gate_of_a_child_that_has_just_died_does_no_harm(rig: Rig) -> None:
    for stdin in (None, b"", b"some"):
        child = rig.start("true", stdin=stdin)
        threading.Thread(target=child.kill).start()
        child.open_gate()
        child.open_gate()
        assert finish(child).ending is not None


def test_a_gated_child_whose_worker_is_killed_never_runs(tmp_path: Path, owner: str) -> None:
    argv = [sys.executable, str(WORKER), owner, "", "gated", "touch", str(tmp_path / "ran")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline().split()[0])
        assert is_alive(pid)
        worker.kill()

    until(lambda: not is_alive(pid))
    assert not (tmp_path / "ran").exists()


def test_a_gated_child_of_a_closed_runner_never_runs(tmp_path: Path, owner: str) -> None:
    rig = Rig(owner)
    child = rig.start("touch", str(tmp_path / "ran"))

    rig.processes.close()

    until(lambda: not is_alive(child.identity.pid))
    assert not (tmp_path / "ran").exists()
