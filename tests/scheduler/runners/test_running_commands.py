"""What a command is given when it starts, and what is known of it when it has ended."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import threading
from pathlib import Path

import pytest

from autom8.scheduler.ports import CannotStart
from autom8.scheduler.runners.census import find_process
from autom8.scheduler.runners.machine import LinuxMachine, boot_id
from autom8.scheduler.runners.usage import memory_of, tree_of
from tests.scheduler.runners.rig import PYTHON, Rig, finish, open_descriptors, until


def test_a_command_ends_with_its_exit_code_and_all_its_output(rig: Rig) -> None:
    done = rig.run("sh", "-c", "echo out; echo err >&2; exit 3")

    assert (done.ending.exit_code, done.ending.signal, done.ending.stopped) == (3, None, None)
    assert (done.stdout, done.stderr, done.ending.output_bytes) == (b"out\n", b"err\n", 8)


def test_a_command_that_a_signal_ends_tells_which(rig: Rig) -> None:
    done = rig.run("sh", "-c", "kill -USR1 $$")

    assert (done.ending.exit_code, done.ending.signal, done.ending.stopped) == (None, signal.SIGUSR1, None)


def test_arguments_arrive_as_they_are_without_a_shell(rig: Rig) -> None:
    odd = ("", " ", "$HOME", "`id`", "a'b\"c", "*", "-n", "line\nbreak", "\udcff", "ü")

    done = rig.run(*PYTHON, "import os,sys; print(*map(os.fsencode, sys.argv[1:]), sep='|')", *odd)

    assert done.stdout.decode().strip() == "|".join(str(os.fsencode(text)) for text in odd)


def test_a_shell_reads_one_line_when_it_is_asked_for_by_name(rig: Rig) -> None:
    assert finish(rig.begin_line("echo $((6 * 7)) | tr 4 5")).stdout == b"52\n"


def test_a_relative_program_is_found_from_the_working_folder(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\npwd\n")
    (tmp_path / "tool").chmod(0o755)

    assert rig.run("./tool", cwd=str(tmp_path)).stdout.decode().strip() == str(tmp_path)


def test_without_a_working_folder_a_command_starts_at_home_or_else_at_the_root(
    rig: Rig, tmp_path: Path
) -> None:
    assert rig.run("pwd", env={"HOME": str(tmp_path)}).stdout.decode().strip() == str(tmp_path)
    assert rig.run("pwd", env={"HOME": str(tmp_path / "gone")}).stdout == b"/\n"


def test_stdin_is_empty_unless_it_is_given(rig: Rig) -> None:
    assert rig.run("readlink", "/proc/self/fd/0").stdout == b"/dev/null\n"
    assert rig.run("cat", stdin=b"").stdout == b""
    assert rig.run("cat", stdin=b"one\ntwo\n").stdout == b"one\ntwo\n"


def test_a_large_stdin_arrives_whole(rig: Rig) -> None:
    given = os.urandom(5_000_000)

    done = rig.run("sha256sum", stdin=given)

    assert done.stdout.split()[0].decode() == hashlib.sha256(given).hexdigest()


@pytest.mark.parametrize("read_bytes", [0, 20_000])
def test_a_command_that_does_not_read_its_stdin_holds_up_nobody(rig: Rig, read_bytes: int) -> None:
    line = f"head -c {read_bytes} > /dev/null; echo read; sleep 600"
    deaf = rig.begin_line(line, stdin=bytes(5_000_000))
    until(deaf.take_output)

    assert rig.run("echo", "meanwhile").stdout == b"meanwhile\n"
    deaf.kill()
    assert finish(deaf).ending.signal == signal.SIGKILL


def test_a_command_may_close_its_stdin_early(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    done = rig.run("sh", "-c", "exec <&-; sleep 0.1; echo fine", stdin=bytes(5_000_000))

    assert (done.stdout, done.ending.exit_code) == (b"fine\n", 0)
    assert caplog.records == []


def test_a_command_leads_a_session_and_a_group_of_its_own(rig: Rig) -> None:
    child = rig.start("sleep", "60")

    process = find_process(child.identity.pid)

    assert process is not None
    assert process.session == process.group == process.pid != os.getsid(0)


def test_a_command_is_known_by_pid_start_and_boot(rig: Rig) -> None:
    child = rig.begin("sh", "-c", "cat /proc/$$/stat")

    identity = child.identity

    fields = finish(child).stdout.decode().rpartition(")")[2].split()
    assert str(identity.started_ticks) == fields[19]
    assert identity.boot_id == boot_id() == LinuxMachine().boot().id


def test_no_signal_is_blocked_in_a_command_though_it_is_in_the_thread_that_starts_it(rig: Rig) -> None:
    seen: list[bytes] = []

    def start_with_signals_blocked() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        seen.append(rig.run("grep", "SigBlk", "/proc/self/status").stdout)

    thread = threading.Thread(target=start_with_signals_blocked)
    thread.start()
    thread.join()

    assert int(seen[0].split()[1], 16) == 0


def test_a_command_inherits_no_descriptor_but_its_three(rig: Rig, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as file:
        os.set_inheritable(file.fileno(), True)

        assert b"secret" not in rig.run("ls", "-l", "/proc/self/fd").stdout


def test_cpu_time_is_that_of_the_command_and_of_the_children_it_waited_for(rig: Rig) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"

    done = rig.run("sh", "-c", '"$@"; true', "sh", *PYTHON, burn)

    assert done.ending.cpu_s is not None
    assert 0.3 <= done.ending.cpu_s < 30


def test_memory_is_the_peak_of_the_whole_tree(rig: Rig) -> None:
    half = "import sys, time; block = b'x' * 60_000_000; time.sleep(600)"
    child = rig.begin("sh", "-c", '"$@" & "$@"', "sh", *PYTHON, half)

    until(lambda: sum(resident_bytes(pid) for pid in tree_of(child.identity.pid)) > 120_000_000)
    until(lambda: (child.memory_bytes_max or 0) > 120_000_000)
    child.kill()

    peak = finish(child).ending.memory_bytes_max
    assert peak is not None
    assert 120_000_000 < peak < 250_000_000


def resident_bytes(pid: int) -> int:
    return memory_of([pid]) or 0


def test_memory_of_a_large_command_is_exact_however_short_it_was(rig: Rig) -> None:
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    done = rig.run(*PYTHON, f"block = b'x' * {ours + 50_000_000}")

    assert done.ending.memory_bytes_max is not None
    assert done.ending.memory_bytes_max > ours + 50_000_000


def test_memory_of_a_small_command_is_not_our_own(rig: Rig) -> None:
    ballast = b"x" * 100_000_000

    done = rig.run("sleep", "0.3")

    assert done.ending.memory_bytes_max is not None
    assert done.ending.memory_bytes_max < len(ballast) / 4


def test_a_command_that_ends_at_once_is_not_said_to_have_taken_our_memory(rig: Rig) -> None:
    assert (rig.run("true").ending.memory_bytes_max or 0) < 20_000_000


def test_the_worker_is_woken_when_a_command_has_ended(rig: Rig) -> None:
    child = rig.begin("true")

    until(lambda: rig.changes)

    assert child.ending() is not None


def test_a_hundred_commands_run_at_once_and_leave_no_descriptor_behind(rig: Rig) -> None:
    before = open_descriptors()

    children = [rig.begin("sh", "-c", f"echo {n}; sleep 0.2; exit {n}") for n in range(100)]
    done = [finish(child) for child in children]

    assert [(each.stdout, each.ending.exit_code) for each in done] == [
        (f"{n}\n".encode(), n) for n in range(100)
    ]
    until(lambda: open_descriptors() <= before)


def test_a_runner_that_is_closed_starts_nothing_and_lets_calls_pass(owner: str) -> None:
    rig = Rig(owner)
    child = rig.begin("sleep", "60")
    pid = child.identity.pid

    rig.processes.close()
    rig.processes.close()
    child.kill()

    with pytest.raises(CannotStart, match="stopped"):
        rig.start("true")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
