"""The catalogue is what the probes give, is named as Prometheus wants it, and is the page's table."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autom8.cli.parser import build_parser
from autom8.metrics.collecting.buffer import Buffer
from autom8.metrics.collecting.catalogue import CATALOGUE, COUNTER, GAUGE
from autom8.metrics.collecting.collector import Collector
from autom8.metrics.collecting.delivery import Delivery
from autom8.metrics.collecting.own import OwnProbe
from autom8.metrics.collecting.ports import Reply, Sample
from autom8.metrics.collecting.probes import host_probes
from autom8.metrics.collecting.timer import Timer
from tests.metrics.collecting.fake_host import HandClock, a_host, add_sensor, cpu_stat, process_stat, write

PAGE = Path(__file__).parents[3] / "docs" / "collector.md"
_SUFFIX = {"bytes": "_bytes", "seconds": "_seconds", "percent": "_percent", "degrees Celsius": "_celsius"}


@pytest.fixture
def samples(tmp_path: Path) -> Iterator[list[Sample]]:
    """All that a host with everything tells in its second reading."""
    host, clock = a_host(tmp_path), HandClock()
    add_sensor(host, "hwmon0", "coretemp", {"temp1_input": "45000"})
    timer = Timer(clock.now_ms, clock.elapsed_s)
    buffer = Buffer(tmp_path / "b", bytes_max=1 << 20)
    delivery = Delivery(buffer, lambda *_: Reply(202), every_s=15, elapsed_s=clock.elapsed_s)
    mountinfo = b"25 30 8:1 / " + bytes(tmp_path) + b" rw - ext4 /dev/sda1 rw\n"
    mountinfo += b"26 30 8:2 / " + bytes(tmp_path / "gone") + b" rw - ext4 /dev/sdb1 rw\n"
    write(Path(host.proc) / "self/mountinfo", mountinfo)
    made = Collector(probes=[*host_probes(host, timer), OwnProbe(host), delivery], sink=delivery, timer=timer)
    made.batch()
    clock.s += 15
    write(Path(host.proc) / "stat", cpu_stat(2, (20, 2, 10, 200, 6, 0, 2, 0)))
    write(Path(host.proc) / "1/stat", process_stat(1, "init", ticks=(500, 500), pages=100))
    yield made.batch()
    buffer.close()


def test_every_sample_is_in_the_catalogue_with_its_labels_and_every_name_is_told(
    samples: list[Sample],
) -> None:
    told = {(sample.name, tuple(sorted(sample.labels))) for sample in samples}

    assert told == {(metric.name, tuple(sorted(metric.labels))) for metric in CATALOGUE}


def test_no_series_is_told_twice_in_a_batch(samples: list[Sample]) -> None:
    series = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in samples]

    assert len(series) == len(set(series))


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.name)
def test_each_name_says_its_kind_and_unit(metric: object) -> None:
    [found] = [each for each in CATALOGUE if each.name == metric.name]  # type: ignore[attr-defined]
    stem = found.name.removesuffix("_total")

    assert re.fullmatch(r"host_[a-z0-9_]+", found.name)
    assert found.kind in {GAUGE, COUNTER}
    assert found.name.endswith("_total") == (found.kind == COUNTER)
    assert stem.endswith(_SUFFIX.get(found.unit, ""))
    assert bool(found.unit) == stem.endswith(tuple(_SUFFIX.values()))
    assert found.help.endswith(".")
    assert "\n" not in found.help
    assert found.labels == tuple(sorted(found.labels))


def test_the_page_holds_the_catalogue() -> None:
    rows = ["| name | kind | unit | labels | meaning |", "| --- | --- | --- | --- | --- |"]
    for metric in CATALOGUE:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.help} |")
    table = "\n".join(rows)

    assert PAGE.read_text(encoding="utf-8").endswith(f"\n\n{table}\n"), (
        f"docs/collector.md must end:\n\n{table}\n"
    )


def test_every_name_that_the_page_mentions_is_in_the_catalogue() -> None:
    mentioned = set(re.findall(r"\bhost_[a-z0-9_]+\b", PAGE.read_text(encoding="utf-8")))

    assert mentioned == {metric.name for metric in CATALOGUE} | {"host_collector_"}


def unit() -> str:
    found = re.search(r"```ini\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_units_command_is_one_that_is_understood() -> None:
    line = next(line for line in unit().splitlines() if line.startswith("ExecStart="))
    program, *words = shlex.split(line.removeprefix("ExecStart="))
    args = build_parser("collect").parse_args(words)

    assert Path(program).name == "autom8"
    assert args.server == "https://autom8.example.org"
    assert args.every.total_seconds() == 15


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (./dev test as root installs it on Debian)")
    path = tmp_path / "autom8-collect.service"
    path.write_text(unit().replace("/opt/autom8/bin/autom8", shutil.which("true") or ""))
    argv = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)

    assert [line for line in done.stderr.splitlines() if path.name in line] == []
