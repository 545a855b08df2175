"""A test's own PostgreSQL, started again where it sees something else: another disk, another clock."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.services.postgres import SETTINGS, UNPRIVILEGED, PostgresServer


@contextmanager
def restarted(
    postgres: PostgresServer, *, wrapper: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Have a running PostgreSQL run behind `wrapper` and with more in its environment, for the block."""
    postgres.stop()
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    root = os.geteuid() == 0
    as_user = ["setpriv", f"--reuid={UNPRIVILEGED}", "--regid=nogroup", "--clear-groups"] if root else []
    told = [
        "env",
        *(f"{name}={value}" for name, value in (env or {}).items()),
    ]  # not to setpriv, which is root
    data = ["-D", str(postgres.folder / "data"), "-p", str(postgres.port)]
    with (postgres.folder / "log").open("ab") as log:
        postgres._process = subprocess.Popen(
            [*wrapper, *as_user, *told, str(postgres.binaries / "postgres"), *data, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        )
    postgres._await_answer()
    try:
        yield
    finally:
        postgres.stop()
