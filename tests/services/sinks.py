"""What the far sides of tests share, each a process of its own: a mode that tests set, and what it took.

What a sink took is on disk before it says so: many at once share one fsync. Knows no protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_S_MAX = 20.0
MODES = ("ok", "refuse", "fail", "slow", "mute", "die")


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink, as tests see it."""

    port: int
    folder: Path
    pid: int
    _read: list[dict[str, Any]] = field(default_factory=list)
    _at: list[int] = field(default_factory=lambda: [0])

    def mode(self, name: str = "ok", seconds: float = 0.0) -> None:
        """What it does from now on: `ok`, `refuse` for good, `fail` for now, `slow` or `mute` for so long, or
        `die`: it keeps what it is given, and drops the connection before it says so.
        """
        assert name in MODES, name
        new = self.folder / "mode.new"
        new.write_text(json.dumps([name, seconds]))
        new.replace(self.folder / "mode")

    def taken(self) -> list[dict[str, Any]]:
        """All that it took, in its order; each line is read once."""
        path = self.folder / "taken"
        if path.exists():
            with path.open("rb") as file:
                file.seek(self._at[0])
                for line in file:
                    if not line.endswith(b"\n"):
                        break  # it is being written
                    self._read.append(json.loads(line))
                    self._at[0] += len(line)
        return list(self._read)

    def asked(self) -> int:
        """How often it was asked to take something, whatever it did then."""
        path = self.folder / "asked"
        return path.stat().st_size if path.exists() else 0


@contextmanager
def running(module: str, folder: Path) -> Iterator[tuple[int, int]]:
    """A module's sink as a process, its port and pid, until the end. What an earlier one took stays."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "port").unlink(missing_ok=True)
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-m", module, str(folder.absolute())], cwd=root)
    try:
        yield _port(folder, process), process.pid
    finally:
        process.kill()
        process.wait()


def _port(folder: Path, process: subprocess.Popen[bytes]) -> int:
    end = time.monotonic() + START_S_MAX
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            return int((folder / "port").read_text())
        time.sleep(0.02)
    raise AssertionError(f"{folder} did not start")


class Taking:
    """The side of the process: reads the mode, and keeps what it took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = (folder / "taken").open("ab", buffering=0)
        self._asked = (folder / "asked").open("ab", buffering=0)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing = False

    def mode(self) -> tuple[str, float]:
        """The mode now; each call counts as asked once."""
        self._asked.write(b".")
        try:
            name, seconds = json.loads((self.folder / "mode").read_text())
        except (OSError, ValueError):
            return "ok", 0.0
        return str(name), float(seconds)

    async def keep(self, line: dict[str, Any]) -> None:
        """Have a line on the disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((json.dumps({"at": time.time(), **line}).encode() + b"\n", done))
        if not self._writing:
            self._writing = True
            try:
                while self._waiting:
                    await self._write()
            finally:
                self._writing = False
        await done

    async def _write(self) -> None:
        batch, self._waiting = self._waiting, []
        self._file.write(b"".join(line for line, _ in batch))
        await asyncio.get_running_loop().run_in_executor(None, os.fsync, self._file.fileno())
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    def announce(self, port: int) -> None:
        """It listens."""
        new = self.folder / "port.new"
        new.write_text(str(port))
        new.replace(self.folder / "port")
