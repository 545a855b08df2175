"""The checks of ./dev check, in one list: the same that pre-commit and CI run."""

from __future__ import annotations

import os
import subprocess
import time

from devtools.console import ROOT, Failure, say
from devtools.environment import VENV

PYTHON = str(VENV / "bin/python")
TYPED = ["src", "tests", "bench", "devtools", "hatch_build.py", "dev"]

CHECKS: dict[str, list[str]] = {
    "lint": [str(VENV / "bin/ruff"), "check", "."],
    "format": [str(VENV / "bin/ruff"), "format", "--check", "."],
    "types": [PYTHON, "-m", "mypy", "--scripts-are-modules", *TYPED],
    "imports": [str(VENV / "bin/lint-imports"), "--no-logo"],
    "page": [PYTHON, "hatch_build.py", "check"],
    "docs": [PYTHON, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html"],
}


def run_all() -> None:
    """Run each check to its end.

    Raises:
        Failure: some failed; names them. What they said stands above.
    """
    path = f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"
    failed = [name for name, argv in CHECKS.items() if not _passes(name, argv, path)]
    if failed:
        raise Failure(f"failed: {', '.join(failed)}")
    say(f"all {len(CHECKS)} checks pass")


def _passes(name: str, argv: list[str], path: str) -> bool:
    began = time.monotonic()
    say(f"{name}: {' '.join(argv).replace(f'{ROOT}/', '')}")
    code = subprocess.run(argv, cwd=ROOT, env={**os.environ, "PATH": path}, check=False).returncode
    say(f"{name}: {'passes' if code == 0 else f'FAILS (exit code {code})'}, {time.monotonic() - began:.1f} s")
    return code == 0
