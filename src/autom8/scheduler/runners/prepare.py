"""From what a task asks for to what can be started: argv, environment, folder and account, all checked.

Owns the checks that can be made before a process exists, so that a command that can't start says
why in one line. Starts nothing.
"""

# os.path says False where pathlib raises: no permission, or too long a name.
# ruff: noqa: PTH110, PTH112, PTH113, PTH117, PTH118
from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from autom8.scheduler.ports import CannotStart, Launch
from autom8.scheduler.runners.account import Account, account
from autom8.scheduler.runners.marks import Mark

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PASSED_ON = re.compile(r"PATH|TZ|LANG|LANGUAGE|LC_[A-Z]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A command that nothing we can see keeps from starting. `program` is where argv[0] was found."""

    argv: tuple[str, ...]
    program: str
    env: Mapping[str, str]
    cwd: str
    account: Account
    mark: Mark


def prepare(launch: Launch, mark: Mark) -> Prepared:
    """Check and complete a launch.

    Without a working folder the command starts in HOME, else in /, as under cron.

    Raises:
        CannotStart: an argument can't be passed, or the user, the folder or the program isn't usable.
    """
    argv = _argv(launch)
    _refuse_unpassable(launch, argv)
    user = account(launch.user)
    env = environment(user, launch.env, mark)
    cwd = _folder(launch.cwd, env["HOME"], user)
    program = _program(argv[0], env["PATH"], cwd, user)
    return Prepared(argv=argv, program=program, env=env, cwd=cwd, account=user, mark=mark)


def environment(user: Account, wanted: Mapping[str, str], mark: Mark) -> dict[str, str]:
    """What the command sees: a few of our own variables, who it runs as, what was wanted, the mark."""
    passed_on = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
    identity = {"HOME": user.home, "USER": user.name, "LOGNAME": user.name, "SHELL": user.shell}
    return {"PATH": DEFAULT_PATH, **passed_on, **identity, **wanted, **mark.environment()}


def _argv(launch: Launch) -> tuple[str, ...]:
    if not launch.argv or not launch.argv[0]:
        raise CannotStart("there is no command to start")
    if launch.shell is None:
        return launch.argv
    if not launch.shell.startswith("/") or len(launch.argv) != 1:
        raise CannotStart("a shell is named by its full path and takes exactly one line")
    return (launch.shell, "-c", launch.argv[0])


def _refuse_unpassable(launch: Launch, argv: tuple[str, ...]) -> None:
    """The kernel ends a string at NUL; the launching shell carries only names it could itself use."""
    texts = {f"argument {index}": text for index, text in enumerate(argv)}
    texts |= {f"the variable {name!r}": value for name, value in launch.env.items()}
    texts["the working folder"] = launch.cwd or ""
    for what, text in texts.items():
        if "\0" in text:
            raise CannotStart(f"{what} holds a NUL character")
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            raise CannotStart(f"{what} holds a character that can't be passed to a command") from None
    for name in launch.env:
        if not _NAME.fullmatch(name):
            raise CannotStart(f"{name!r} is no name for a variable: letters, digits and _ only")


def _folder(wanted: str | None, home: str, user: Account) -> str:
    if wanted is None:
        return home if os.path.isdir(home) and user.may_execute(home) else "/"
    if not os.path.isabs(wanted):
        raise CannotStart(f"the working folder {wanted!r} is not a full path")
    if not os.path.isdir(wanted):
        what = "is not a folder" if os.path.exists(wanted) else "does not exist"
        raise CannotStart(f"the working folder {wanted!r} {what}")
    if not user.may_execute(wanted):
        raise CannotStart(f"user {user.name!r} may not enter the working folder {wanted!r}")
    return wanted


def _program(name: str, path: str, cwd: str, user: Account) -> str:
    """Where execvp(3) will find it; a folder in PATH may be relative, an empty one means here."""
    folders = [""] if "/" in name else path.split(":")
    found = [file for folder in folders if os.path.exists(file := os.path.join(cwd, folder, name))]
    files = [file for file in found if os.path.isfile(file)]
    for file in files:
        if user.may_execute(file):
            return file
    if files:
        raise CannotStart(f"user {user.name!r} may not execute {files[0]!r}")
    if found:
        raise CannotStart(f"{found[0]!r} is no file that can be executed")
    raise CannotStart(f"command not found: {name!r}" + ("" if "/" in name else f" in PATH {path!r}"))
