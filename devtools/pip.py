"""Finds a pip that can install into .venv on a machine that may have none, and uses it once, to get uv.

No index is named here: Debian's own package of pip is fetched from wherever this machine's apt
fetches, into a private folder, which an ordinary user may do too.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from devtools.console import Failure, step

DEBIAN_WHEELS = Path("usr/share/python-wheels")
PIP_OLDEST = (22, 3)  # the first with --python


def install(python: Path, requirements: Path, *, state: Path) -> None:
    """Install hash-pinned wheels into `python`'s environment with whichever pip can be had.

    Raises:
        Failure: there is no pip and none could be fetched, or the download failed.
    """
    env = {
        "PIP_RETRIES": "2",
        **os.environ,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PIP_NO_INPUT": "1",
    }
    wanted: list[str | Path] = [
        "install",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "-r",
        requirements,
    ]
    step([*_command(python, state), *wanted], doing="getting uv, the installer", env=env)


def _command(python: Path, state: Path) -> list[str | Path]:
    if _version_of_this() >= PIP_OLDEST:
        return [sys.executable, "-m", "pip", "--python", python]
    if importlib.util.find_spec("ensurepip") and subprocess.run(
        [python, "-m", "ensurepip"], capture_output=True, check=False
    ).returncode == 0:  # fmt: skip
        return [python, "-m", "pip"]
    wheel = _newest_wheel(Path("/") / DEBIAN_WHEELS) or _newest_wheel(state / "pip" / DEBIAN_WHEELS)
    return [python, (wheel or _fetched_wheel(state)) / "pip"]


def _version_of_this() -> tuple[int, ...]:
    shown = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False
    )
    words = shown.stdout.split()
    if shown.returncode or len(words) < 2:
        return (0,)
    return tuple(int(part) for part in words[1].split(".")[:2] if part.isdigit())


def _newest_wheel(folder: Path) -> Path | None:
    return max(folder.glob("pip-*.whl"), default=None)


def _fetched_wheel(state: Path) -> Path:
    """Pip's wheel out of Debian's python3-pip-whl, with apt's lists and cache in a folder of our own."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Failure(
            "this Python has no pip and the machine has no apt to get one."
            "\n     Install pip or uv by the system's own package tool, then run the same command again."
        )
    apt = state / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "download"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State": apt / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": apt / "cache",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "root",  # as root: apt's own user may not be allowed into this folder
        "Acquire::Retries": "1",
        "APT::Update::Error-Mode": "any",
    }
    argv = ["apt-get", "--quiet", *(f"-o{name}={value}" for name, value in settings.items())]
    step([*argv, "update"], doing="looking for a pip on apt's mirror, as there is none here")
    step(
        [*argv, "download", "python3-pip-whl"], doing="fetching Debian's pip into .dev/", cwd=apt / "download"
    )
    package = max((apt / "download").glob("python3-pip-whl_*.deb"), key=lambda path: path.stat().st_mtime)
    step(["dpkg-deb", "--extract", package, state / "pip"], doing="unpacking it")
    shutil.rmtree(apt)  # the lists alone are 60 MB
    wheel = _newest_wheel(state / "pip" / DEBIAN_WHEELS)
    if wheel is None:
        raise Failure(
            "Debian's python3-pip-whl holds no pip wheel; install pip or uv yourself, then try again."
        )
    return wheel
