"""Commands that can't be started are refused before anything has happened, in one line that says why."""

from __future__ import annotations

import grp
import os
import pwd
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autom8.scheduler.ports import CannotStart
from autom8.scheduler.runners.account import Account, own_account
from tests.scheduler.runners.rig import Rig, open_descriptors, until

BIN = {"PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize(
    ("argv", "wanted", "why"),
    [
        ((), {}, "there is no command to start"),
        (("",), {}, "there is no command to start"),
        (("no-such-tool",), {"env": BIN}, "command not found: 'no-such-tool' in PATH '/usr/bin:/bin'"),
        (("/no/such/tool",), {}, "command not found: '/no/such/tool'"),
        (("/etc/passwd",), {}, f"user {own_account().name!r} may not execute '/etc/passwd'"),
        (("/etc",), {}, "'/etc' is no file that can be executed"),
        (("true",), {"cwd": "/no/such/folder"}, "the working folder '/no/such/folder' does not exist"),
        (("true",), {"cwd": "/etc/passwd"}, "the working folder '/etc/passwd' is not a folder"),
        (("true",), {"cwd": "etc"}, "the working folder 'etc' is not a full path"),
        (("true",), {"user": "no-such-user"}, "there is no user 'no-such-user' on this machine"),
        (("true",), {"user": "no\0body"}, "there is no user 'no\\x00body' on this machine"),
        (("true", "a\0b"), {}, "argument 1 holds a NUL character"),
        (("true",), {"env": {"A": "a\0b"}}, "the variable 'A' holds a NUL character"),
        (("true",), {"cwd": "/\0"}, "the working folder holds a NUL character"),
        (("true", "\ud800"), {}, "argument 1 holds a character that can't be passed to a command"),
        (("true",), {"env": {"A=B": ""}}, "'A=B' is no name for a variable: letters, digits and _ only"),
        (
            ("true",),
            {"env": {"my.name": ""}},
            "'my.name' is no name for a variable: letters, digits and _ only",
        ),
        (("true", "x"), {"shell": "/bin/sh"}, "a shell is named by its full path and takes exactly one line"),
        (("true",), {"shell": "sh"}, "a shell is named by its full path and takes exactly one line"),
        (("true", "x" * 200_000), {}, "the system can't start it: Argument list too long"),
    ],
)
def test_what_cannot_start_is_refused_with_the_reason(
    rig: Rig, argv: tuple[str, ...], wanted: dict[str, Any], why: str
) -> None:
    before = open_descriptors()

    with pytest.raises(CannotStart) as refusal:
        rig.start(*argv, **wanted)

    assert str(refusal.value) == why
    until(lambda: open_descriptors() <= before)


def test_what_cannot_be_executed_is_passed_over_when_path_has_another(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "true").write_text("no program")

    assert rig.run("true", env={"PATH": f"{tmp_path}:/usr/bin:/bin"}).ending.exit_code == 0


def test_no_process_is_left_when_the_system_has_no_more_descriptors(rig: Rig) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_descriptors() + 3, hard))
    try:
        with pytest.raises(CannotStart, match="Too many open files"):
            rig.start("true")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert rig.run("true").ending.exit_code == 0


def another(**changes: Any) -> Account:
    stranger = {"name": "stranger", "uid": 4_000_001, "gid": 4_000_001, "groups": (4_000_001,)}
    return Account(**{**stranger, "home": "/", "shell": "/bin/sh", "switched": True, **changes})


@pytest.mark.parametrize(
    ("mode", "who", "may"),
    [
        (0o700, {}, False),
        (0o701, {}, True),
        (0o710, {"groups": (os.getegid(),)}, True),
        (0o701, {"groups": (os.getegid(),)}, False),
        (0o100, {"uid": os.geteuid() or 0}, True),
        (0o600, {"uid": 0}, False),
        (0o601, {"uid": 0}, True),
    ],
)
def test_another_account_may_execute_what_the_mode_allows(
    tmp_path: Path, mode: int, who: dict[str, Any], may: bool
) -> None:
    file = Path(tmp_path / "tool")
    file.write_text("#!/bin/sh\n")
    file.chmod(mode)
    open_to_all(tmp_path)

    assert another(**who).may_execute(str(file)) is may


def test_another_account_may_not_execute_what_lies_in_a_closed_folder(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    (folder / "tool").write_text("")
    (folder / "tool").chmod(0o755)
    open_to_all(tmp_path)

    assert not another().may_execute(str(folder / "tool"))
    assert not another().may_execute(str(folder / "gone"))


def test_an_access_list_is_left_to_the_kernel(tmp_path: Path) -> None:
    file = tmp_path / "tool"
    file.write_text("")
    file.chmod(0o700)
    open_to_all(tmp_path)
    # Version 2; owner rwx, user 4000001 r-x, group ---, mask r-x, others ---: as setfacl(1) would write it.
    entries = [
        (1, 7, 2**32 - 1),
        (2, 5, 4_000_001),
        (4, 0, 2**32 - 1),
        (16, 5, 2**32 - 1),
        (32, 0, 2**32 - 1),
    ]
    packed = b"".join(
        tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, rights, who in entries
    )
    try:
        os.setxattr(file, "system.posix_acl_access", b"\2\0\0\0" + packed)
    except OSError:
        pytest.skip("this file system has no access lists")

    assert another().may_execute(str(file))


def open_to_all(folder: Path) -> None:
    for step in [folder, *folder.parents]:
        if step.owner() == own_account().name and step != Path("/"):
            step.chmod(step.stat().st_mode | 0o111)


def test_a_worker_that_is_not_root_refuses_to_start_as_another_user() -> None:
    program = (
        "import os\n"
        "from autom8.scheduler.runners.account import account\n"  # while Python's own files can be read
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "account('root')"
    )

    # -P keeps this folder, which a stranger may not read, out of the search for modules.
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, check=False, cwd="/")

    assert b"only one that runs as root can start a command as 'root'" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a command as another user")
def test_a_command_runs_as_another_user_with_all_of_its_groups_and_none_of_ours(rig: Rig) -> None:
    nobody = pwd.getpwnam("nobody")
    ours = os.getgroups()
    os.setgroups([*ours, 4_000_001])

    try:
        done = rig.run("sh", "-c", "id -un; id -gn; id -G; echo $HOME $USER $LOGNAME", user="nobody", cwd="/")
    finally:
        os.setgroups(ours)

    name, group, groups, home = done.stdout.decode().splitlines()
    assert (name, group) == ("nobody", grp.getgrgid(nobody.pw_gid).gr_name)
    assert sorted(map(int, groups.split())) == sorted(os.getgrouplist("nobody", nobody.pw_gid))
    assert home == f"{nobody.pw_dir} nobody nobody"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a command as another user")
def test_another_user_is_refused_what_it_may_not_enter_or_execute(rig: Rig, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o700)

    with pytest.raises(CannotStart, match="user 'nobody' may not execute"):
        rig.start(str(tool), user="nobody", cwd="/")
    tmp_path.chmod(0o700)
    with pytest.raises(CannotStart, match="user 'nobody' may not enter the working folder"):
        rig.start("true", user="nobody", cwd=str(tmp_path))
