"""A real Prometheus: told samples by remote write, stale markers and all, and asked by its HTTP API."""

from __future__ import annotations

import json
import shutil
import socket
import struct
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autom8.metrics.promql.options import Generation
from autom8.metrics.promql.ports import SeriesData
from tests.faults.server import wait_until

_SLICE_MS = 1_800_000


@dataclass(frozen=True)
class RealPrometheus:
    url: str
    generation: Generation

    def ask(self, path: str, **parameters: str) -> dict[str, Any]:
        """What its API says: `{"status", "data"}` or `{"status", "errorType", "error"}`."""
        body = urllib.parse.urlencode(parameters).encode()
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}", body, timeout=20) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                said = json.load(error)
        assert isinstance(said, dict)
        return said


@contextmanager
def prometheus_with(folder: Path, held: Iterable[SeriesData]) -> Iterator[RealPrometheus]:
    """A Prometheus that knows just these samples."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed (./dev test as root installs it on Debian)")
    (folder / "prometheus.yml").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--storage.tsdb.retention.time=100y",
                "--storage.tsdb.min-block-duration=24h",
                "--storage.tsdb.max-block-duration=24h",
                f"--web.listen-address=127.0.0.1:{port}",
                "--web.enable-remote-write-receiver",
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _version(url) != "", within_s=40, what="a Prometheus that answers")
        _write(url, list(held))
        yield RealPrometheus(url, Generation.TWO if _version(url).startswith("2.") else Generation.THREE)
    finally:
        process.kill()
        process.wait()


def _version(url: str) -> str:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=2):
            pass
        with urllib.request.urlopen(f"{url}/api/v1/status/buildinfo", timeout=2) as answer:
            return str(json.load(answer)["data"]["version"])
    except OSError:
        return ""


def _write(url: str, held: list[SeriesData]) -> None:
    first, last = min(each.times[0] for each in held), max(each.times[-1] for each in held)
    for start in range(first, last + 1, _SLICE_MS):
        message = b"".join(_field(1, _time_series(each, start)) for each in held)
        request = urllib.request.Request(
            f"{url}/api/v1/write",
            _snappy(message),
            {
                "Content-Type": "application/x-protobuf",
                "Content-Encoding": "snappy",
                "X-Prometheus-Remote-Write-Version": "0.1.0",
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status in {200, 204}


def _time_series(given: SeriesData, start: int) -> bytes:
    """Prometheus' TimeSeries: labels by name, samples of one slice."""
    labels = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode()))
        for name, value in sorted(given.labels.items())
    )
    bits = memoryview(given.values).cast("B").cast("Q")
    samples = b"".join(
        _field(2, b"\x09" + struct.pack("<Q", bits[place]) + b"\x10" + _varint(time))
        for place, time in enumerate(given.times)
        if start <= time < start + _SLICE_MS
    )
    return labels + samples


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _snappy(data: bytes) -> bytes:
    """Snappy's format, with nothing made smaller: literals alone."""
    pieces = [data[at : at + 65_536] for at in range(0, len(data), 65_536)]
    return _varint(len(data)) + b"".join(
        b"\xf4" + struct.pack("<H", len(piece) - 1) + piece for piece in pieces
    )
