"""The data folder: its mode, its locks, and what lies in it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

from autom8.kernel.errors import Misconfigured

CORE_FILE: Final = "autom8.db"
SERIES_FILE: Final = "autom8-series.db"
CHECKPOINT_FILE: Final = "audit-checkpoints.jsonl"
SERVER_FILE: Final = "server.json"
SERVERS_MAX: Final = 64  # servers on one data folder, where the database is PostgreSQL
_OUR_FILES: Final = (CORE_FILE, "home.key", "keys.json", "autom8.toml")
LOCK_WAIT_S: Final = 10.0  # the last server of this folder may be on its way out


class HomeInUse(Misconfigured):
    """Another server works on this data folder."""

    code = "home_in_use"


def ensure_home(home: Path) -> None:
    """Have the data folder, for its owner only.

    Raises:
        Misconfigured: it can't be made or written, belongs to somebody else, or is shared with other things.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if home.stat().st_uid != os.geteuid():
            raise Misconfigured(f"The data folder {home} belongs to another user.")
        if _is_shared(home):
            raise Misconfigured(
                f"The data folder {home} is open to others and holds other files; give Autom8 its own."
            )
        home.chmod(0o700)
    except OSError as error:
        raise Misconfigured(f"The data folder {home} can't be used: {error.strerror}.") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise Misconfigured(f"The data folder {home} can't be written.")


def _is_shared(home: Path) -> bool:
    """Whether closing this folder to others could hurt them, as closing /tmp would."""
    return bool(
        home.stat().st_mode & 0o077
        and any(home.iterdir())
        and not any((home / name).exists() for name in _OUR_FILES)
    )


def lock_place(home: Path, *, places: int) -> int:
    """Take the first free of `places` places of servers on this folder, for the life of this process.

    The number tells a server's worker from others of the same folder, over restarts.

    Raises:
        HomeInUse: all places are taken.
    """
    end = time.monotonic() + LOCK_WAIT_S
    while True:
        for place in range(1, places + 1):
            if _lock(home / f"server-{place}.lock"):
                return place
        if time.monotonic() >= end:
            raise HomeInUse(
                f"Another Autom8 server runs on the data folder {home}; "
                "stop it first, or give another --data.",
            )
        time.sleep(0.1)


_HELD: Final[list[int]] = []  # the locks of this process, open until it ends


def _lock(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    _HELD.append(descriptor)
    return True


def home_key(home: Path) -> str:
    """The name of this data folder among all, made once; workers are known by it over restarts."""
    path = home / "home.key"
    if not path.exists():
        # Written whole, then linked: another server that starts now must not read half a key.
        draft = home / f"home.key.{uuid.uuid4().hex}"
        with draft.open("x", encoding="ascii") as file:
            file.write(uuid.uuid4().hex)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def announce_server(home: Path, *, url: str, pid: int, certificate: str | None = None) -> None:
    """Let the command line on this machine find the server, and know its certificate by the fingerprint."""
    announced: dict[str, str | int] = {"url": url, "pid": pid}
    if certificate is not None:
        announced["certificate"] = certificate
    draft = home / f"{SERVER_FILE}.{pid}"
    draft.write_text(json.dumps(announced), encoding="utf-8")
    draft.replace(home / SERVER_FILE)


def withdraw_server(home: Path, *, pid: int) -> None:
    """Take the announcement back, if it is still this server's."""
    path = home / SERVER_FILE
    with suppress(OSError, ValueError, KeyError):
        if json.loads(path.read_text(encoding="utf-8"))["pid"] == pid:
            path.unlink()
