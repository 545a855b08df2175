from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Cli
from tests.cli.contract_server import ContractServer, Json, Problem


def sent(server: ContractServer, method: str) -> Json:
    """The body of the last request of this method."""
    body: Json = next(asked.body for asked in reversed(server.asked) if asked.method == method)
    return body


def test_a_task_is_added_with_what_was_given_and_nothing_else(here: Cli, server: ContractServer) -> None:
    outcome = here("task", "add", "backup", "--every", "2s", "--", "/usr/bin/backup", "--all", "/srv")

    assert outcome.code == 0
    assert outcome.out == "added task backup (number 1); it runs when it is told to\n"
    assert server.asked[-1].headers["Authorization"] == "Bearer the-token"
    assert sent(server, "POST") == {
        "name": "backup",
        "env": {},
        "schedule": {"kind": "interval", "every_s": 2},
        "command": ["/usr/bin/backup", "--all", "/srv"],
        "shell": None,
    }


def test_every_option_reaches_the_field_that_it_is_about(here: Cli, server: ContractServer) -> None:
    line = (
        "task add a --cron @daily --tz Europe/Berlin --timeout 1h30m --grace 0.5s --cwd /srv --env A=1"
        " --env B=x=y --stdin text --user nobody --shell --delivery at-least-once --concurrency allow:3"
        " --catch-up none --lateness-max 2h --gap skip --overlap both --retries 3 --retry-first 10s"
        " --retry-longest 5m --description why --output-max 64K --"
    )
    here(*line.split(), "a | b")

    assert sent(server, "POST") == {
        "name": "a",
        "schedule": {"kind": "cron", "cron": "@daily"},
        "zone": "Europe/Berlin",
        "timeout_s": 5400,
        "grace_s": 0.5,
        "cwd": "/srv",
        "env": {"A": "1", "B": "x=y"},
        "stdin": "text",
        "user": "nobody",
        "shell": "/bin/sh",
        "command": ["a | b"],
        "delivery": "at_least_once",
        "concurrency": "allow",
        "concurrency_max": 3,
        "catch_up": "none",
        "lateness_max_s": 7200,
        "gap": "skip",
        "overlap": "both",
        "retries_max": 3,
        "retry_first_s": 10,
        "retry_longest_s": 300,
        "description": "why",
        "output_bytes_max": 65536,
    }


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (["--boot"], "schedule", {"kind": "boot"}),
        (["--manual"], "schedule", {"kind": "manual"}),
        (["--at", "2026-12-24T18:00:00+01:00"], "schedule", {"kind": "once", "at": "2026-12-24T17:00:00Z"}),
        (
            ["--at", "2026-12-24 18:00", "--tz", "Europe/Berlin"],
            "schedule",
            {"kind": "once", "at": "2026-12-24T17:00:00Z"},
        ),
        (["--concurrency", "allow"], "concurrency_max", 0),
        (["--concurrency", "replace"], "concurrency", "replace"),
        (["--shell-path", "/bin/bash"], "shell", "/bin/bash"),
        (["--output-max", "500"], "output_bytes_max", 500),
        (["--cwd", ""], "cwd", None),
        (["--tag", "db", "--tag", "nightly"], "tags", ["db", "nightly"]),
        (["--tag", ""], "tags", []),
    ],
)
def test_a_value_is_sent_as_the_api_takes_it(
    here: Cli, server: ContractServer, words: list[str], field: str, value: Any
) -> None:
    here("task", "add", "a", *words, "--", "true")

    assert sent(server, "POST")[field] == value


