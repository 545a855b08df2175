"""The command line: how long it takes to say its version, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.figures import Figure, Report
from bench.scale import Scale


def measure(scale: Scale) -> Iterator[Report]:
    """One report."""
    version = [str(Path(sys.executable).with_name("autom8")), "--version"]
    nothing = [sys.executable, "-c", "pass"]
    took: list[float] = []
    bare: list[float] = []
    _time_ms(version)  # reads the files into memory
    for _ in range(scale.cli_starts):
        took.append(_time_ms(version))
        bare.append(_time_ms(nothing))
    yield Report(
        name="cli",
        what=f"`autom8 --version`, {scale.cli_starts} times",
        figures=[
            Figure(name="median", value=median(took), unit="ms", at_most=60),
            Figure(name="shortest", value=min(took), unit="ms"),
            Figure(name="longest", value=max(took), unit="ms"),
            Figure(name="beside `python -c pass`", value=median(took) / median(bare), unit="x"),
        ],
    )


def _time_ms(argv: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000
