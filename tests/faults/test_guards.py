"""Each test here that breaks things was seen to fail with its guard taken out, and `--full` sees it again.

`SABOTAGE=NAME pytest TEST` does one by hand; the names are the functions of `sabotage`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import sabotage
from tests.faults.report import NOTES, Notes
from tests.faults.server import ROOT

KILLED = "test_killed_server.py::test_a_server_killed_again_and_again_loses_no_slot_and_begins_none_twice"
PAIR = "test_two_servers.py::test_of_two_servers_one_may_be_killed_or_frozen_at_any_time[briefly]"
GONE = "test_gone_worker.py::test_the_runs_of_a_dead_machine_are_taken_over_within_45_seconds"
FROZEN = "test_gone_worker.py::test_a_frozen_worker_that_wakes_cannot_finish_what_was_taken_over"
STEPS = "test_clock_changes.py::test_a_clock_that_steps_by_an_hour_to_and_fro_costs_no_slot_and_no_run"
FULL = "test_disk_full.py::test_a_full_disk_delays_runs_and_loses_none_on_"
HARD = "test_hard_commands.py::test_whatever_a_command_does_its_end_is_recorded_and_nothing_of_it_is_left"
GIGABYTE = "test_hard_commands.py::test_a_gigabyte_of_output_costs_the_server_no_memory_and_no_slot"
AWAY = "test_postgresql_gone.py::test_postgresql_may_be_restarted_and_killed_under_load"
STOP = "test_stopping.py::test_asked_to_stop_it_begins_nothing_more_and_records_how_each_command_ended"
PARENT = (
    "test_stopping.py::test_when_the_parent_is_killed_its_worker_and_all_commands_are_gone_within_two_seconds"
)
OTHERS = "test_stopping.py::test_a_start_touches_nobody_elses_runs"
AGAIN = "test_stopping.py::test_a_restart_ends_the_command_of_a_killed_server_before_it_runs_again"
THREAD = "test_dying_thread.py::test_a_thread_that_dies_takes_its_process_along_and_the_parent_starts_another"
DEAD_MAN = "test_dead_man.py::test_a_server_whose_thread_hangs_pings_nobody_until_it_goes_on"
PINGS = "test_pings.py::test_no_ping_that_was_answered_is_lost_by_a_server_that_is_killed_again_and_again"
GUESSES = "test_pings.py::test_wrong_keys_at_a_thousand_a_second_hurt_no_other_ping"
ORDER = "../alerts/test_every_order.py::test_in_every_order_whoever_is_told_is_told_the_truth[some]"
TOLD = "test_telling.py::test_nothing_is_lost_while_the_server_is_killed_and_the_channel_fails"
ONCE = "test_telling.py::test_two_servers_tell_of_each_failure_once"
HOOK = "test_hooks.py::test_a_receiver_has_each_failure_once_by_its_idempotency_key"
SECOND = "test_start_errors.py::test_a_second_server_on_one_data_folder_or_port_says_who_is_in_its_way"
SETTING = "test_start_errors.py::test_an_unknown_setting_is_named"

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]

GUARDS = [
    # the guard that is out, the test that must fail, and the words in which it does
    ("cursor_moves_alone", f"{KILLED}[sqlite-briefly]", "slots expected|expected \\["),
    ("gate_opens_first", f"{KILLED}[sqlite-briefly]", "times"),
    ("nothing_is_settled", f"{KILLED}[postgresql-briefly]", "stuck"),
    ("slots_unguarded", PAIR, "expected|times"),
    ("no_reconciler", GONE, "attempt 2 of twice begins"),
    ("no_fence", FROZEN, "its commands are ended|finish_refused|settled"),
    ("taken_runs_go_on", FROZEN, "its commands are ended"),
    ("wall_clock_leases", f"{STEPS}[sqlite]", "with the clock at"),
    ("trouble_kills", f"{FULL}sqlite", "felt|anew|ended with|is not None"),
    ("trouble_kills", f"{FULL}postgresql", "felt|anew|ended with|is not None"),
    ("trouble_kills", AWAY, "anew|ended with|begin again"),
    ("no_timeout", f"{HARD}[sqlite]", "all of them have ended"),
    ("no_kill", f"{HARD}[sqlite]", "all of them have ended"),
    ("escapees_live", f"{HARD}[sqlite]", "no escaped process lives"),
    ("output_unbounded", f"{GIGABYTE}[sqlite]", "peak|printed a gigabyte|kept_bytes"),
    ("stops_at_once", f"{STOP}[sqlite]", "assert"),
    ("claims_while_stopping", f"{STOP}[sqlite]", "begun_late|waits"),
    ("orphaned_worker", f"{PARENT}[sqlite]", "all of it is gone"),
    ("exits_before_the_kill", f"{PARENT}[sqlite]", "all of it is gone"),
    ("others_are_settled", OTHERS, "assert"),
    ("survivors_live", f"{AGAIN}[sqlite-at_least_once]", "wrote 'end' after attempt 2"),
    ("threads_die_quietly", f"{THREAD}[sqlite-fire-1.0]", "commands begin again"),
    ("believes_its_threads", f"{DEAD_MAN}[sqlite]", "a ping while a thread hangs"),
    ("home_unlocked", SECOND, "TimeoutExpired"),
    ("pings_answered_first", f"{PINGS}[sqlite-briefly]", "answered pings are lost"),
    ("pings_answered_first", f"{PINGS}[postgresql-briefly]", "answered pings are lost"),
    ("guesses_unlimited", f"{GUESSES}[sqlite]", "refused by the hundred"),
    ("notices_come_later", f"{TOLD}[sqlite-critical-briefly]", "missing"),
    ("messages_unguarded", ONCE, "twice"),
    ("unknown_is_left", f"{TOLD}[sqlite-critical-briefly]", "missing"),
    ("keys_anew", f"{HOOK}[sqlite-critical-briefly]", "under another key"),
    ("told_as_planned", ORDER, "while silenced|while acknowledged|in quiet hours"),
    ("ends_forgotten", ORDER, "of the ended incident"),
    ("ends_overtake", ORDER, "incident .* to "),
    ("ends_unsaid", ORDER, "is over|of the ended incident"),
    ("silences_unheard", ORDER, "while silenced"),
    ("nights_unquiet", ORDER, "in quiet hours"),
    ("acknowledged_in_vain", ORDER, "while acknowledged|step "),
    ("tracebacks", f"{SETTING}[sqlite]", "Traceback"),
]


@pytest.mark.full
@pytest.mark.serial
@pytest.mark.parametrize(("guard", "test", "words"), GUARDS, ids=[f"{g[0]}-{g[1][5:40]}" for g in GUARDS])
def test_without_its_guard_the_test_fails(
    guard: str, test: str, words: str, note: Notes, tmp_path: Path
) -> None:
    done = subprocess.run(
        [*PYTEST, f"--basetemp={tmp_path}/inner", f"tests/faults/{test}"],
        cwd=ROOT,
        env={**os.environ, "SABOTAGE": guard, NOTES: ""},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    said = done.stdout + done.stderr
    if done.returncode == pytest.ExitCode.OK and "1 skipped" in said:
        pytest.skip("the test itself skips here")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, said[-3000:]
    assert re.search(words, said), said[-3000:]
    promise = (sabotage.guard(guard).__doc__ or guard).splitlines()[0]
    note.guard(guard, promise, test)
