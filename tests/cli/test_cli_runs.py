from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from autom8.cli import following
from tests.cli.command import Cli
from tests.cli.contract_server import ContractServer, Json, Problem


@pytest.fixture(autouse=True)
def _quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "POLL_S", 0.01)
    monkeypatch.setattr(following, "POLL_S_MAX", 0.02)


@pytest.fixture
def run(server: ContractServer) -> Json:
    return server.add_run(server.add_task(name="backup"))


def test_runs_are_listed_as_a_table(here: Cli, server: ContractServer, run: Json) -> None:
    server.add_run(
        server.tasks[1],
        state="failed",
        reason="signal",
        signal=9,
        exit_code=None,
        trigger="manual",
        slot_at=None,
        lateness_s=None,
    )
    outcome = here("run", "list")

    heads, first, second = (re.split(r"  +", line.strip()) for line in outcome.out.splitlines())
    at = "2026-03-29 01:45:00 +13:45"
    assert heads == ["RUN", "TASK", "SLOT", "STATE", "STARTED", "TOOK", "LATE", "EXIT"]
    assert first == ["2", "backup", at, "succeeded", at, "1.5s", "12ms", "0"]
    assert second == ["3", "backup", "manual", "failed (signal)", at, "1.5s", "-", "signal 9"]


def test_runs_as_json_are_the_apis_objects(here: Cli, run: Json) -> None:
    assert here("run", "list", "--json", "--limit", "1").json == [run]
    assert here("run", "show", "2", "--json").json == run


def test_the_filters_of_runs_are_the_servers_work(here: Cli, server: ContractServer) -> None:
    here("run", "list", "--task", "backup", "--state", "failed,lost")
    assert server.asked[-1].query == {"task": "backup", "state": "failed,lost", "limit": "50"}
    here("run", "list", "--task", "7")
    assert server.asked[-1].query == {"task_id": "7", "limit": "50"}


def test_more_runs_than_asked_for_are_mentioned(here: Cli, server: ContractServer, run: Json) -> None:
    server.add_run(server.tasks[1])

    assert "there are more than 1" in here("run", "list", "--limit", "1").err


def test_a_run_is_shown_with_its_attempts(here: Cli, server: ContractServer, run: Json) -> None:
    attempt = {
        "attempt": 1,
        "worker": "here",
        "state": "failed",
        "reason": "exit_code",
        "detail": None,
        "started_at": "2026-03-28T12:00:00Z",
        "ended_at": "2026-03-28T12:00:01Z",
        "exit_code": 3,
        "signal": None,
    }
    run |= {
        "attempts": [attempt, attempt | {"attempt": 2, "state": "succeeded", "reason": None, "exit_code": 0}]
    }
    run |= {"parameters": {"A": "1"}, "not_before": "2026-03-28T12:00:01Z", "attempt": 2, "attempts_max": 3}

    out = here("run", "show", "2").out

    assert "task        backup (number 1, revision 1)" in out
    assert "attempt     2 of 3" in out
    assert "memory      3.0 MiB at most" in out
    assert "      1  failed (exit_code)  here    2026-03-29 01:45:00 +13:45  3" in out.replace(
        "     3\n", "  3\n"
    )


def test_a_run_that_never_started_shows_no_figures(here: Cli, run: Json) -> None:
    run |= {"memory_bytes_max": None, "started_at": None, "duration_s": None}

    out = here("run", "show", "2").out

    assert "memory" not in out
    assert "started    -" in out


def test_output_goes_where_the_command_wrote_it(here: Cli, server: ContractServer, run: Json) -> None:
    server.say(run, "one\x1b[1m\n")
    server.say(run, "two\n", stream="stderr")
    server.say(run, "three\n", attempt=2, dropped=1234)

    outcome = here("run", "output", "2")

    assert outcome.code == 0
    assert outcome.out == "one\x1b[1m\nthree\n"
    assert outcome.err == "two\nautom8: attempt 2\nautom8: 1234 bytes were not kept here\n"


