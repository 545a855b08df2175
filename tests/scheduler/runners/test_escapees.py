"""What tries to escape its run is ended with it; each way of finding it is shown alone."""

from __future__ import annotations

import io
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from autom8.scheduler.ports import StopReason
from autom8.scheduler.runners import gate
from autom8.scheduler.runners.cgroup import Groups, own_group
from autom8.scheduler.runners.child import CommandChild
from tests.scheduler.runners.rig import PYTHON, Rig, finish, is_alive, pid_in, program_of, until

SOON = timedelta(milliseconds=50)

# Forks twice with a new session in between, ignores TERM, and becomes `sleep`, which has nothing left
# of us but its limit and, when asked for, its environment.
ESCAPE = """
import os, signal, sys, time
note, environment = sys.argv[1:]
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with open(note, "w") as file:
            print(os.getpid(), file=file)
        os.execve("/bin/sleep", ["sleep", "600"], dict(os.environ) if environment == "kept" else {})
    os._exit(0)
os.wait()
time.sleep(600)
"""


@pytest.fixture
def note(tmp_path: Path) -> Iterator[Path]:
    """Where an escapee writes its pid; what is still there after the test is ended."""
    yield tmp_path / "pid"
    if (tmp_path / "pid").exists() and is_alive(pid := pid_in(tmp_path / "pid")):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the limit that carries the mark can't be set."""
    monkeypatch.setattr(gate, "_MARK", "shift; ")


def begin_with_escapee(rig: Rig, note: Path, *program: str) -> tuple[CommandChild, int]:
    child = rig.begin(*PYTHON, *program, grace=SOON)
    escapee = pid_in(note)
    until(lambda: program_of(escapee) != program_of(child.identity.pid))
    return child, escapee


def end(child: CommandChild) -> None:
    child.stop(StopReason.TIMEOUT)
    assert finish(child).ending.stopped is StopReason.TIMEOUT


def test_an_escapee_with_a_cleared_environment_is_known_by_its_limit(
    rig_without_groups: Rig, note: Path
) -> None:
    child, escapee = begin_with_escapee(rig_without_groups, note, ESCAPE, str(note), "cleared")

    end(child)

    assert not is_alive(escapee)


def test_an_escapee_without_a_limit_is_known_by_its_environment(
    rig_without_groups: Rig, note: Path, no_limits: None
) -> None:
    child, escapee = begin_with_escapee(rig_without_groups, note, ESCAPE, str(note), "kept")

    end(child)

    assert not is_alive(escapee)


def test_an_escapee_without_any_mark_is_known_by_its_control_group(
    rig: Rig, note: Path, no_limits: None
) -> None:
    if not rig.processes.has_groups:
        pytest.skip("no control group can be made on this machine")
    child, escapee = begin_with_escapee(rig, note, ESCAPE, str(note), "cleared")

    end(child)

    assert not is_alive(escapee)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a command as another user")
def test_an_escapee_that_runs_as_another_user_is_known_by_its_limit(
    rig_without_groups: Rig, tmp_path: Path
) -> None:
    line = "(setsid sh -c 'echo $$; exec sleep 600' &); sleep 600"
    child = rig_without_groups.begin("/usr/bin/env", "-i", "sh", "-c", line, user="nobody", grace=SOON)
    written = io.BytesIO()
    until(lambda: any(written.write(piece.data) for piece in child.take_output()))

    end(child)

    assert not is_alive(int(written.getvalue()))


def test_a_descendant_without_any_mark_is_known_by_its_parents(
    rig_without_groups: Rig, note: Path, no_limits: None
) -> None:
    program = (
        "import os, sys\n"
        "if os.fork() == 0:\n"
        "  os.setsid()\n"
        "  open(sys.argv[1], 'w').write(f'{os.getpid()}\\n')\n"
        "  os.execve('/bin/sleep', ['sleep', '600'], {})\n"
        "os.wait()"
    )
    child, escapee = begin_with_escapee(rig_without_groups, note, program, str(note))

    end(child)

    assert not is_alive(escapee)


def test_an_orphan_without_any_mark_is_known_by_its_session(
    rig_without_groups: Rig, note: Path, no_limits: None
) -> None:
    program = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "  if os.fork() == 0:\n"
        "    os.setpgid(0, 0)\n"
        "    open(sys.argv[1], 'w').write(f'{os.getpid()}\\n')\n"
        "    os.execve('/bin/sleep', ['sleep', '600'], {})\n"
        "  os._exit(0)\n"
        "os.wait(); time.sleep(600)"
    )
    child, escapee = begin_with_escapee(rig_without_groups, note, program, str(note))

    end(child)

    assert not is_alive(escapee)


def test_a_shell_that_leaves_its_session_dies_on_timeout(rig: Rig, note: Path) -> None:
    line = f"setsid sh -c 'trap \"\" TERM; echo $$ > {note}; while :; do sleep 0.1; done' & sleep 600"
    child = rig.begin_line(line, grace=SOON, timeout=timedelta(seconds=1))
    escapee = pid_in(note)

    assert finish(child).ending.stopped is StopReason.TIMEOUT
    assert not is_alive(escapee)


def test_an_escapee_gets_term_and_may_tidy_up(rig: Rig, note: Path) -> None:
    tidy = note.with_name("tidy")
    polite = f'trap "touch {tidy}; exit" TERM; echo $$ > {note}; while :; do sleep 0.02; done'
    line = f"setsid sh -c '{polite}' & sleep 600"
    child = rig.begin_line(line)
    pid_in(note)

    end(child)

    assert tidy.exists()


def test_ending_one_run_leaves_another_attempt_and_the_same_run_of_another_worker_alone(rig: Rig) -> None:
    other = Rig(rig.owner + "-other")
    try:
        children = [
            rig.begin("sleep", "600", run_id=1, attempt=1),
            rig.begin("sleep", "600", run_id=1, attempt=2),
            rig.begin("sleep", "600", run_id=2, attempt=1),
            other.begin("sleep", "600", run_id=1, attempt=1),
        ]

        end(children[0])

        assert [is_alive(child.identity.pid) for child in children] == [False, True, True, True]
    finally:
        other.close()


def test_a_process_that_only_names_the_run_is_not_of_it(rig: Rig) -> None:
    child = rig.begin("sleep", "600", run_id=1)
    with subprocess.Popen(["sleep", "600"], env={"AUTOM8_RUN_ID": "1", "AUTOM8_ATTEMPT": "1"}) as innocent:
        end(child)

        assert is_alive(innocent.pid)
        innocent.kill()


def test_orphans_of_a_run_are_reaped_and_the_children_of_others_are_not(rig: Rig, note: Path) -> None:
    with subprocess.Popen(["sh", "-c", "exit 5"]) as other:
        rig.begin("sleep", "600")  # while something runs, reaping is prompt
        rig.run("sh", "-c", f"sh -c 'echo $$ > {note}; exec sleep 0.2' > /dev/null 2>&1 &")
        orphan = pid_in(note)

        until(lambda: not Path(f"/proc/{orphan}").exists())

        assert other.wait() == 5


def test_control_groups_are_removed_when_their_runs_have_ended(rig: Rig, owner: str) -> None:
    if not rig.processes.has_groups:
        pytest.skip("no control group can be made on this machine")
    child = rig.begin("sleep", "600", run_id=3)
    parent = own_group()
    assert parent is not None
    group = parent / Groups.name_of(owner) / "run-3-1"
    assert (group / "cgroup.procs").read_text().split() == [str(child.identity.pid)]

    end(child)

    assert not group.exists()
