"""Keeps .venv in step with the pinned requirements and the sources, doing only what is left to do.

Owns .venv, the stamps in it and requirements/*.txt. Each stamp holds the digest of all that its
step depends on, and is written last: an interrupted step is done again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools import pip
from devtools.console import ROOT, Failure, say, step
from devtools.pip_settings import pip_settings, uv_environment, uv_flags

VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
STATE = ROOT / ".dev"
REQUIREMENTS = ROOT / "requirements"
STAMPS = VENV / "dev-stamps"
PAGE = ROOT / "src/autom8/dashboard/static/index.html"

UV_OLDEST = (0, 9)
# What each set adds to the runtime packages; each is pinned within the versions of the one before.
SETS: dict[str, tuple[str, ...]] = {"run": (), "test": ("test",), "check": ("test", "check", "docs")}
TOOLS = ("bootstrap", "build")


def prepare(packages: str) -> None:
    """Make .venv hold the set `packages` and Autom8 itself; under 0.1 s when nothing has changed.

    Raises:
        Failure: something could not be had; says what and what to do.
    """
    if _is_ready(packages):
        return
    with _alone():  # whoever we waited for may have done it all; each step looks again
        _ensure_venv()
        uv = _ensure_uv()
        if not _is_stamped(packages, _packages_digest(packages)):
            _install_packages(uv, packages)
        if not _is_installed():
            _install_autom8(uv)


def lock(arguments: list[str]) -> None:
    """Pin requirements/*.txt from pyproject.toml: hashes of every platform, no host names, no paths."""
    with _alone():
        _ensure_venv()
        uv = _ensure_uv()
        env, settings = _downloads()
        # An extra index often holds a part of a release's files; the hashes of the rest would be lost.
        for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"):
            env.pop(name, None)
        style = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
        style += ["--no-annotate", "--no-header", "--quiet", *uv_flags(settings), *arguments]
        within: list[str] = []
        for name in (*TOOLS, *SETS):
            target = REQUIREMENTS / f"{name}.txt"
            if name in SETS:
                groups = [word for group in SETS[name] for word in ("--group", group)]
                wanted = ["pyproject.toml", *groups, *within]
                within = ["--constraint", str(target.relative_to(ROOT))]
            else:
                wanted = ["--group", name]
            argv: list[str | Path] = [
                uv,
                "pip",
                "compile",
                *wanted,
                *style,
                "--output-file",
                target.relative_to(ROOT),
            ]
            step(argv, doing=f"pinning requirements/{name}.txt", env=env)


# -- what is there -----------------------------------------------------------------------------------


def _is_ready(packages: str) -> bool:
    return PYTHON.exists() and _is_stamped(packages, _packages_digest(packages)) and _is_installed()


def _is_installed() -> bool:
    return PAGE.exists() and (VENV / "bin/autom8").exists() and _is_stamped("autom8", _autom8_digest())


def _is_stamped(name: str, digest: str) -> bool:
    try:
        return (STAMPS / name).read_text() == digest
    except OSError:
        return False


def _stamp(name: str, digest: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(digest)


def _packages_digest(packages: str) -> str:
    return _digest([VENV / "pyvenv.cfg", REQUIREMENTS / f"{packages}.txt"])


def _autom8_digest() -> str:
    """Changes with what the command and the page are made of; Python sources are used in place."""
    web = ROOT / "web"
    sources: list[Path] = []
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(name for name in folders if name != "node_modules")
        sources.extend(Path(folder, name) for name in sorted(files))
    build = [
        VENV / "pyvenv.cfg",
        ROOT / "pyproject.toml",
        ROOT / "hatch_build.py",
        REQUIREMENTS / "build.txt",
    ]
    return _digest([*build, *sources])


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256(bytes(ROOT))  # a clone that was moved or copied holds scripts of the old place
    for path in paths:
        content = path.read_bytes() if path.exists() else b""
        total.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the clone's set-up lock; it falls with this process, however that ends."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./dev to finish setting up")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


# -- what is made ------------------------------------------------------------------------------------


def _ensure_venv() -> None:
    if PYTHON.exists():
        return
    # Without pip: Debian's python3 lacks ensurepip, and nothing here needs a pip inside.
    step([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV], doing="making .venv")


def _ensure_uv() -> str:
    for candidate in (str(VENV / "bin/uv"), shutil.which("uv")):
        if candidate and _uv_version(candidate) >= UV_OLDEST:
            return candidate
    pip.install(PYTHON, REQUIREMENTS / "bootstrap.txt", state=STATE)
    return str(VENV / "bin/uv")


def _uv_version(uv: str) -> tuple[int, ...]:
    """(0,) for what cannot be run, as a version manager's empty shim."""
    try:
        shown = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in shown.split()[1].split(".")[:2])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return (0,)


def _downloads() -> tuple[dict[str, str], dict[str, str]]:
    settings = pip_settings(os.environ)
    return uv_environment(os.environ, settings), settings


def _install_packages(uv: str, packages: str) -> None:
    env, settings = _downloads()
    digest = _packages_digest(packages)
    pinned = REQUIREMENTS / f"{packages}.txt"
    count = sum(1 for line in pinned.read_text().splitlines() if "==" in line)
    purpose = {"run": "Autom8 runs on", "test": "the tests need", "check": "the checks need"}[packages]
    argv: list[str | Path] = [
        uv,
        "pip",
        "install",
        "--python",
        PYTHON,
        "--require-hashes",
        "--compile-bytecode",  # else the first start does it; each start, where Python may write none
        *uv_flags(settings),
        "-r",
        pinned,
    ]
    step(argv, doing=f"installing the packages that {purpose} (up to {count})", env=env)
    _stamp(packages, digest)


def _install_autom8(uv: str) -> None:
    env, settings = _downloads()
    digest = _autom8_digest()
    argv: list[str | Path] = [uv, "pip", "install", "--python", PYTHON, "--no-deps", *uv_flags(settings)]
    argv += [
        "--build-constraints",
        REQUIREMENTS / "build.txt",
        "--reinstall-package",
        "autom8",
        "--editable",
        ROOT,
    ]
    step(argv, doing="installing Autom8 and building its page", env=env)
    if not (VENV / "bin/autom8").exists():
        raise Failure(
            "the installation made no `autom8` command; remove .venv and run the same command again."
        )
    _stamp("autom8", digest)
    if not PAGE.exists():
        say("the page could not be built (is npm's registry in reach?); all else works without it")
