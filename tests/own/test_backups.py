"""A backup that is too old, empty or gone is told; real files."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from autom8.alerts.own.backups import BackupProbe, newest
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


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of the name `lost+found` can't be read, though root runs this."""
    scandir = os.scandir

    def refusing(path: str) -> object:
        if Path(path).name == "lost+found":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr("autom8.alerts.own.backups.os.scandir", refusing)


@pytest.mark.usefixtures("unreadable")
def test_a_folder_within_that_cannot_be_read_hides_no_backup_beside_it(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    assert probe_of(tmp_path)()["why"] == "unreadable", "the only one may be in there"
    backup(tmp_path / "a", age_s=3 * DAY_S)
    assert probe_of(tmp_path)()["why"] == "old"
    backup(tmp_path / "b")
    assert probe_of(tmp_path)() == {}


def test_what_goes_while_it_is_looked_at_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "folder/c"):
        backup(tmp_path / name)
    scandir = os.scandir

    class Vanishing:
        """As os.scandir, but that another one removes what is not `b` right after its name was read."""

        def __init__(self, path: str) -> None:
            self.entries = scandir(path)

        def __enter__(self) -> Self:
            return self

        def __iter__(self) -> Iterator[os.DirEntry[str]]:
            for entry in self.entries:
                if entry.name == "a":
                    Path(entry.path).unlink()
                if entry.name == "folder":
                    shutil.rmtree(entry.path)
                yield entry

        def __exit__(self, *_: object) -> None:
            self.entries.close()

    monkeypatch.setattr("autom8.alerts.own.backups.os.scandir", Vanishing)
    assert probe_of(tmp_path)() == {}


def test_a_folder_with_too_many_files_is_not_said_to_be_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autom8.alerts.own.backups.FILES_MAX", 3)
    for number in range(4):
        backup(tmp_path / str(number), age_s=3 * DAY_S)
    found = probe_of(tmp_path)()
    assert (found["why"], found["error"]) == ("unreadable", "it has more than 3 files")
    for number in range(4):
        backup(tmp_path / str(number))
    assert probe_of(tmp_path)() == {}, "one that is young enough is all that is asked for"


def test_whatever_goes_wrong_is_told_and_tried_again(tmp_path: Path) -> None:
    def broken(*_: object, **__: object) -> float:
        raise RecursionError

    probe = probe_of(tmp_path, newest=broken)
    assert [probe()["error"] for _ in range(2)] == ["RecursionError"] * 2
    probe.newest = newest
    backup(tmp_path / "a")
    assert probe() == {}


def test_a_disk_that_hangs_holds_nobody_up_and_is_told(tmp_path: Path) -> None:
    hangs, asked = threading.Event(), []

    def hanging(*_: object, **__: object) -> float:
        asked.append(1)
        hangs.wait()
        return time.time()

    probe = probe_of(tmp_path, newest=hanging, wait_s_max=0.05)
    assert [probe()["why"] for _ in range(3)] == ["unreadable"] * 3
    assert len(asked) == 1, "one thread waits for it, not one for each look"
    hangs.set()
    probe.wait_s_max = 10
    assert probe() == {}
