"""Long steps say that they are alive, failed ones say what they said, and none outlives its caller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from devtools import console
from devtools.console import StepFailed, step


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_step_returns_what_it_printed_and_shows_only_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert step(python("print('chatter')"), doing="doing it") == "chatter\n"
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith(" s] doing it\n")


def test_a_long_step_shows_its_latest_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "STILL_AT_IT_S", 0.3)
    step(python("import time; print('Downloading flask', flush=True); time.sleep(1)"), doing="getting it")
    assert ": Downloading flask\n" in capsys.readouterr().err


def test_a_failed_step_shows_the_end_of_what_it_said() -> None:
    with pytest.raises(StepFailed) as failed:
        step(python("[print('line', n) for n in range(99)]; raise SystemExit(3)"), doing="building")
    assert "failed while building (exit code 3)" in str(failed.value)
    assert "line 98" in str(failed.value)
    assert "line 2\n" not in str(failed.value)


def test_a_program_that_is_not_there_is_a_failed_step() -> None:
    with pytest.raises(StepFailed, match="No such file"):
        step(["/nonexistent/program"], doing="trying")


def test_an_interrupt_ends_the_child_too(monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[str]] = []
    started = subprocess.Popen

    def remembered(*arguments: object, **options: object) -> subprocess.Popen[str]:
        children.append(started(*arguments, **options))  # type: ignore[call-overload]  # passed on as given
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        return children[-1]

    monkeypatch.setattr(subprocess, "Popen", remembered)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        step(python("import time; time.sleep(60)"), doing="waiting")
    assert children[0].returncode == -signal.SIGTERM
    assert time.monotonic() - began < 10
