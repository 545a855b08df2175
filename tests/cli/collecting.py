"""`autom8 collect` as a process of its own, for tests."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "a8_live_" + "k" * 12 + "_" + "s" * 32 + "_" + "c" * 6
BATCH_FOLDER = "waiting"


@dataclass(frozen=True)
class Process:
    """A collector that runs. `folder` holds its key, its batches and its log."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def log(self) -> list[dict[str, Any]]:
        """The lines that it has logged."""
        text = (self.folder / "log").read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def said(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.log() if line["message"] == message]

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def pss_bytes(self) -> int:
        return pss_bytes(self.pid)


def pss_bytes(pid: int) -> int:
    """The memory of a process, with its share of what it shares with others."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024


def key_file(folder: Path, key: str = KEY) -> Path:
    """A file with a key, closed to others; put in place at once."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / "key.new"
    new.touch(mode=0o600)
    new.write_text(key + "\n")
    return new.replace(folder / "key")


@contextlib.contextmanager
def collector(folder: Path, url: str, *options: str, **env: str) -> Iterator[Process]:
    """A collector that reads each second, until the end; a log of an earlier one is gone on with."""
    if not (folder / "key").exists():
        key_file(folder)
    argv = [sys.executable, "-m", "autom8.cli.main", "collect", "--server", url, "--every", "1s"]
    argv += ["--key-file", str(folder / "key"), "--data", str(folder / BATCH_FOLDER), *options]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "STATE"))}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, env=kept | env)
    try:
        yield Process(process, folder)
    finally:
        process.kill()
        process.wait()


def until(happened: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Wait for something."""
    end_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end_s, "it took too long"
        time.sleep(0.01)
