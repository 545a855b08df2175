"""The README's first minute, by the real command against the real server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.command import Cli, Outcome

START_S = 60
PASSWORD = "correct horse battery staple"
CRONTAB = """\
MAILTO=ops@example.org
# Back up the house
0 3 * * * /bin/echo backup
*/5 * * * * /bin/echo "%F"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("end-to-end") / "data"


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    """A real server on a free port, with an empty data folder but for one administrator."""
    command = [sys.executable, "-m", "autom8.cli.main"]
    adding = ["user", "add", "root", "--role", "admin", "--password-stdin", "--data", str(home)]
    subprocess.run([*command, *adding], input=PASSWORD, text=True, check=True, timeout=START_S)
    log = home.with_name("log")
    with (
        log.open("w") as stderr,
        subprocess.Popen([*command, "up", "--port", "0", "--data", str(home)], stderr=stderr) as process,
    ):
        try:
            yield _ready(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=START_S)
            sys.stderr.write(log.read_text(encoding="utf-8"))  # shown when a test failed
        assert status == 0


def _ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that the server says it is ready at."""
    end = time.monotonic() + START_S
    while True:
        said = log.read_text(encoding="utf-8")
        if found := re.search(r"Autom8 is ready at (\S+)", said):
            return found[1]
        assert process.poll() is None, said
        assert time.monotonic() < end, said
        time.sleep(0.05)


@pytest.fixture
def at_home(url: str, home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command on the server's machine, where nothing needs to be said."""
    monkeypatch.setenv("AUTOM8_HOME", str(home))
    return cli


def until(ask: Callable[[], Outcome], seen: Callable[[Outcome], bool]) -> Outcome:
    """Ask until it is seen."""
    end = time.monotonic() + START_S
    while not seen(outcome := ask()):
        assert time.monotonic() < end, outcome
        time.sleep(0.1)
    return outcome


def test_a_first_task_runs_on_time_and_can_be_followed(at_home: Cli) -> None:
    added = at_home("task", "add", "hello", "--every", "2s", "--", "/bin/echo", "hello world")
    assert added.code == 0, added.err
    assert re.match(r"added task hello \(number \d+\); next run \d{4}-", added.out)

    def succeeded() -> Outcome:
        return at_home("run", "list", "--task", "hello", "--state", "succeeded", "--json")

    run = until(succeeded, lambda outcome: len(outcome.json) >= 2).json[-1]

    assert run["trigger"] == "schedule"
    assert run["exit_code"] == 0
    assert at_home("run", "output", str(run["id"])).out == "hello world\n"
    shown = at_home("run", "show", str(run["id"]))
    assert "state      succeeded" in re.sub(r" {2,}", lambda gap: " " * max(2, len(gap[0])), shown.out)
    assert "hello" in at_home("task", "list").out
    assert "every 2s" in at_home("task", "show", "hello").out
    assert at_home("task", "remove", "hello").code == 0
    assert at_home("task", "show", "hello").code == 6
    assert at_home("run", "show", str(run["id"])).code == 0  # the history stays


def test_live_output_of_a_run_ends_as_the_run_does(at_home: Cli) -> None:
    script = 'echo begun; sleep 0.5; echo "$AUTOM8_TASK $AUTOM8_PARAM_WHO"; echo odd >&2; exit 3'
    at_home("task", "add", "odd", "--shell", "--", script)

    followed = at_home("task", "run", "odd", "--follow", "--param", "who=ada")

    assert followed.code == 1
    assert followed.out == "begun\nodd ada\n"
    assert re.fullmatch(
        r"odd\nautom8: run \d+ of odd: failed \(exit_code\), exit code 3, after \S+\n", followed.err
    )


def test_a_run_is_cancelled(at_home: Cli) -> None:
    at_home("task", "add", "long", "--", "/bin/sleep", "60")
    number = str(at_home("task", "run", "long", "--json").json["id"])
    until(
        lambda: at_home("run", "show", number, "--json"), lambda outcome: outcome.json["state"] == "running"
    )

    assert "was told to end" in at_home("run", "cancel", number).out
    followed = at_home("run", "output", number, "--follow")
    assert followed.code == 1
    assert "cancelled (by_person)" in followed.err
    assert at_home("run", "cancel", number).code in {0, 7}