def test_on_a_terminal_output_cannot_do_anything_unless_raw(
    here: Cli, server: ContractServer, run: Json, as_terminal: Callable[[], None]
) -> None:
    server.say(run, "one\x1b[1m\n")
    as_terminal()

    assert here("run", "output", "2").out == "one\\x1b[1m\n"
    assert here("run", "output", "2", "--raw").out == "one\x1b[1m\n"


def test_output_until_now_does_not_wait_for_a_run_in_progress(
    here: Cli, server: ContractServer, run: Json
) -> None:
    run |= {"state": "running"}
    for number in range(5):
        server.say(run, f"{number}\n")

    assert here("run", "output", "2").out == "0\n1\n2\n3\n4\n"


def test_following_goes_on_until_the_run_has_ended_and_ends_as_it_does(
    here: Cli, server: ContractServer, run: Json
) -> None:
    run |= {"state": "running"}
    server.say(run, "begun\n")

    def finish() -> None:
        time.sleep(0.1)
        server.say(run, "x" * 200_000 + "\n")
        server.say(run, "ended\n")
        run.update(state="failed", reason="exit_code", exit_code=3, detail="three\nlines")

    thread = threading.Thread(target=finish)
    thread.start()
    outcome = here("run", "output", "2", "--follow")
    thread.join()

    assert outcome.code == 1
    assert outcome.out == "begun\n" + "x" * 200_000 + "\nended\n"
    assert (
        outcome.err == "autom8: run 2 of backup: failed (exit_code), exit code 3, after 1.5s, three\\nlines\n"
    )


def test_following_a_started_task_ends_with_0_when_it_succeeds(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a")

    outcome = here("task", "run", "a", "--follow")

    assert (outcome.code, outcome.out) == (0, "hello\n")
    assert outcome.err == "autom8: run 2 of a: succeeded, after 1.5s\n"


def test_a_run_that_never_began_is_no_success(here: Cli, run: Json) -> None:
    run |= {"state": "skipped", "reason": "overlap", "exit_code": None, "duration_s": None}

    outcome = here("run", "output", "2", "--follow")

    assert (outcome.code, outcome.err) == (1, "autom8: run 2 of backup: skipped (overlap)\n")


def test_a_run_ended_by_a_signal_says_which(run: Json) -> None:
    assert following.describe_end(
        run | {"state": "failed", "reason": "signal", "exit_code": None, "signal": 11}
    ) == ("run 2 of backup: failed (signal), signal 11, after 1.5s")


def test_interrupting_stops_the_following_and_not_the_run(
    here: Cli, server: ContractServer, run: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    run |= {"state": "running"}

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autom8.cli.following.time.sleep", interrupt)
    outcome = here("run", "output", "2", "--follow")

    assert outcome.code == 130
    assert "stopped following; run 2 goes on" in outcome.err
    assert "autom8 run cancel 2" in outcome.err


def test_a_server_that_is_busy_or_restarts_is_waited_for(
    here: Cli, server: ContractServer, run: Json
) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.close()

    server.say(run, "kept\n")
    server.fail(
        Problem(429, "rate_limited", "Too many requests.", headers={"Retry-After": "0"}),
        Problem(503, "unavailable", "Starting."),
        hang_up,
        Problem(503, "unavailable", "Starting."),
    )

    assert here("run", "output", "2", "--follow").out == "kept\n"


def test_a_server_that_stays_away_is_given_up(
    here: Cli, server: ContractServer, run: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE_S", 0.0)
    server.fail(*[Problem(503, "unavailable", "Gone.")] * 6)

    outcome = here("run", "output", "2", "--follow")

    assert (outcome.code, outcome.err) == (3, "autom8: Gone.\n")


def test_cancelling_says_what_happens(here: Cli, run: Json) -> None:
    run |= {"state": "running"}
    assert "run 2 of backup was told to end" in here("run", "cancel", "2").out
    run |= {"state": "queued"}
    assert here("run", "cancel", "2").out == "run 2 of backup is cancelled\n"
    assert here("run", "cancel", "2", "--json").json == run
