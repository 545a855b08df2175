"""A restarted worker ends what its killed predecessor left, and nobody else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autom8.scheduler.ports import ProcessIdentity
from autom8.scheduler.runners.census import find_process
from autom8.scheduler.runners.machine import boot_id
from autom8.scheduler.runners.marks import worker_name
from tests.scheduler.runners.rig import NO_GROUPS, PYTHON, Rig, is_alive, pid_in, program_of, until
from tests.scheduler.runners.test_escapees import ESCAPE

WORKER = Path(__file__).with_name("worker.py")
RUN_ID = 7  # as the worker has it


@contextlib.contextmanager
def killed_worker(owner: str, *argv: str, gate: str = "open", groups: str = "") -> Iterator[ProcessIdentity]:
    """A worker that starts a command, is killed when the caller has seen enough, and leaves it behind."""
    program = [sys.executable, str(WORKER), owner, groups, gate, *argv]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        pid, ticks, boot = worker.stdout.readline().split()
        identity = ProcessIdentity(pid=int(pid), started_ticks=int(ticks), boot_id=boot.decode())
        try:
            yield identity
        finally:
            worker.kill()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(identity.pid, signal.SIGKILL)


def identity_of(pid: int) -> ProcessIdentity:
    process = find_process(pid)
    assert process is not None
    return ProcessIdentity(pid=pid, started_ticks=process.started_ticks, boot_id=boot_id())


def kill_parent(identity: ProcessIdentity) -> None:
    process = find_process(identity.pid)
    assert process is not None
    os.kill(process.parent, signal.SIGKILL)
    until(lambda: not is_alive(process.parent))


@pytest.mark.parametrize("groups", ["", str(NO_GROUPS)])
def test_a_tree_with_an_escapee_is_ended_by_identity_and_mark(
    owner: str, tmp_path: Path, groups: str
) -> None:
    note = tmp_path / "pid"
    with killed_worker(owner, *PYTHON, ESCAPE, str(note), "cleared", groups=groups) as identity:
        escapee = pid_in(note)
        until(lambda: program_of(escapee) != program_of(identity.pid))
        kill_parent(identity)
        assert is_alive(identity.pid)
        assert is_alive(escapee)

        rig = Rig(owner, groups=Path(groups) if groups else None)
        killed = rig.processes.end_survivors([identity], [RUN_ID])
        rig.close()

        assert killed == 2
        assert not is_alive(identity.pid)
        assert not is_alive(escapee)


@pytest.mark.parametrize("environment", ["cleared", "kept"])
def test_an_escapee_whose_main_process_has_gone_is_known_by_the_mark_of_its_run(
    owner: str, tmp_path: Path, environment: str
) -> None:
    note = tmp_path / "pid"
    with killed_worker(owner, *PYTHON, ESCAPE, str(note), environment, groups=str(NO_GROUPS)) as identity:
        escapee = pid_in(note)
        until(lambda: program_of(escapee) != program_of(identity.pid))
        kill_parent(identity)
        os.kill(identity.pid, signal.SIGKILL)
        until(lambda: not is_alive(identity.pid))

        rig = Rig(owner, groups=NO_GROUPS)
        assert rig.processes.end_survivors([identity], [RUN_ID + 1]) == 0
        assert is_alive(escapee)
        assert rig.processes.end_survivors([identity], [RUN_ID]) == 1
        assert rig.processes.end_survivors([identity], [RUN_ID]) == 0
        rig.close()

        assert not is_alive(escapee)


def test_an_identity_alone_is_enough(owner: str) -> None:
    with killed_worker(owner, "sh", "-c", "sleep 600; true", groups=str(NO_GROUPS)) as identity:
        kill_parent(identity)

        rig = Rig(owner + "-renamed", groups=NO_GROUPS)
        assert rig.processes.end_survivors([identity], []) in (1, 2)  # with or without its `sleep` as yet
        rig.close()

        assert not is_alive(identity.pid)


def test_a_child_that_still_waits_at_its_gate_is_ended(rig: Rig, owner: str) -> None:
    with killed_worker(owner, "sleep", "600", gate="gated") as identity:
        other = Rig(owner + "-next")
        assert other.processes.end_survivors([identity], []) == 1
        other.close()

        assert not is_alive(identity.pid)


@pytest.mark.parametrize("change", [{"started_ticks": 1}, {"boot_id": "another"}])
def test_a_process_that_was_given_a_recycled_pid_is_left_alone(rig: Rig, change: dict[str, object]) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as innocent:
        identity = replace(identity_of(innocent.pid), **change)  # type: ignore[arg-type]

        assert rig.processes.end_survivors([identity], [1]) == 0

        assert is_alive(innocent.pid)
        innocent.kill()


def test_the_same_run_of_another_worker_is_left_alone(rig: Rig, owner: str) -> None:
    other = Rig(owner + "-other")
    try:
        child = other.begin("sleep", "600", run_id=1)

        assert rig.processes.end_survivors([], [1]) == 0

        assert is_alive(child.identity.pid)
    finally:
        other.close()


def test_what_this_incarnation_has_started_is_left_alone(rig: Rig) -> None:
    child = rig.begin("sh", "-c", "sleep 600; true", run_id=1)

    assert rig.processes.end_survivors([child.identity], [1]) == 0

    assert is_alive(child.identity.pid)


def test_a_worker_that_was_itself_started_by_a_run_of_its_own_does_not_end_itself(
    owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import sys\n"
        "from autom8.kernel.clock import SystemClock\n"
        "from autom8.scheduler.runners.command import CommandProcesses\n"
        "processes = CommandProcesses(SystemClock(), lambda: None, owner=sys.argv[1])\n"
        "print(processes.end_survivors([], [1]))"
    )

    # Marked as a task that restarts its own server would be.
    environment = {
        **os.environ,
        "AUTOM8_RUN_ID": "1",
        "AUTOM8_ATTEMPT": "1",
        "AUTOM8_WORKER": worker_name(owner),
    }
    done = subprocess.run(
        [sys.executable, "-c", program, owner], capture_output=True, env=environment, check=False
    )

    assert (done.returncode, done.stdout) == (0, b"0\n")


def test_nobody_to_end_is_no_error(rig: Rig) -> None:
    assert rig.processes.end_survivors([], []) == 0
