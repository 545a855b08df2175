"""A disk of a few megabytes, mounted where only chosen processes see it, that can be filled and freed.

Owns the mount: it lives in a mount namespace of its own, which ends with the process that holds it, so a
killed test leaves nothing behind. Needs root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BLOCK = b"\0" * 65_536


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """`path` is where processes started through `wrapper` find it, `seen` how everybody else does."""

    path: Path
    holder: int

    @property
    def wrapper(self) -> list[str]:
        """Words before a command that let it see the disk."""
        return ["nsenter", f"--target={self.holder}", "--mount", f"--wd={Path.cwd()}"]

    def seen(self, path: Path) -> Path:
        """A path of the disk's own view of the files, for us."""
        return Path(f"/proc/{self.holder}/root{path}")

    def fill(self) -> int:
        """Fill it to the last byte; how many bytes that took."""
        size = 0
        with self._filler.open("ab", buffering=0) as file:
            for block in (BLOCK, b"\0" * 512, b"\0"):
                try:
                    while True:
                        size += file.write(block)
                except OSError:
                    continue
        return size

    def free(self) -> None:
        """Give the space back."""
        self._filler.unlink()

    @property
    def _filler(self) -> Path:
        return self.seen(self.path) / "filler"


@contextmanager
def small_disk(path: Path, *, megabytes: int, options: str = "mode=700") -> Iterator[SmallDisk]:
    """A disk of so many megabytes at `path`, for the block."""
    if os.geteuid() != 0 or shutil.which("nsenter") is None:
        pytest.skip("a disk that fills up needs root and util-linux, to mount one")
    path.mkdir()
    mount = f'mount -t tmpfs -o size={megabytes}m,{options} small "$0" && echo mounted && exec sleep 3600'
    with subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", mount, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        try:
            if "mounted" not in holder.stdout.readline():
                pytest.skip("a disk that fills up needs the right to mount one")
            yield SmallDisk(path, holder.pid)
        finally:
            holder.kill()
