"""Set-up does what is left to do, once, whoever else is at it. The package tools are recorded, not run."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from devtools import environment
from devtools.console import Failure


class Tools:
    """Stands in for uv: notes each call and leaves behind what the real one would."""

    def __init__(self, clone: Path) -> None:
        self.clone = clone
        self.calls: list[str] = []
        self.fails = False
        self.builds_page = True

    def __call__(
        self,
        argv: Sequence[str | Path],
        *,
        doing: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> str:
        time.sleep(0.05)  # long enough for another thread to come in between
        self.calls.append("autom8" if "--editable" in argv else Path(argv[-1]).name)
        if self.fails:
            raise Failure("no network")
        if "--editable" in argv:
            (self.clone / ".venv/bin/autom8").touch()
            if self.builds_page:
                environment.PAGE.parent.mkdir(parents=True, exist_ok=True)
                environment.PAGE.touch()
        return ""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("requirements", "web/src", "web/node_modules/preact", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("run", "test", "check", "build"):
        (tmp_path / f"requirements/{name}.txt").write_text(f"{name}==1 \\\n")
    for name in (
        ".venv/pyvenv.cfg",
        ".venv/bin/python",
        "pyproject.toml",
        "hatch_build.py",
        "web/src/main.tsx",
    ):
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def tools(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    places = {
        "ROOT": "",
        "VENV": ".venv",
        "PYTHON": ".venv/bin/python",
        "STATE": ".dev",
        "STAMPS": ".venv/stamps",
    }
    places |= {"REQUIREMENTS": "requirements", "PAGE": "src/static/index.html"}
    for name, place in places.items():
        monkeypatch.setattr(environment, name, clone / place)
    monkeypatch.setattr(environment, "_ensure_uv", lambda: "uv")
    recorded = Tools(clone)
    monkeypatch.setattr(environment, "step", recorded)
    return recorded


def test_a_second_start_has_nothing_to_do(tools: Tools) -> None:
    environment.prepare("run")
    assert tools.calls == ["run.txt", "autom8"]
    environment.prepare("run")
    assert tools.calls == ["run.txt", "autom8"]


@pytest.mark.parametrize(
    ("changed", "redone"),
    [
        ("requirements/run.txt", ["run.txt"]),
        ("requirements/build.txt", ["autom8"]),
        ("pyproject.toml", ["autom8"]),
        ("hatch_build.py", ["autom8"]),
        ("web/src/main.tsx", ["autom8"]),
        (".venv/pyvenv.cfg", ["run.txt", "autom8"]),
        ("web/node_modules/preact/index.js", []),
        ("requirements/test.txt", []),
    ],
)
def test_a_change_redoes_what_depends_on_it(
    tools: Tools, clone: Path, changed: str, redone: list[str]
) -> None:
    environment.prepare("run")
    tools.calls.clear()
    (clone / changed).write_text("changed")
    environment.prepare("run")
    assert tools.calls == redone


def test_a_failed_step_is_done_again(tools: Tools) -> None:
    tools.fails = True
    with pytest.raises(Failure):
        environment.prepare("run")
    tools.fails = False
    environment.prepare("run")
    assert tools.calls == ["run.txt", "run.txt", "autom8"]


def test_a_page_that_could_not_be_built_is_tried_again_and_does_not_stop_the_start(
    tools: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    tools.builds_page = False
    environment.prepare("run")
    assert "the page could not be built" in capsys.readouterr().err
    tools.builds_page = True
    environment.prepare("run")
    assert tools.calls == ["run.txt", "autom8", "autom8"]


def test_two_at_once_set_up_once(tools: Tools, capsys: pytest.CaptureFixture[str]) -> None:
    both = [threading.Thread(target=environment.prepare, args=("run",)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(10)
    assert tools.calls == ["run.txt", "autom8"]
    assert "waiting for another ./dev" in capsys.readouterr().err


def test_a_shim_without_a_program_behind_it_is_no_uv(tmp_path: Path) -> None:
    shim = tmp_path / "uv"
    shim.write_text("#!/bin/sh\necho 'uv: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert environment._uv_version(str(shim)) == (0,)
