"""./dev as a person calls it: it says what it can do, and what went wrong, without a traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools.console import ROOT
from devtools.environment import VENV


def dev(*arguments: str, clone: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    argv: list[str | Path] = [sys.executable, clone / "dev", *arguments]
    env = {**os.environ, **variables}
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What set-up reads, in a folder where nothing has been installed yet."""
    fresh = tmp_path / "clone"
    fresh.mkdir()
    for name in ("dev", "hatch_build.py", "pyproject.toml"):
        shutil.copy2(ROOT / name, fresh)
    for name in ("devtools", "requirements"):
        shutil.copytree(ROOT / name, fresh / name, ignore=shutil.ignore_patterns("__pycache__"))
    return fresh


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_help_names_every_command() -> None:
    shown = dev("--help")
    assert shown.returncode == 0
    assert all(f"./dev {name}" in shown.stdout for name in ("run", "test", "check", "bench", "lock"))
    assert dev().stdout == shown.stdout


def test_an_unknown_command_is_refused_in_one_line() -> None:
    refused = dev("tset")
    assert (refused.returncode, refused.stderr) == (
        2,
        "dev: there is no command 'tset'; ./dev help lists them\n",
    )


def test_an_index_out_of_reach_is_named_with_the_remedy(
    clone: Path, closed_port: int, tmp_path: Path
) -> None:
    uv = VENV / "bin/uv" if (VENV / "bin/uv").exists() else shutil.which("uv")
    assert uv is not None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uv").symlink_to(uv)
    began = time.monotonic()

    failed = dev(
        "run",
        clone=clone,
        PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL=f"http://somebody:secret@127.0.0.1:{closed_port}/simple",
        UV_CACHE_DIR=str(tmp_path / "cache"),
    )

    assert failed.returncode == 1
    told = failed.stderr[failed.stderr.index("dev: ") :]
    assert told.startswith(f"dev: could not reach http://127.0.0.1:{closed_port} while installing")
    assert len(told.splitlines()) == 2
    assert "PIP_INDEX_URL" in told
    assert "secret" not in failed.stderr
    assert "Traceback" not in failed.stderr
    assert time.monotonic() - began < 30


def test_an_old_python_is_told_so_before_anything_else() -> None:
    pretending = f"import sys, runpy; sys.version_info = (3, 10); runpy.run_path({str(ROOT / 'dev')!r})"
    refused = subprocess.run([sys.executable, "-c", pretending], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("dev: Autom8 needs Python 3.11 or newer")
