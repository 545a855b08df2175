"""The system account a command runs as, and what that account may do with a file.

Owns the reading of the password and group databases. Must not know what a run is.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from autom8.scheduler.ports import CannotStart

_ACCESS_LIST = "system.posix_acl_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user with all of its groups; `switched` when it is not the worker's own."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str
    switched: bool

    def may_execute(self, path: str) -> bool:
        """Whether this account may run this file or enter this folder, as far as its mode tells.

        Another account's right to what has an access list is taken for granted: the kernel has the last word.
        """
        if not self.switched:
            return os.access(path, os.X_OK, effective_ids=True)
        try:
            return all(self._may_execute(step) for step in [Path(path), *Path(path).resolve().parents])
        except OSError:
            return False

    def _may_execute(self, path: Path) -> bool:
        status = path.stat()
        if self.uid == 0:
            return stat.S_ISDIR(status.st_mode) or bool(status.st_mode & 0o111)
        if _has_access_list(path):
            return True
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid in self.groups:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def _has_access_list(path: Path) -> bool:
    try:
        return _ACCESS_LIST in os.listxattr(path)
    except OSError:  # this file system knows no such lists
        return False


def own_account() -> Account:
    """The account this process runs as, be it unknown to the password database."""
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid)
        name, home, shell = entry.pw_name, entry.pw_dir, entry.pw_shell
    except KeyError:
        name, home, shell = str(uid), os.environ.get("HOME", "/"), "/bin/sh"
    groups = (os.getegid(), *os.getgroups())
    return Account(
        name=name, uid=uid, gid=os.getegid(), groups=groups, home=home, shell=shell, switched=False
    )


def account(name: str | None) -> Account:
    """The account of this name; None means our own.

    Raises:
        CannotStart: there is no such user, or only root could start a command as this one.
    """
    own = own_account()
    if name is None or name == own.name:
        return own
    try:
        entry = pwd.getpwnam(name)
    except (KeyError, ValueError):
        raise CannotStart(f"there is no user {name!r} on this machine") from None
    if own.uid != 0:
        raise CannotStart(
            f"this worker runs as {own.name!r}: only one that runs as root can start a command as {name!r}"
        )
    return Account(
        name=name,
        uid=entry.pw_uid,
        gid=entry.pw_gid,
        groups=tuple(os.getgrouplist(name, entry.pw_gid)),
        home=entry.pw_dir,
        shell=entry.pw_shell,
        switched=True,
    )
