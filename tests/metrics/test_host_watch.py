"""A server reads its own host into its store, under the host's name, unless it is told not to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from autom8.bootstrap import Services, host_watch_of
from autom8.kernel.actor import SYSTEM
from autom8.kernel.paging import Page
from autom8.metrics.collecting.ports import Sample
from tests.api.rig import House, opened


def names(services: Services) -> set[tuple[str, str]]:
    found = services.metrics.list_(Page(limit=200), actor=SYSTEM)
    return {(each["name"], each["labels"]["host"]) for each in found.items}


def test_it_reads_at_once_and_what_it_read_is_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "home", worker_name="web-1") as house:
        watch = host_watch_of(house.services, place=1)
        assert watch is not None
        read = threading.Event()
        put = watch.collector.sink.put

        class Telling:
            def put(self, batch: Sequence[Sample]) -> None:
                put(batch)
                read.set()

        watch.collector.sink = Telling()
        watch.start()
        assert read.wait(30)
        watch.stop()

        assert not any(each.name == "autom8-collect" for each in threading.enumerate())
        assert house.services.recorder.flush() > 20
        assert {("host_load1", "web-1"), ("host_memory_size_bytes", "web-1")} <= names(house.services)


@pytest.mark.parametrize(("every_s", "place"), [(0, 1), (15, 2)])
def test_it_reads_nothing_where_that_is_turned_off_or_another_server_does(
    tmp_path: Path, every_s: int, place: int
) -> None:
    with opened(tmp_path / "home", collect_every_s=every_s) as house:
        assert host_watch_of(house.services, place=place) is None


def test_what_the_queue_has_no_room_for_is_counted(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as house:
        assert isinstance(house, House)
        watch = host_watch_of(house.services, place=1)
        assert watch is not None
        house.services.recorder.queue_max = 5

        watch.collector.tick()

        assert house.services.recorder.flush() == 5
        assert house.services.telemetry.snapshot()["samples.dropped"] > 20
