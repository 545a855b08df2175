"""One crontab in, entries and faults out: each rule of Debian's cron on a line of its own."""

from __future__ import annotations

import pytest

from autom8.scheduler.crontab import Crontab, Entry, parse_crontab
from autom8.scheduler.schedules import BootTime, Cron


def read(text: bytes | str, *, system: bool = False, user: str | None = "alice") -> Crontab:
    return parse_crontab(text, path="/etc/x", system=system, user=user, zone="Europe/Berlin")


def read_one(text: bytes | str, *, system: bool = False) -> Entry:
    crontab = read(text, system=system)
    assert not crontab.faults
    (entry,) = crontab.entries
    return entry


def test_a_line_of_a_user_becomes_an_entry_with_all_that_cron_gives_it() -> None:
    entry = read_one("*/5\t*  * * *   echo  hi  \n")

    assert entry.schedule == Cron(expression="*/5 * * * *")
    assert (entry.zone, entry.command, entry.shell) == ("Europe/Berlin", "echo  hi  ", "/bin/sh")
    assert entry.env == {"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "LOGNAME": "alice"}
    assert (entry.user, entry.stdin, entry.cwd, entry.line_number) == ("alice", None, None, 1)
    assert entry.notes == ()


def test_a_system_line_names_its_user() -> None:
    entry = read_one("17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly\n", system=True)

    assert (entry.user, entry.env["LOGNAME"]) == ("root", "root")
    assert entry.command == "cd / && run-parts --report /etc/cron.hourly"


def test_a_crontab_of_nobody_known_leaves_the_user_open() -> None:
    (entry,) = read("@daily true\n", user=None).entries

    assert entry.user is None
    assert "LOGNAME" not in entry.env


@pytest.mark.parametrize(
    "macro", ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]
)
def test_a_macro_is_a_schedule(macro: str) -> None:
    assert read_one(f"{macro} true\n").schedule == Cron(expression=macro)


def test_reboot_is_the_start_of_the_machine() -> None:
    assert read_one("@reboot root true\n", system=True).schedule == BootTime()


def test_settings_hold_for_the_lines_below_them() -> None:
    crontab = read("@daily one\nA=1\n@daily two\nA=2\nHOME=/srv\nSHELL=/bin/bash\n@daily three\n")
    one, two, three = crontab.entries

    assert "A" not in one.env
    assert (two.env["A"], three.env["A"]) == ("1", "2")
    assert (three.cwd, three.shell, three.env["SHELL"]) == ("/srv", "/bin/bash", "/bin/bash")
    assert crontab.settings == 4


def test_the_account_decides_logname() -> None:
    entry = read_one("LOGNAME=mallory\n@daily root true\n", system=True)

    assert entry.env["LOGNAME"] == "root"
    assert "LOGNAME is the account's, whatever the crontab says" in entry.notes


def test_a_home_that_is_no_absolute_path_is_no_working_folder() -> None:
    entry = read_one("HOME=here\n@daily true\n")

    assert (entry.cwd, entry.env["HOME"]) == (None, "here")


def test_a_line_below_a_shell_that_cron_cannot_start_is_named() -> None:
    (fault,) = read("SHELL=bash\n@daily true\n").faults

    assert "SHELL=bash above is no absolute path" in fault.reason
    assert not fault.stops_cron


def test_comments_and_blank_lines_are_nothing_and_a_comment_behind_a_command_is_part_of_it() -> None:
    assert read_one("\n  # note\n\t \n@daily true # not a comment\n").command == "true # not a comment"


@pytest.mark.parametrize(
    ("setting", "note"),
    [
        ("MAILTO=ops@example.org", "MAILTO=ops@example.org kept; no mail goes out yet"),
        ('MAILTO=""', "MAILTO is empty: no mail is wanted"),
        ("SHELL=/bin/bash", "runs in /bin/bash, as SHELL says"),
        ("CRON_TZ=Asia/Tokyo", "CRON_TZ is ignored by Debian's cron: the machine's zone counts"),
        (
            "TZ=Asia/Tokyo",
            "TZ reaches the command only: the machine's zone counts for the schedule",
        ),
        ("RANDOM_DELAY=45", "RANDOM_DELAY is ignored by Debian's cron"),
        ("B=$HOME/bin", "B is taken as it is written: cron expands no variables"),
    ],
)
def test_what_a_setting_means_here_is_noted(setting: str, note: str) -> None:
    entry = read_one(f"{setting}\n@daily true\n")

    assert entry.notes == (note,)
    assert entry.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("command", "note"),
    [
        ("test -x /usr/sbin/anacron || run-parts /x", "looks for anacron"),
        ("test -e /run/systemd/system || x", "looks for systemd"),
        ("mail bob%hello", "what follows % is the command's input"),
        ("root /usr/bin/x", "the command starts with 'root': is this a system crontab?"),
    ],
)
def test_what_a_command_hides_is_noted(command: str, note: str) -> None:
    assert [noted for noted in read_one(f"@daily {command}\n").notes if noted.startswith(note)]


