"""How commands are ended that don't end by themselves: TERM, the grace, KILL."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from autom8.scheduler.ports import StopReason
from autom8.scheduler.runners.census import find_process
from autom8.scheduler.runners.child import CommandChild
from tests.scheduler.runners.rig import PYTHON, Rig, finish, is_alive, pid_in, until

AT_ONCE = timedelta()
SOON = timedelta(milliseconds=100)
NEVER = timedelta(hours=1)
DEAF = "trap '' TERM; echo ready; while :; do sleep 0.05; done"


def wait_for_output(child: CommandChild) -> None:
    until(child.take_output)


def begin_beside_a_deaf_one(rig: Rig, note: Path, *, grace: timedelta) -> CommandChild:
    """A command that ends by TERM, with a child in the background that does not."""
    both = ("sh", "-c", '"$@" & sleep 600', "sh")
    return rig.begin(*both, "sh", "-c", f"echo $$ > {note}; {DEAF}", grace=grace)


def test_a_command_that_prints_nothing_and_hangs_is_ended_by_its_timeout(rig: Rig) -> None:
    ending = rig.run("sleep", "600", timeout=SOON).ending

    assert (ending.exit_code, ending.signal, ending.stopped) == (None, signal.SIGTERM, StopReason.TIMEOUT)


def test_a_timeout_counts_from_the_opening_of_the_gate(rig: Rig) -> None:
    child = rig.start("sh", "-c", "echo began; sleep 600", timeout=timedelta(seconds=0.3))
    rig.run("sleep", "0.6")
    assert child.ending() is None

    child.open_gate()

    assert finish(child).stdout == b"began\n"


def test_a_command_that_ends_in_time_is_not_touched(rig: Rig) -> None:
    ending = rig.run("sh", "-c", "sleep 0.05; exit 4", timeout=NEVER).ending

    assert (ending.exit_code, ending.stopped) == (4, None)


def test_a_command_may_tidy_up_in_its_grace_and_chooses_its_exit_code(rig: Rig) -> None:
    child = rig.begin("sh", "-c", "trap 'echo tidy; exit 7' TERM; echo ready; while :; do sleep 0.02; done")
    wait_for_output(child)

    child.stop(StopReason.SHUTDOWN)

    done = finish(child)
    assert (done.stdout, done.ending.exit_code) == (b"tidy\n", 7)
    assert done.ending.stopped is StopReason.SHUTDOWN


def test_a_command_that_ignores_term_is_killed_after_the_grace(rig: Rig) -> None:
    child = rig.begin("sh", "-c", DEAF, grace=SOON)
    wait_for_output(child)

    child.stop(StopReason.CANCEL)

    ending = finish(child).ending
    assert (ending.signal, ending.stopped) == (signal.SIGKILL, StopReason.CANCEL)


def test_the_first_reason_counts(rig: Rig) -> None:
    child = rig.begin("sh", "-c", DEAF, grace=SOON)
    wait_for_output(child)

    child.stop(StopReason.CANCEL)
    child.stop(StopReason.SHUTDOWN)

    assert finish(child).ending.stopped is StopReason.CANCEL


def test_a_timeout_during_the_grace_of_a_cancel_changes_nothing(rig: Rig) -> None:
    child = rig.begin("sh", "-c", DEAF, timeout=timedelta(seconds=0.3), grace=timedelta(seconds=0.6))
    wait_for_output(child)

    child.stop(StopReason.CANCEL)

    ending = finish(child).ending
    assert (ending.signal, ending.stopped) == (signal.SIGKILL, StopReason.CANCEL)


def test_kill_does_not_wait_for_any_grace(rig: Rig) -> None:
    child = rig.begin("sh", "-c", DEAF, grace=NEVER)
    wait_for_output(child)
    child.stop(StopReason.CANCEL)

    child.kill()
    child.kill()

    ending = finish(child).ending
    assert (ending.signal, ending.stopped) == (signal.SIGKILL, StopReason.CANCEL)


def test_to_stop_or_kill_what_has_ended_changes_nothing(rig: Rig) -> None:
    child = rig.begin("true")
    done = finish(child)

    child.stop(StopReason.CANCEL)
    child.kill()
    rig.run("true")

    assert child.ending() == done.ending
    assert done.ending.stopped is None


def test_a_command_that_is_suspended_is_ended_too(rig: Rig) -> None:
    child = rig.begin("sleep", "600", grace=SOON)
    os.kill(child.identity.pid, signal.SIGSTOP)

    child.stop(StopReason.CANCEL)

    assert finish(child).ending.signal in (signal.SIGTERM, signal.SIGKILL)


def test_a_pipeline_ends_with_its_shell(rig: Rig, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = rig.begin_line(f"sh -c 'echo $$ > {note}; exec sleep 600' | cat")
    inner = pid_in(note)

    child.stop(StopReason.CANCEL)

    assert finish(child).ending.stopped is StopReason.CANCEL
    assert not is_alive(inner)


def test_what_outlives_the_main_process_has_the_rest_of_the_grace_and_no_more(
    rig: Rig, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    child = begin_beside_a_deaf_one(rig, note, grace=timedelta(seconds=0.5))
    stubborn = pid_in(note)
    wait_for_output(child)

    child.stop(StopReason.CANCEL)
    until(lambda: (main := find_process(child.identity.pid)) is None or not main.alive)
    assert is_alive(stubborn)
    assert child.ending() is None

    ending = finish(child).ending
    assert (ending.signal, ending.stopped) == (signal.SIGTERM, StopReason.CANCEL)
    assert not is_alive(stubborn)


def test_the_pid_of_a_command_is_not_given_again_while_its_descendants_are_being_ended(
    rig: Rig, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    child = begin_beside_a_deaf_one(rig, note, grace=NEVER)
    pid_in(note)
    wait_for_output(child)

    child.stop(StopReason.CANCEL)

    until(lambda: (main := find_process(child.identity.pid)) is None or not main.alive)
    rig.run("true")  # by the end of which the end of the other has long been dealt with
    kept = find_process(child.identity.pid)
    assert kept is not None
    assert kept.state == "Z"
    child.kill()
    until(child.ending)
    assert find_process(child.identity.pid) is None


def test_what_outlives_the_main_process_briefly_ends_the_run_without_the_whole_grace(
    rig: Rig, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    slow = f"echo $$ > {note}; trap 'sleep 0.3; exit' TERM; while :; do sleep 0.02; done"
    child = rig.begin("sh", "-c", '"$@" & sleep 600', "sh", "sh", "-c", slow, grace=NEVER)
    pid_in(note)

    child.stop(StopReason.CANCEL)

    assert finish(child).ending.stopped is StopReason.CANCEL


def test_a_daemon_that_was_left_on_purpose_survives_a_normal_end(rig: Rig, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    done = rig.run("sh", "-c", f"sleep 600 > /dev/null 2>&1 & echo $! > {note}")
    daemon = pid_in(note)

    try:
        assert done.ending.exit_code == 0
        assert is_alive(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_a_daemon_that_keeps_the_pipes_open_does_not_keep_the_run_open(rig: Rig, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    chatty = "while :; do echo chat; sleep 0.01; done"
    done = rig.run("sh", "-c", f"({chatty}) & echo $! > {note}; echo said")

    try:
        assert b"said\n" in done.stdout
        assert done.ending.exit_code == 0
    finally:
        os.kill(pid_in(note), signal.SIGKILL)


def test_what_a_descendant_still_writes_just_after_the_end_is_kept(rig: Rig) -> None:
    done = rig.run("sh", "-c", "(sleep 0.1; echo late) & echo early")

    assert done.stdout == b"early\nlate\n"


def test_kill_just_after_a_normal_end_takes_the_daemons_too(rig: Rig, tmp_path: Path) -> None:
    for attempt in range(20):  # the second in which it can be shown may pass unseen on a busy machine
        note = tmp_path / f"pid-{attempt}"
        child = rig.begin("sh", "-c", f"(while :; do echo chat; sleep 0.01; done) & echo $! > {note}")
        daemon = pid_in(note)
        until(lambda: (main := find_process(child.identity.pid)) is None or not main.alive)  # noqa: B023
        child.kill()
        assert finish(child).ending.exit_code == 0
        if not is_alive(daemon):
            return
        os.kill(daemon, signal.SIGKILL)
    pytest.fail("the daemon survived each time")


def test_a_command_that_closes_its_output_and_goes_on_is_waited_for_and_can_be_ended(rig: Rig) -> None:
    assert rig.run("sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 9").ending.exit_code == 9
    ending = rig.run("sh", "-c", "exec >&- 2>&-; sleep 600", timeout=SOON).ending
    assert ending.stopped is StopReason.TIMEOUT


def test_many_are_ended_together(rig: Rig) -> None:
    children = [rig.begin("sh", "-c", DEAF, grace=SOON) for _ in range(40)]
    for child in children:
        wait_for_output(child)

    for child in children:
        child.stop(StopReason.SHUTDOWN)

    assert {finish(child).ending.signal for child in children} == {signal.SIGKILL}


def test_a_tree_that_forks_without_end_is_ended(rig_without_groups: Rig) -> None:
    breed = (
        "import os, time\n"
        "if os.fork():\n"
        "  print('begun', flush=True); time.sleep(600)\n"
        "while True:\n"
        "  if os.fork(): time.sleep(0.01); os._exit(0)\n"
        "  os.setsid(); time.sleep(0.02)"
    )
    child = rig_without_groups.begin(*PYTHON, breed, grace=AT_ONCE)
    wait_for_output(child)

    child.stop(StopReason.TIMEOUT)

    assert finish(child).ending.stopped is StopReason.TIMEOUT
