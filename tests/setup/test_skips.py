"""Nothing is skipped in silence: each skip is listed with its reason, and fails the run where CI=true."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.console import ROOT

SUITE = """
import pytest

@pytest.mark.skip(reason="no rabbitmq here")
def test_with_rabbitmq(): ...

def test_plain(): ...

@pytest.mark.full
def test_long(): ...
"""


def run(folder: Path, *arguments: str, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    full\n    serial\n")
    argv = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.conftest", *arguments, str(folder)]
    # without the other plugins, whose start takes seconds
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_skip_is_listed_with_its_reason_and_fails_only_in_ci(tmp_path: Path, processes: str) -> None:
    at_home = run(tmp_path, "-n", processes, ci="")
    assert at_home.returncode == 0, at_home.stdout
    assert "1: no rabbitmq here, such as test_suite.py::test_with_rabbitmq" in at_home.stdout

    in_ci = run(tmp_path, "-n", processes, ci="true")
    assert in_ci.returncode == 1
    assert "with CI=true each is a failure" in in_ci.stdout
    assert in_ci.stdout.strip().splitlines()[-1].strip("= ").startswith("1 passed, 1 skipped")


def test_long_tests_run_only_when_asked_for(tmp_path: Path) -> None:
    assert "1 deselected" in run(tmp_path, ci="").stdout
    assert "2 passed, 1 skipped" in run(tmp_path, "--full", ci="").stdout
