"""The page is inside what people install, and its absence stops only those who asked for it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from devtools.console import ROOT

PAGE = "autom8/dashboard/static/index.html"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clean checkout, as far as a build reads it."""
    fresh = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "static", "static.*")
    for name in ("src", "web"):
        shutil.copytree(ROOT / name, fresh / name, ignore=ignored)
    for name in ("hatch_build.py", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"):
        shutil.copy2(ROOT / name, fresh)
    return fresh


def build(clone: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m build` with the build's own packages taken from this environment."""
    argv = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "out", *arguments]
    env = {**os.environ, **variables}
    return subprocess.run(argv, cwd=clone, env=env, capture_output=True, text=True, timeout=300, check=False)


def wheel_names(clone: Path) -> list[str]:
    (wheel,) = (clone / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return opened.namelist()


@pytest.fixture
def closed_registry() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_the_page_is_inside_the_wheel_and_inside_the_sdist_it_is_made_of(clone: Path) -> None:
    built = build(clone, AUTOM8_REQUIRE_PAGE="1")
    assert built.returncode == 0, built.stdout + built.stderr

    inside = wheel_names(clone)
    assert PAGE in inside
    assert any(name.startswith("autom8/dashboard/static/assets/") and name.endswith(".js") for name in inside)
    (sdist,) = (clone / "out").glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        sources = opened.getnames()
    assert any(name.endswith(f"src/{PAGE}") for name in sources)
    assert any(name.endswith("web/package-lock.json") for name in sources)
    assert not any("node_modules" in name for name in [*inside, *sources])
    # made of the sdist, the wheel found the page current: npm was asked once
    assert (built.stdout + built.stderr).count("page built in") == 1


def test_without_npms_registry_the_wheel_is_made_without_the_page_and_says_so(
    clone: Path, closed_registry: str
) -> None:
    built = build(clone, "--wheel", AUTOM8_REQUIRE_PAGE="0", npm_config_registry=closed_registry)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "page could not be built: installing without it" in built.stdout + built.stderr
    assert PAGE not in wheel_names(clone)
    assert "autom8/cli/main.py" in wheel_names(clone)


def test_whoever_requires_the_page_gets_a_failure_instead(clone: Path, closed_registry: str) -> None:
    built = build(clone, "--wheel", AUTOM8_REQUIRE_PAGE="1", npm_config_registry=closed_registry)
    assert built.returncode != 0
    assert "AUTOM8_REQUIRE_PAGE=1 asks for it" in built.stdout + built.stderr
    assert not list((clone / "out").glob("*.whl"))
