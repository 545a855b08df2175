from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autom8.cli import crontab_plan, crontab_tasks
from autom8.scheduler.crontab import Difference, Proof, parse_crontab
from tests.cli.command import Cli
from tests.cli.contract_server import ContractServer, Problem

GOOD = """\
MAILTO=ops@example.org
# Back up the house
0 3 * * * /usr/bin/backup --all
*/5 * * * * date +\\%F%one%two
@reboot echo up
"""
BAD = GOOD + "61 * * * * nonsense\x1b\n"


@pytest.fixture
def crontab(tmp_path: Path) -> str:
    path = tmp_path / "crontab"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    path = tmp_path / "bad"
    path.write_text(BAD, encoding="utf-8")
    return str(path)


def test_each_line_becomes_a_task_with_all_that_cron_gives_it(
    here: Cli, server: ContractServer, crontab: str
) -> None:
    outcome = here("import", "crontab", crontab, "--tz", "Europe/Berlin")

    assert outcome.code == 0, outcome.err
    sent = server.asked[-1].body
    assert (sent["plan"], sent["paused"]) == (False, False)
    backup, date, up = sent["tasks"]
    assert backup["name"] == backup["description"] == "Back up the house"
    assert backup["schedule"] == {"kind": "cron", "cron": "0 3 * * *"}
    assert (backup["zone"], backup["command"], backup["shell"]) == (
        "Europe/Berlin",
        ["/usr/bin/backup --all"],
        "/bin/sh",
    )
    assert backup["env"]["MAILTO"] == "ops@example.org"
    assert backup["notes"] == ["MAILTO=ops@example.org kept; no mail goes out yet"]
    assert backup["user"] == getpass.getuser()
    assert backup["source"] == {
        "path": crontab,
        "user": getpass.getuser(),
        "line": "0 3 * * * /usr/bin/backup --all",
        "ordinal": 1,
        "text": "0 3 * * * /usr/bin/backup --all",
    }
    assert (date["command"], date["stdin"]) == (["date +%F"], "one\ntwo\n")
    assert up["schedule"] == {"kind": "boot"}


def test_what_cron_does_not_limit_is_limited_loosely_and_as_asked(
    here: Cli, server: ContractServer, crontab: str
) -> None:
    here("import", "crontab", crontab, "--plan")
    assert server.asked[-1].body["tasks"][0]["timeout_s"] == 86_400
    assert server.asked[-1].body["tasks"][0]["concurrency"] == "forbid"

    here("import", "crontab", crontab, "--plan", "--timeout", "2h", "--concurrency", "allow")
    assert server.asked[-1].body["tasks"][0]["timeout_s"] == 7_200
    assert server.asked[-1].body["tasks"][0]["concurrency_max"] == 0


def test_the_end_says_that_cron_still_runs_the_lines(here: Cli, crontab: str) -> None:
    outcome = here("import", "crontab", crontab)

    assert outcome.out.splitlines() == [
        "line 3: Back up the house: new",
        "line 4: date: new",
        "line 5: echo up: new",
        "imported 3 lines; 0 were there already",
        "cron still runs these lines too, so each command now runs twice. To stop cron from it,",
        f"put a # before them where cron reads them: in {crontab}, or with crontab -e",
    ]


def test_importing_twice_changes_nothing_and_says_so(here: Cli, server: ContractServer, crontab: str) -> None:
    here("import", "crontab", crontab)
    outcome = here("import", "crontab", crontab)

    assert outcome.code == 0
    assert len(server.tasks) == 3
    assert outcome.out.splitlines()[-1] == "nothing was changed: all lines are imported already"
    assert "cron still runs" not in outcome.out


def test_a_name_that_is_taken_is_shown_as_the_server_changed_it(
    here: Cli, server: ContractServer, crontab: str
) -> None:
    server.add_task(name="date")

    assert "line 4: date (2): new" in here("import", "crontab", crontab).out


def test_an_import_as_json_is_the_servers_answer(here: Cli, crontab: str) -> None:
    outcome = here("import", "crontab", crontab, "--json")

    assert [item["fate"] for item in outcome.json] == ["create"] * 3
    assert "cron still runs these lines too" in outcome.err


def test_what_the_server_cannot_take_is_named_by_its_line(
    here: Cli, server: ContractServer, crontab: str
) -> None:
    fields = {"tasks.1.env.AUTOM8_X": "is set by Autom8", "tasks": "too odd"}
    server.fail(Problem(400, "invalid", "No.", fields))

    outcome = here("import", "crontab", crontab)

    assert outcome.code == 8
    assert outcome.err == (
        "autom8: the server can't take these lines: line 4: env.AUTOM8_X: is set by Autom8; tasks: too odd\n"
    )