def test_a_task_is_paused_edited_and_resumed(at_home: Cli) -> None:
    at_home("task", "add", "nightly", "--cron", "0 3 * * *", "--tz", "Europe/Berlin", "--", "/bin/true")

    assert at_home("task", "pause", "nightly", "--reason", "disk full").code == 0
    paused = at_home("task", "show", "nightly", "--json").json
    assert (paused["state"], paused["paused_reason"]) == ("paused", "disk full")
    edited = at_home("task", "edit", "nightly", "--every", "1h", "--env", "A=1", "--timeout", "5m", "--json")
    assert edited.code == 0, edited.err
    assert edited.json["schedule"]["every_s"] == 3600
    assert edited.json["env"] == {"A": "1"}
    assert at_home("task", "resume", "nightly", "--json").json["next_run"] is not None


def test_bad_input_is_named_with_every_wrong_field(at_home: Cli) -> None:
    bad = at_home(
        "task", "add", "bad", "--cron", "61 * * * *", "--tz", "Mars/Base", "--timeout", "0", "--", "x"
    )

    assert bad.code == 8
    assert bad.err.count("\n") == 1
    for field in ("schedule.cron: ", "zone: ", "timeout_s: "):
        assert field in bad.err
    assert at_home("task", "add", "123", "--", "x").code == 8
    assert at_home("task", "show", "bad").code == 6


def test_a_crontab_is_planned_imported_and_imported_again(at_home: Cli, tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text(CRONTAB, encoding="utf-8")
    words = ["import", "crontab", str(tmp_path / "crontab")]

    plan = at_home(*words, "--plan")
    assert plan.code == 0, plan.err
    assert plan.out.count("the next 100 times are those of cron's own reading") == 2
    assert at_home("task", "show", "Back up the house").code == 6
    first = at_home(*words, "--paused")
    assert first.code == 0, first.err
    assert "imported 2 lines; 0 were there already" in first.out
    assert "cron still runs these lines too" in first.out
    again = at_home(*words)
    assert again.out.splitlines()[-1] == "nothing was changed: all lines are imported already"
    task = at_home("task", "show", "Back up the house", "--json").json
    assert (task["state"], task["env"]["MAILTO"]) == ("paused", "ops@example.org")


def test_somebody_logs_in_from_elsewhere_and_may_do_what_their_role_may(
    url: str, at_home: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = at_home("user", "add", "vera", "--role", "viewer", "--password-stdin", stdin=PASSWORD + "!")
    assert added.code == 0, added.err

    monkeypatch.setenv("AUTOM8_HOME", str(tmp_path / "elsewhere"))
    assert at_home("task", "list").code == 3
    assert at_home("login", url, "--name", "vera", "--password-stdin", stdin="wrong").code == 4
    assert at_home("login", url, "--name", "vera", "--password-stdin", stdin=PASSWORD + "!").code == 0
    assert at_home("task", "list").code == 0
    assert at_home("task", "add", "mine", "--", "/bin/true").code == 5
    assert at_home("user", "list").code == 5
    assert at_home("logout").code == 0
    assert at_home("task", "list").code == 3


def test_a_disabled_user_is_out_at_once(
    url: str, home: Path, at_home: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home("user", "add", "otto", "--role", "operator", "--password-stdin", stdin=PASSWORD + "!")
    at_home("login", url, "--name", "otto", "--password-stdin", stdin=PASSWORD + "!")
    assert at_home("task", "list").code == 0

    assert at_home("user", "disable", "otto", "--data", str(home)).out == "user otto is disabled\n"

    monkeypatch.setenv("AUTOM8_HOME", str(tmp_path / "elsewhere"))
    until(lambda: at_home("task", "list"), lambda outcome: outcome.code == 4)
    at_home("logout")


def test_the_audit_trail_tells_who_did_it(at_home: Cli) -> None:
    at_home("task", "add", "traced", "--", "/bin/true")
    entries = at_home("audit", "list", "--action", "task.added", "--json").json

    assert entries[0]["details"]["name"] == "traced"
    assert entries[0]["actor"]["kind"] == "local"
    assert "task.added" in at_home("audit", "list", "--limit", "3").out


def test_a_second_server_on_the_same_data_folder_is_refused(url: str, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autom8.cli.main", "up", "--port", "0", "--data", str(home)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=False,
        timeout=START_S,
    )

    assert done.returncode == 10
    assert done.stderr.count("\n") == 1