@pytest.mark.parametrize(
    ("line", "reason", "stops_cron"),
    [
        ("60 * * * * x", "minute: '60' is not in 0-59", True),
        ("* 24 * * * x", "hour: '24' is not in 0-23", True),
        ("* * 0 * * x", "day of month: '0' is not in 1-31", True),
        ("* * * 0 * x", "month: '0' is not in 1-12", True),
        ("* * * * 8 x", "day of week: '8' is not in 0-7", True),
        ("* * * * sunday x", "day of week: 'sunday' is not in 0-7", True),
        ("5/15 * * * * x", "has a step without a range: write 5-59/15", True),
        ("*/0 * * * * x", "has '0' for a step", True),
        ("1,,2 * * * * x", "minute: ''", True),
        ("5- * * * * x", "minute: '5-'", True),
        ("*/ * * * * x", "has '' for a step", True),
        ("*/5x * * * * x", "has '5x' for a step", True),
        ("5;x 24 * * * x", "hour: '24'", True),  # the graver of two faults
        ("-*/5 * * * * x", "minute: '-*/5'", True),
        ("? * * * * x", "minute: '?'", True),
        ("* * L * * x", "day of month: 'L'", True),
        ("* * * * 5#2 x", "cron reads '5' of '5#2' and ignores the rest", False),
        ("0~59 * * * * x", "cron reads '0' of '0~59' and ignores the rest", False),
        ("*5 * * * * x", "cron reads '*' of '*5' and ignores the rest", False),
        ("50-10 * * * * x", "'50-10' runs backwards", False),
        ("* * * * fri-sun x", "'fri-sun' runs backwards", False),
        ("0 0 31 2 * x", "no month has such a day", False),
        ("@Daily x", "'@Daily' is none of @yearly", True),
        ("@every_minute x", "'@every_minute' is none of", True),
        ("* * * * *", "the command is missing", False),
        ("@daily", "the command is missing", False),
        ("* * * *", "neither a setting (NAME=value) nor five time fields and a command", True),
        ("* * * * * * x", "the command starts with *: are there six time fields?", True),
        ("hello", "neither a setting", True),
        ("MAILTO=", 'write MAILTO=""', True),
        ("MAILTO = ", 'write MAILTO=""', True),
        ("A='unended", "neither a setting", True),
        ("* * * * * x\r", "ends in a carriage return", False),
        ("\r", "ends in a carriage return", True),
        ("* * * * * " + "x" * 999, "longer than the 998 bytes", True),
        ("=b", "a setting without a name", False),
        ("A=" + "x" * 999, "cut off by cron", False),
        ("\N{NO-BREAK SPACE}* * * * * x", "minute: '\N{NO-BREAK SPACE}*'", True),
        ("*\N{NO-BREAK SPACE}* * * * * x", "cron reads '*' of", False),
        ("\u0665 * * * * x", "minute: '\u0665'", True),  # an Arabic five
        ("\ufeff@daily x", "byte order mark", True),
    ],
)
def test_a_line_of_a_user_that_cannot_be_taken_is_named(line: str, reason: str, stops_cron: bool) -> None:
    crontab = read(f"@daily before\n{line}\n@daily after\n")

    (fault,) = crontab.faults
    assert (fault.line_number, fault.stops_cron) == (2, stops_cron)
    assert reason in fault.reason
    assert [entry.command for entry in crontab.entries] == ["before", "after"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("* * * * * root", "the command is missing"),
        ("* * * * *", "the user and the command are missing"),
        ("* * * * * root:wheel x", "'root:wheel' stands where a system crontab names the user"),
        ("* * * * * root/daemon x", "Debian's cron knows no groups or classes there"),
        ("* * * * * /usr/bin/x -v", "'/usr/bin/x' stands where"),
        ("* * * * * * root x", "'*' stands where"),
    ],
)
def test_a_system_line_that_cannot_be_taken_is_named(line: str, reason: str) -> None:
    (fault,) = read(f"{line}\n", system=True).faults

    assert reason in fault.reason
    assert fault.stops_cron


@pytest.mark.parametrize(
    ("line", "reason"), [(b"@daily a\0b", "NUL byte"), (b"@daily caf\xe9", "not UTF-8 (byte 11)")]
)
def test_bytes_that_are_no_text_are_a_fault_that_can_be_shown(line: bytes, reason: str) -> None:
    (fault,) = read(line + b"\n").faults

    assert reason in fault.reason
    assert fault.text.isprintable()


def test_a_comment_may_hold_any_bytes() -> None:
    assert read_one(b"# caf\xe9 \x07 closes\n@daily true\n").name == "caf\N{REPLACEMENT CHARACTER} closes"


def test_the_longest_command_that_cron_takes_is_taken() -> None:
    assert len(read_one("* * * * * " + "x" * 998 + "\n").command) == 998


def test_a_file_that_cron_ignores_because_of_one_line_says_so() -> None:
    crontab = read("@daily fine\n* * * * 8 broken\n")

    assert crontab.notes == ("cron ignores this whole file because of line 2: none of its lines runs",)


def test_a_missing_newline_at_the_end_is_noted_and_the_line_is_taken() -> None:
    crontab = read("@daily one\n@daily two")

    assert [entry.command for entry in crontab.entries] == ["one", "two"]
    assert "does not end in a newline" in crontab.notes[0]
    assert read("@daily one\n# no newline here").notes == ()


def test_a_file_with_more_lines_than_cron_takes_is_noted() -> None:
    assert "more than 10000 lines" in read("\n" * 10_001).notes[0]


def test_a_zone_that_does_not_exist_is_a_fault_of_the_lines_that_need_it() -> None:
    crontab = parse_crontab("@daily x\n@reboot y\n", path="p", system=False, user=None, zone="Mars/X")

    assert [entry.command for entry in crontab.entries] == ["y"]
    assert "Mars/X" in crontab.faults[0].reason


def test_text_and_bytes_are_read_alike() -> None:
    text = "# ü\nA='ü'\n@daily ü\n"

    assert read(text) == read(text.encode())