def test_input_may_come_from_a_file_or_from_stdin(here: Cli, server: ContractServer, tmp_path: Path) -> None:
    (tmp_path / "input").write_text("from a file", encoding="utf-8")

    here("task", "add", "a", "--stdin", f"@{tmp_path / 'input'}", "--", "cat")
    assert sent(server, "POST")["stdin"] == "from a file"
    here("task", "add", "b", "--stdin", "@-", "--", "cat", stdin="from stdin")
    assert sent(server, "POST")["stdin"] == "from stdin"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no command is given; write it after --: autom8 task add a … -- COMMAND"),
        (["--"], "no command stands after --"),
        (["--shell"], "--shell needs a line to read"),
        (["--shell", "--", "a", "b"], "with --shell the command is one line"),
        (["--stdin", "@/no/such/file", "--", "a"], "--stdin: /no/such/file: No such file or directory"),
        (["--at", "noon", "--", "a"], "'noon' is no instant"),
        (["--at", "2026-01-01 10:00", "--tz", "Mars/Base", "--", "a"], "there is no time zone 'Mars/Base'"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_asked(
    here: Cli, server: ContractServer, words: list[str], said: str
) -> None:
    outcome = here("task", "add", "a", *words)

    assert outcome.code == 8
    assert said in outcome.err
    assert server.asked == []


def test_input_that_is_no_text_is_refused(here: Cli, tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"\xff")

    assert (
        "is not UTF-8 text" in here("task", "add", "a", "--stdin", f"@{tmp_path / 'input'}", "--", "cat").err
    )


def test_a_command_without_its_dashes_is_told_where_it_belongs(here: Cli) -> None:
    outcome = here("task", "add", "a", "/bin/true")

    assert outcome.code == 2
    assert "'/bin/true' can't be understood here; a task's command stands after --" in outcome.err


def test_a_taken_name_is_a_conflict(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a")

    outcome = here("task", "add", "a", "--", "true")

    assert outcome.code == 7
    assert outcome.err == "autom8: A task has this name already.\n"


def test_every_wrong_field_of_an_answer_is_shown(here: Cli, server: ContractServer) -> None:
    server.fail(
        Problem(400, "invalid", "That can't be meant.", {"schedule.cron": "no such day", "zone": "unknown"})
    )

    outcome = here("task", "add", "a", "--", "true")

    assert outcome.code == 8
    assert outcome.err == "autom8: That can't be meant: schedule.cron: no such day; zone: unknown\n"


def test_tasks_are_listed_as_a_table(here: Cli, server: ContractServer) -> None:
    last = {"id": 9, "state": "failed", "reason": "exit_code", "started_at": None, "ended_at": None}
    server.add_task(
        name="backup\x1b[2J",
        next_run="2026-07-01T12:00:00Z",
        last_run=last,
        command=["/bin/sh", "-c", "a b"],
        schedule={"kind": "cron", "cron": "@daily"},
    )
    outcome = here("task", "list")

    heads, cells = (re.split(r"  +", line.strip()) for line in outcome.out.splitlines())
    assert heads == ["NUMBER", "NAME", "STATE", "SCHEDULE", "NEXT RUN", "LAST RUN", "COMMAND"]
    assert cells == [
        "1",
        r"backup\x1b[2J",
        "active",
        "@daily (UTC)",
        "2026-07-02 00:45:00 +12:45",
        "failed (exit_code)",
        "/bin/sh -c 'a b'",
    ]


def test_json_is_the_array_of_the_apis_objects_over_all_pages(here: Cli, server: ContractServer) -> None:
    server.page_size = 2
    tasks = [server.add_task() for _ in range(5)]

    assert here("task", "list", "--json").json == tasks
    outcome = here("task", "list", "--json", "--limit", "3")
    assert outcome.json == tasks[:3]
    assert outcome.err == "autom8: there are more than 3; ask for more with --limit\n"


def test_filters_are_the_servers_work(here: Cli, server: ContractServer) -> None:
    here("task", "list", "--state", "paused", "--match", "back up", "--tag", "db")

    assert server.asked[-1].query == {"state": "paused", "tag": "db", "q": "back up", "limit": "200"}


def test_a_task_is_shown_by_name_or_number_with_its_last_runs(here: Cli, server: ContractServer) -> None:
    task = server.add_task(
        name="backup",
        concurrency="allow",
        concurrency_max=3,
        env={"A": "1"},
        cwd="/srv",
        source={
            "path": "/etc/crontab",
            "user": "root",
            "line": "* * * * * x",
            "ordinal": 1,
            "text": "*  * * * * x",
        },
        notes=["MAILTO is kept"],
    )
    server.add_run(
        task,
        state="skipped",
        reason="paused",
        slot_count=3,
        slot_through="2026-03-28T14:00:00Z",
        duration_s=None,
    )

    by_name, by_number = here("task", "show", "backup"), here("task", "show", "1")

    assert by_name.out == by_number.out
    for shown in (
        "concurrency    allow, up to 3",
        "environment    A=1",
        "folder         /srv",
        "tags           db, nightly",
        "notes          MAILTO is kept",
        "from           /etc/crontab: *  * * * * x",
        "timeout        1h, then 10s from TERM to KILL",
        "2026-03-29 01:45:00 +13:45 … 3 slots to 2026-03-29 03:45:00 +13:45  skipped (paused)",
    ):
        assert shown in by_name.out
    assert here("task", "show", "backup", "--json").json == task


def test_a_task_that_is_not_there_is_said_to_be_so(here: Cli) -> None:
    by_name, by_number = here("task", "show", "backup"), here("task", "show", "7")

    assert (by_name.code, by_number.code) == (6, 6)
    assert by_name.err == "autom8: no task is named backup; `autom8 task list` shows those there are\n"


def test_an_edit_sends_only_what_is_given_and_the_version_it_is_about(
    here: Cli, server: ContractServer
) -> None:
    server.add_task(name="a", revision=4, env={"KEEP": "1", "DROP": "2"})

    outcome = here(
        "task", "edit", "a", "--env", "NEW=3", "--unset-env", "DROP", "--name", "b", "--timeout", "5m"
    )

    assert outcome.out == "changed task b; it runs when it is told to\n"
    assert server.asked[-1].headers["If-Match"] == '"4"'
    assert sent(server, "PATCH") == {"env": {"KEEP": "1", "NEW": "3"}, "name": "b", "timeout_s": 300}


def test_a_new_time_without_an_offset_is_one_in_the_tasks_zone(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a", zone="Asia/Tokyo")

    here("task", "edit", "a", "--at", "2026-12-24 18:00")

    assert sent(server, "PATCH")["schedule"] == {"kind": "once", "at": "2026-12-24T09:00:00Z"}


def test_a_new_command_takes_the_old_ones_shell_away(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a", command=["a | b"], shell="/bin/sh")  # noqa: S604 - a field of the API

    here("task", "edit", "a", "--", "ls", "-l")

    assert sent(server, "PATCH") == {"command": ["ls", "-l"], "shell": None}


def test_an_edit_of_nothing_is_refused(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a")

    outcome = here("task", "edit", "a")

    assert outcome.code == 8
    assert "nothing to change is given" in outcome.err


def test_an_edit_that_came_too_late_is_told_so(
    here: Cli, server: ContractServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add_task(name="a")
    client_read = server.answer

    def meanwhile(*args: Any) -> Any:
        answer = client_read(*args)
        if server.asked[-1].path == "/tasks/1":
            server.tasks[1]["revision"] = 7
        return answer

    monkeypatch.setattr(server, "answer", meanwhile)
    outcome = here("task", "edit", "a", "--timeout", "5m")

    assert outcome.code == 7
    assert outcome.err == "autom8: Somebody changed it meanwhile; read it again.\n"


def test_pausing_resuming_and_removing(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a", next_run="2026-07-01T12:00:00Z")

    assert here("task", "pause", "a", "--reason", "disk full").out == (
        "paused task a; its slots are skipped until `task resume`\n"
    )
    assert server.tasks[1]["paused_reason"] == "disk full"
    assert here("task", "edit", "a", "--timeout", "5").out == "changed task a; it is paused\n"
    assert here("task", "resume", "a").out == "resumed task a; next run 2026-07-02 00:45:00 +12:45\n"
    assert here("task", "pause", "1", "--json").json["state"] == "paused"
    assert here("task", "remove", "a").out == "removed task a; its history stays\n"
    assert server.tasks == {}


def test_a_task_that_ran_its_only_time_has_nothing_planned(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a", schedule={"kind": "once", "at": "2026-01-01T00:00:00Z"})

    assert here("task", "resume", "a").out == "resumed task a; no further run is planned\n"


def test_a_run_is_started_with_its_parameters(here: Cli, server: ContractServer) -> None:
    server.add_task(name="a")

    outcome = here("task", "run", "a", "--param", "TABLE=users", "--param", "EMPTY=")

    assert outcome.out == "run 2 of a is succeeded; see `autom8 run output 2 --follow`\n"
    assert server.runs[2]["parameters"] == {"TABLE": "users", "EMPTY": ""}