def test_a_refusal_that_is_about_no_line_is_passed_on(
    here: Cli, server: ContractServer, crontab: str
) -> None:
    server.fail(Problem(400, "invalid", "Too many tasks."))

    assert here("import", "crontab", crontab).err == "autom8: Too many tasks.\n"


def test_imported_tasks_may_be_paused(here: Cli, server: ContractServer, crontab: str) -> None:
    here("import", "crontab", crontab, "--paused")

    assert {task["state"] for task in server.tasks.values()} == {"paused"}


def test_a_line_that_cannot_be_taken_is_named_and_nothing_is_written(
    here: Cli, server: ContractServer, bad: str
) -> None:
    outcome = here("import", "crontab", bad)

    assert outcome.code == 8
    assert f"{bad}:6: minute: '61' is not in 0-59" in outcome.err
    assert "\x1b" not in outcome.err
    assert "nothing was imported" in outcome.err
    assert server.asked == []


def test_bad_lines_are_left_out_when_that_is_asked_for(here: Cli, server: ContractServer, bad: str) -> None:
    outcome = here("import", "crontab", bad, "--skip-bad")

    assert outcome.code == 0
    assert f"{bad}:6:" in outcome.err
    assert len(server.tasks) == 3
    assert "cron ignores the file as it stands; mended, it would run these lines too" in outcome.out


def test_a_plan_shows_each_line_with_its_proof_and_writes_nothing(
    here: Cli, server: ContractServer, crontab: str
) -> None:
    server.add_task(name="date")
    outcome = here("import", "crontab", crontab, "--plan", "--tz", "UTC")

    assert outcome.code == 0
    assert len(server.tasks) == 1
    backup, date, up, *end = outcome.out.split("\n\n")
    assert backup.splitlines()[:6] == [
        "line 3: Back up the house (new)",
        "  schedule  0 3 * * * (UTC)",
        "  command   /usr/bin/backup --all",
        f"  user      {getpass.getuser()}",
        "  note      MAILTO=ops@example.org kept; no mail goes out yet",
        "  proof     the next 100 times are those of cron's own reading",
    ]
    assert backup.count("  next      ") == 3
    assert "03:00:00 +00:00" in backup
    assert date.startswith("line 4: date (2) (new)")
    assert "there are no times to compare" in up
    assert "".join(end).splitlines() == [
        f"3 lines of {crontab}; 3 with the times of cron's own reading",
        "nothing was written: this was a plan",
    ]


def test_a_plan_needs_no_server(cli: Cli, crontab: str) -> None:
    outcome = cli("import", "crontab", crontab, "--plan")

    assert outcome.code == 0
    assert "no server is running, so it is not known" in outcome.err
    assert "line 3: Back up the house (new, unless imported already)" in outcome.out


def test_a_plan_of_a_bad_crontab_shows_the_good_lines_and_fails(here: Cli, bad: str) -> None:
    outcome = here("import", "crontab", bad, "--plan")

    assert outcome.code == 8
    assert "line 3: Back up the house" in outcome.out


def test_a_plan_as_json_has_fate_task_times_and_proof(here: Cli, crontab: str) -> None:
    here("import", "crontab", crontab)
    first = here("import", "crontab", crontab, "--plan", "--json").json[0]

    assert (first["line_number"], first["fate"], first["task_id"]) == (3, "unchanged", 1)
    assert first["task"]["name"] == "Back up the house"
    assert first["proof"] == {"count": 100, "matches": True, "first_difference": None}
    assert len(first["next"]) == 3


