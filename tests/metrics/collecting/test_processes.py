"""Processes: counts by state, and the first five by what they use, whatever their names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.metrics.collecting.host import Host
from autom8.metrics.collecting.probes.processes import ProcessesProbe, parsed
from autom8.metrics.collecting.timer import Timer
from tests.metrics.collecting.fake_host import HandClock, a_host, process_stat, values, write

PER_S = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return a_host(tmp_path)


def add(host: Host, pid: int, text: str) -> None:
    write(Path(host.proc) / str(pid) / "stat", text)


def test_states_are_counted_also_those_that_nobody_is_in(host: Host) -> None:
    for pid, state in enumerate("RRSDZTtIX", start=10):
        add(host, pid, process_stat(pid, state=state))
    clock = HandClock()
    found = values(ProcessesProbe(host, Timer(clock.now_ms, clock.elapsed_s)).read())

    assert {key[1]: value for key, value in found.items() if key[0] == "host_processes"} == {
        "running": 2,
        "sleeping": 2,  # init too
        "uninterruptible": 1,
        "zombie": 1,
        "stopped": 1,
        "traced": 1,
        "idle": 1,
        "other": 1,
    }


def test_cpu_is_told_in_percent_of_a_core_from_the_second_reading_on(host: Host) -> None:
    clock = HandClock()
    probe = ProcessesProbe(host, Timer(clock.now_ms, clock.elapsed_s))
    add(host, 7, process_stat(7, "worker", ticks=(0, 100)))
    first = values(probe.read())
    clock.s += 10
    add(host, 7, process_stat(7, "worker", ticks=(10 * PER_S, 100 + 5 * PER_S)))  # on two cores
    add(host, 8, process_stat(8, "new", ticks=(10 * PER_S, 0)))  # when it began is not known: next time
    second = values(probe.read())

    assert not [key for key in first if key[0] == "host_process_cpu_percent"]
    assert {key: value for key, value in second.items() if key[0] == "host_process_cpu_percent"} == {
        ("host_process_cpu_percent", "worker", "7"): 150
    }


def test_a_number_that_is_given_again_is_another_process(host: Host) -> None:
    clock = HandClock()
    probe = ProcessesProbe(host, Timer(clock.now_ms, clock.elapsed_s))
    add(host, 7, process_stat(7, "old", ticks=(100, 0)))
    list(probe.read())
    clock.s += 1
    add(host, 7, process_stat(7, "young", ticks=(5000, 0)).replace(" 1007 ", " 2000 "))

    assert ("host_process_cpu_percent", "young", "7") not in values(probe.read())


def test_the_five_with_most_memory_are_told_in_bytes(host: Host) -> None:
    for pid in range(10, 20):
        add(host, pid, process_stat(pid, f"p{pid}", pages=pid))
    add(host, 99, process_stat(99, "kthreadd"))
    clock = HandClock()
    found = values(ProcessesProbe(host, Timer(clock.now_ms, clock.elapsed_s)).read())

    sizes = {key[1]: value for key, value in found.items() if key[0] == "host_process_memory_bytes"}
    assert sizes == {"init": 100 * PAGE} | {f"p{pid}": pid * PAGE for pid in range(16, 20)}


def test_one_that_ends_while_it_is_read_is_no_failure(host: Host) -> None:
    (Path(host.proc) / "4711").mkdir()
    clock = HandClock()

    assert list(ProcessesProbe(host, Timer(clock.now_ms, clock.elapsed_s)).read())


@given(st.binary(min_size=1, max_size=15).filter(lambda name: b"\0" not in name))
def test_any_name_is_read_as_it_is(name: bytes) -> None:
    line = process_stat(42, "NAME", state="R", ticks=(3, 4), pages=5).encode().replace(b"NAME", name)
    found = parsed(line)

    assert (found.process.pid, found.process.started) == (42, 1042)
    assert (found.state, found.ticks, found.pages) == ("R", 7, 5)
    assert found.process.name == name.decode("utf-8", "backslashreplace")


def test_a_line_that_is_cut_short_is_said_to_be() -> None:
    with pytest.raises(ValueError, match="cut short"):
        parsed(b"1 (init) S 1 1")
