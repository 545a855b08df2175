"""The checks of ./dev check, in one list: the same that pre-commit and CI run."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from typing import Final

from devtools.console import NOT_DONE, ROOT, Failure, say
from devtools.environment import VENV

PYTHON = str(VENV / "bin/python")
TYPED = ["src", "tests", "bench", "devtools", "hatch_build.py", "dev"]
SHIPPED = ["src", "devtools", "docs", "hatch_build.py", "dev"]

CHECKS: dict[str, list[str]] = {
    "lint": [str(VENV / "bin/ruff"), "check", "."],
    "format": [str(VENV / "bin/ruff"), "format", "--check", "."],
    "types": [PYTHON, "-m", "mypy", "--scripts-are-modules", *TYPED],
    "imports": [str(VENV / "bin/lint-imports"), "--no-logo"],
    "weaknesses": [
        PYTHON,
        "-m",
        "bandit",
        "--quiet",
        "--configfile",
        "pyproject.toml",
        "--recursive",
        *SHIPPED,
    ],
    "secrets": [PYTHON, "-m", "devtools.secret_scan"],
    "page": [PYTHON, "hatch_build.py", "check"],
    "docs": [PYTHON, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html"],
    "audit-python": [PYTHON, "-m", "devtools.audit", "python"],
    "audit-npm": [PYTHON, "-m", "devtools.audit", "npm"],
}
# These ask a service that may be out of reach. What was not asked has not passed; it fails the whole only
# with AUTOM8_REQUIRE_AUDIT=1, because a build without a network must be possible.
NEED_DATA: Final = {"audit-python", "audit-npm"}


def run_all(checks: Mapping[str, list[str]] = CHECKS) -> None:
    """Run each check to its end, and count what could not be done apart from what passed.

    Raises:
        Failure: some failed, or were not done where that is required; names them. What they said is above.
    """
    path = f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"
    codes = {name: _run(name, argv, path) for name, argv in checks.items()}
    not_done = [name for name, code in codes.items() if code == NOT_DONE and name in NEED_DATA]
    failed = [name for name, code in codes.items() if code and name not in not_done]
    told = f"NOT DONE: {', '.join(not_done)} (data out of reach)" if not_done else ""
    if failed:
        raise Failure(f"failed: {', '.join(failed)}{f'; {told}' if told else ''}")
    if not_done and os.environ.get("AUTOM8_REQUIRE_AUDIT") == "1":
        raise Failure(f"{told}; AUTOM8_REQUIRE_AUDIT=1 asks for it")
    passed = len(codes) - len(not_done)
    say(f"{passed} of {len(codes)} checks pass; {told}" if not_done else f"all {passed} checks pass")


def _run(name: str, argv: list[str], path: str) -> int:
    began = time.monotonic()
    say(f"{name}: {' '.join(argv).replace(f'{ROOT}/', '')}")
    code = subprocess.run(argv, cwd=ROOT, env={**os.environ, "PATH": path}, check=False).returncode
    ended = {0: "passes"} | ({NOT_DONE: "NOT DONE"} if name in NEED_DATA else {})
    say(f"{name}: {ended.get(code, f'FAILS (exit code {code})')}, {time.monotonic() - began:.1f} s")
    return code
