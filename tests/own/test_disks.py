"""A disk that fills up is seen: a real small one, and sizes and trends that no test could write."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.own.disks import DiskProbe, Room, measure, slope, wanted_bytes
from autom8.kernel.defaults import GIB, MIB
from tests.faults.small_disk import small_disk
from tests.scheduler.house import HandClock

LARGE = Room(device=1, size_bytes=1_000 * GIB, free_bytes=300 * GIB, inodes=1_000, free_inodes=900)


def probe_of(folder: Path = Path("/"), **more: object) -> DiskProbe:
    return DiskProbe(folders=[folder], percent=5, clock=HandClock(), **more)  # type: ignore[arg-type]


def whys(found: dict[str, object] | None) -> list[str]:
    assert found is not None
    disks: list[dict[str, str]] = found.get("disks", [])  # type: ignore[assignment]
    return [each["why"] for each in disks]


def test_a_real_disk_that_fills_up_is_told_until_there_is_room_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", megabytes=32) as disk:
        probe = probe_of(disk.seen(disk.path))
        assert probe() == {}
        disk.fill()
        assert whys(probe()) == ["bytes"]
        disk.free()
        assert probe() == {}


def test_a_real_disk_without_inodes_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", megabytes=32, options="mode=700,nr_inodes=100") as disk:
        folder = disk.seen(disk.path)
        probe = probe_of(folder)
        assert probe() == {}
        for number in range(97):
            (folder / str(number)).touch()
        assert whys(probe()) == ["inodes"]


def test_two_folders_of_one_disk_are_told_once(tmp_path: Path) -> None:
    room = replace(measure(tmp_path), free_bytes=0)
    probe = DiskProbe(folders=[tmp_path, tmp_path], percent=5, clock=HandClock(), measure=lambda _: room)
    assert whys(probe()) == ["bytes"]


def test_a_folder_that_is_gone_says_nothing(tmp_path: Path) -> None:
    assert probe_of(tmp_path / "gone")() is None


def test_who_asks_for_nothing_is_told_nothing(tmp_path: Path) -> None:
    empty = replace(LARGE, free_bytes=0)
    assert DiskProbe(folders=[tmp_path], percent=0, clock=HandClock(), measure=lambda _: empty)() == {}


@pytest.mark.parametrize(
    ("size_gib", "wanted_gib"),
    [(0.0625, 0.0125), (4, 0.8), (8, 1), (20, 1), (100, 5), (400, 20), (10_000, 20)],
)
def test_a_share_is_asked_for_within_bounds(size_gib: float, wanted_gib: float) -> None:
    room = replace(LARGE, size_bytes=int(size_gib * GIB))
    assert wanted_bytes(room, 5) == pytest.approx(wanted_gib * GIB)


def test_it_is_fine_again_a_little_above_where_it_was_not() -> None:
    free = [21, 19, 21, 25, 21]
    probe = probe_of(measure=lambda _: replace(LARGE, free_bytes=free.pop(0) * GIB))
    assert [bool(probe()) for _ in range(5)] == [False, True, True, False, False]


def falling(clock: HandClock, free: Callable[[float], float]) -> Callable[[Path], Room]:
    began = clock.monotonic()
    return lambda _: replace(LARGE, free_bytes=int(free(clock.monotonic() - began)))


def look_for(probe: DiskProbe, minutes: int) -> list[str]:
    """Why, after so many looks."""
    found: dict[str, object] | None = {}
    for _ in range(minutes):
        probe.clock.advance(60)  # type: ignore[attr-defined]
        found = probe()
    return whys(found)


def test_a_disk_that_will_be_full_in_hours_is_told_before() -> None:
    clock = HandClock()
    hundred_an_hour = falling(clock, lambda passed: (320 - 100 * passed / 3_600) * GIB)
    probe = DiskProbe(folders=[Path("/")], percent=5, clock=clock, measure=hundred_an_hour)
    assert look_for(probe, 29) == [], "too short a time says nothing"
    assert look_for(probe, 10) == ["trend"]


@pytest.mark.parametrize(
    "free",
    [
        lambda passed: (380 - 60 * passed / 3_600) * GIB,  # slowly
        *[lambda passed, at=at: (350 - 200 * (passed > at)) * GIB for at in range(0, 3_300, 300)],  # at once
        lambda passed: 350 * GIB - MIB * (passed // 60 % 3),  # to and fro
        lambda passed: (990 - 300 * passed / 3_600) * GIB,  # quickly, where there is much
    ],
)
def test_what_will_not_be_full_soon_is_not_told(free: Callable[[float], float]) -> None:
    clock = HandClock()
    probe = DiskProbe(folders=[Path("/")], percent=5, clock=clock, measure=falling(clock, free))
    assert look_for(probe, 55) == []


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 59), max_size=15, unique=True),
    st.integers(-(10**12), 10**12),
)
def test_a_trend_is_found_through_bursts(change: int, burst_at: list[int], burst: int) -> None:
    """Up to a quarter of the samples may be anything."""
    exact = [(float(60 * n), 10**14 + 60 * n * change) for n in range(60)]
    samples = [(at, free + (burst if n in burst_at else 0)) for n, (at, free) in enumerate(exact)]
    others = [(at, free) for n, (at, free) in enumerate(samples) if n not in burst_at]
    assert slope(others) == pytest.approx(change)
    if len(burst_at) <= 7:
        assert slope(samples) == pytest.approx(change)


def test_what_may_be_used_is_counted_not_what_root_keeps() -> None:
    found, room = os.statvfs("/"), measure(Path("/"))
    assert room.free_bytes <= found.f_bfree * found.f_frsize
    assert room.size_bytes > 0
