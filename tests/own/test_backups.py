"""A backup that is too old, empty or gone is told; real files."""

from __future__ import annotations

import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from autom8.alerts.own.backups import BackupProbe
from autom8.kernel.clock import SystemClock

DAY_S = 86_400


def probe_of(path: Path, **more: object) -> BackupProbe:
    return BackupProbe(path=path, age_max=timedelta(hours=26), clock=SystemClock(), **more)  # type: ignore[arg-type]


def backup(path: Path, *, age_s: float = 0, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    at = time.time() - age_s
    os.utime(path, (at, at))
    return path


def test_a_young_file_is_fine_and_an_old_one_is_told_with_its_age(tmp_path: Path) -> None:
    path = backup(tmp_path / "dump.sql", age_s=25 * 3_600)
    assert probe_of(path)() == {}
    backup(path, age_s=27 * 3_600)
    found = probe_of(path)()
    assert found["why"] == "old"
    assert found["age_s"] == pytest.approx(27 * 3_600, abs=5)


def test_the_newest_file_of_a_folder_counts_however_deep(tmp_path: Path) -> None:
    backup(tmp_path / "2026" / "05" / "a", age_s=3 * DAY_S)
    assert probe_of(tmp_path)()["why"] == "old"
    backup(tmp_path / "2026" / "06" / "b")
    assert probe_of(tmp_path)() == {}


@pytest.mark.parametrize("what", ["nothing", "empty", "from_the_future", "link", "folder"])
def test_what_is_no_backup_does_not_count(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "backups"
    match what:
        case "empty":
            backup(folder / "a", text="")
        case "from_the_future":
            backup(folder / "a", age_s=-DAY_S)
        case "link":
            folder.mkdir()
            (folder / "a").symlink_to(backup(tmp_path / "elsewhere"))
        case "folder":
            (folder / "a").mkdir(parents=True)
    assert probe_of(folder)() == {"path": str(folder), "why": "none"}


def test_a_folder_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    def denied(*_: object, **__: object) -> float:
        raise PermissionError(13, "Permission denied")

    assert probe_of(tmp_path, newest=denied)() == {
        "path": str(tmp_path),
        "why": "unreadable",
        "error": "Permission denied",
    }


def test_a_disk_that_hangs_holds_nobody_up_and_is_told(tmp_path: Path) -> None:
    hangs, asked = threading.Event(), []

    def newest(*_: object, **__: object) -> float:
        asked.append(1)
        hangs.wait()
        return time.time()

    probe = probe_of(tmp_path, newest=newest, wait_s_max=0.05)
    assert [probe()["why"] for _ in range(3)] == ["unreadable"] * 3
    assert len(asked) == 1, "one thread waits for it, not one for each look"
    hangs.set()
    probe.wait_s_max = 10
    assert probe() == {}
