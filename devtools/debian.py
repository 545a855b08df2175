"""Installs the programs that tests start and that pip has not, where this is Debian and we are root.

Never starts a service: for the time of the installation a policy-rc.d forbids it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.console import Failure, say, step

# programs that tests look for, each with the Debian package it is in
TEST_PROGRAMS = {name: name for name in ("chromium", "cron", "faketime", "fish", "prometheus", "zsh")} | {
    "amtool": "prometheus-alertmanager",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "systemd-analyze": "systemd",
}
POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# by Autom8's ./dev, for the time of one installation\nexit 101\n"


def ensure_test_programs() -> None:
    """Have what the tests start; what cannot be had is only said, and the tests that need it skip."""
    missing = sorted({package for program, package in TEST_PROGRAMS.items() if not _is_there(program)})
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(f"tests that need {', '.join(missing)} will skip: only root on Debian gets them installed")
        return
    try:
        _install(missing)
    except Failure as failure:
        say(f"tests that need {', '.join(missing)} will skip: {failure}")


def _is_there(program: str) -> bool:
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin") is not None


def _install(packages: list[str]) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    argv = ["apt-get", "--quiet", "--yes", "-oAcquire::Retries=1"]
    with _services_stay_down():
        step(
            [*argv, "-oAPT::Update::Error-Mode=any", "update"],
            doing="asking apt's mirror for its list",
            env=env,
        )
        wanted = [*argv, "install", "--no-install-recommends", *packages]
        step(wanted, doing=f"installing {', '.join(packages)} for the tests", env=env)


@contextmanager
def _services_stay_down() -> Iterator[None]:
    """Put a policy-rc.d in place unless the machine has its own; one that a killed ./dev left is ours too."""
    if POLICY.exists() and POLICY.read_text(errors="replace") != POLICY_TEXT:
        yield
        return
    POLICY.write_text(POLICY_TEXT)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