def test_a_difference_from_cron_is_shown_in_full(
    here: Cli, crontab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    difference = Difference(number=2, planned=at + timedelta(hours=1), by_cron=None)

    def differing(*_: object, **__: object) -> Proof:
        fires = (at, at + timedelta(hours=1))
        return Proof(fires=fires, matches=False, first_difference=difference, through=at)

    monkeypatch.setattr(crontab_plan, "proof", differing)

    assert (
        "DIFFERS from cron's own reading: 1 of 2 times are the same,"
        " then 2026-07-01T01:00:00Z here and none there"
    ) in here("import", "crontab", crontab, "--plan").out
    assert here("import", "crontab", crontab, "--plan", "--json").json[0]["proof"]["first_difference"] == {
        "number": 2,
        "planned": "2026-07-01T01:00:00Z",
        "by_cron": None,
    }


def test_a_crontab_may_come_by_stdin(here: Cli, server: ContractServer) -> None:
    outcome = here("import", "crontab", "-", "--user", "www-data", stdin=GOOD)

    assert server.tasks[1]["source"]["path"] == "-"
    assert server.tasks[1]["user"] == "www-data"
    assert outcome.out.splitlines()[-1] == "put a # before them with: crontab -u www-data -e"


def test_the_lines_of_a_system_crontab_name_their_user(here: Cli, server: ContractServer) -> None:
    here("import", "crontab", "-", "--system", stdin="5 4 * * * backup /usr/bin/backup\n")

    assert server.tasks[1]["user"] == "backup"
    assert server.tasks[1]["source"]["user"] == "backup"


def test_a_crontab_without_lines_is_no_mistake(here: Cli) -> None:
    outcome = here("import", "crontab", "-", stdin="# nothing\n")

    assert (outcome.code, outcome.out) == (0, "nothing was changed: there are no lines to import\n")


def test_a_file_in_a_system_folder_is_known_by_its_place(
    here: Cli, server: ContractServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crontab_tasks, "SYSTEM_FOLDER", tmp_path)
    monkeypatch.setattr(crontab_plan, "SYSTEM_FOLDER", tmp_path)
    (tmp_path / "popularity").write_text("5 4 * * * nobody /bin/true\n", encoding="utf-8")

    outcome = here("import", "crontab", str(tmp_path / "popularity"))

    assert server.tasks[1]["user"] == "nobody"
    assert "is read as a system crontab" in outcome.err
    assert f"mv {tmp_path}/popularity {tmp_path}/popularity.imported" in outcome.out


def test_a_file_in_the_spool_belongs_to_whom_it_is_named_after(
    here: Cli, server: ContractServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crontab_tasks, "SPOOL", tmp_path)
    monkeypatch.setattr(crontab_plan, "SPOOL", tmp_path)
    (tmp_path / "grace").write_text("5 4 * * * /bin/true\n", encoding="utf-8")

    outcome = here("import", "crontab", str(tmp_path / "grace"))

    assert server.tasks[1]["user"] == "grace"
    assert "crontab -u grace -e" in outcome.out


@pytest.mark.parametrize(
    ("path", "user", "how"),
    [
        ("-", None, "put a # before them with: crontab -e"),
        ("/etc/crontab", None, "put a # before them in /etc/crontab"),
    ],
)
def test_how_to_stop_cron_depends_on_where_it_reads(path: str, user: str | None, how: str) -> None:
    crontab = parse_crontab("5 4 * * * x\n", path=path, system=False, user=None)

    assert crontab_plan.how_to_stop_cron(crontab, user)[-1] == how


def test_a_file_that_is_not_there_is_named(here: Cli) -> None:
    outcome = here("import", "crontab", "/no/such/crontab")

    assert (outcome.code, outcome.err) == (
        8,
        "autom8: /no/such/crontab can't be read: No such file or directory\n",
    )


def test_an_unknown_zone_is_refused(here: Cli, crontab: str) -> None:
    assert here("import", "crontab", crontab, "--tz", "Mars/Base").code == 8


def test_the_zone_is_that_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zones = tmp_path / "zoneinfo" / "Europe"
    zones.mkdir(parents=True)
    (zones / "Berlin").touch()
    (tmp_path / "localtime").symlink_to(zones / "Berlin")
    (tmp_path / "timezone").write_text("Asia/Tokyo\n", encoding="ascii")

    monkeypatch.setattr(crontab_tasks, "LOCALTIME", tmp_path / "localtime")
    monkeypatch.setattr(crontab_tasks, "TIMEZONE", tmp_path / "timezone")
    assert crontab_tasks.machine_zone({"TZ": "UTC"}) == "Europe/Berlin"
    monkeypatch.setattr(crontab_tasks, "LOCALTIME", tmp_path / "none")
    assert crontab_tasks.machine_zone({"TZ": "UTC"}) == "Asia/Tokyo"
    monkeypatch.setattr(crontab_tasks, "TIMEZONE", tmp_path / "none")
    assert crontab_tasks.machine_zone({"TZ": ":America/Lima"}) == "America/Lima"


def test_a_machine_without_a_named_zone_is_taken_to_be_in_utc_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "localtime").touch()
    monkeypatch.setattr(crontab_tasks, "LOCALTIME", tmp_path / "localtime")
    monkeypatch.setattr(crontab_tasks, "TIMEZONE", tmp_path / "none")

    assert crontab_tasks.machine_zone({}) == "UTC"
    assert "has no name; taken as UTC" in capsys.readouterr().err
