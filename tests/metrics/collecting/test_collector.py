"""The collector: steady batches, whatever single probes, the sink or the machine do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from autom8.metrics.collecting.collector import Collector
from autom8.metrics.collecting.ports import Reading, Sample
from autom8.metrics.collecting.timer import Timer
from tests.metrics.collecting.fake_host import HandClock


@dataclass
class Says:
    """A probe that says what it is told to."""

    name: str
    read_: Callable[[], Iterable[Reading]]

    def read(self) -> Iterable[Reading]:
        return self.read_()


@dataclass
class Keeps:
    batches: list[Sequence[Sample]] = field(default_factory=list)

    def put(self, batch: Sequence[Sample]) -> None:
        self.batches.append(batch)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sink() -> Keeps:
    return Keeps()


def collector(clock: HandClock, sink: Keeps, *probes: Says, within_s: float = 5.0) -> Collector:
    return Collector(
        probes=probes,
        sink=sink,
        timer=Timer(clock.now_ms, clock.elapsed_s),
        labels={"host": "web-1"},
        probe_within_s=within_s,
    )


def told(batch: Sequence[Sample], name: str, **labels: str) -> list[float]:
    return [each.value for each in batch if each.name == name and labels.items() <= each.labels.items()]


def test_a_batch_is_of_one_instant_and_each_sample_names_the_host(clock: HandClock, sink: Keeps) -> None:
    one = Says("one", lambda: [Reading("host_a", 1, {"core": "0"}), Reading("host_b", 2)])
    collector(clock, sink, one).tick()

    assert sink.batches[0][:2] == [
        Sample("host_a", {"host": "web-1", "core": "0"}, 1_700_001_000_000, 1.0),
        Sample("host_b", {"host": "web-1"}, 1_700_001_000_000, 2.0),
    ]
    assert {each.at for each in sink.batches[0]} == {1_700_001_000_000}


def test_what_is_no_number_is_left_out(clock: HandClock, sink: Keeps) -> None:
    odd = Says("odd", lambda: [Reading("host_a", float("nan")), Reading("host_a", float("inf"))])
    collector(clock, sink, odd).tick()

    assert told(sink.batches[0], "host_a") == []


def test_a_probe_that_fails_is_named_counted_and_stops_no_other(
    clock: HandClock, sink: Keeps, caplog: pytest.LogCaptureFixture
) -> None:
    state = {"broken": True}

    def broken() -> Iterable[Reading]:
        yield Reading("host_half", 1)
        if state["broken"]:
            raise ValueError("no number")

    made = collector(clock, sink, Says("bad", broken), Says("good", lambda: [Reading("host_good", 1)]))
    with caplog.at_level(logging.INFO):
        made.tick()
        made.tick()
        state["broken"] = False
        made.tick()
    second, third = sink.batches[1], sink.batches[2]

    assert told(second, "host_good") == [1]
    assert told(second, "host_half") == []  # half of a reading is none
    assert told(second, "host_collector_probe_up", probe="bad") == [0]
    assert told(second, "host_collector_probe_up", probe="good") == [1]
    assert told(second, "host_collector_probe_failures_total", probe="bad") == [2]
    assert told(third, "host_half") == [1]
    assert told(third, "host_collector_probe_up", probe="bad") == [1]
    assert [record.message for record in caplog.records] == ["probe_failed", "probe_well_again"]


def test_a_probe_that_hangs_is_named_counted_and_stops_no_other(clock: HandClock, sink: Keeps) -> None:
    lets_go = threading.Event()

    def hangs() -> Iterable[Reading]:
        lets_go.wait(20)
        return []

    made = collector(
        clock, sink, Says("hangs", hangs), Says("good", lambda: [Reading("host_good", 1)]), within_s=0.02
    )
    made.tick()
    made.tick()
    lets_go.set()

    assert told(sink.batches[1], "host_good") == [1]
    assert told(sink.batches[1], "host_collector_probe_failures_total", probe="hangs") == [2]
    assert told(sink.batches[1], "host_collector_probe_up", probe="hangs") == [0]


def test_a_sink_that_fails_is_said_once_and_collecting_goes_on(
    clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Fails(Keeps):
        def put(self, batch: Sequence[Sample]) -> None:
            super().put(batch)
            raise RuntimeError("no room")

    sink = Fails()
    made = collector(clock, sink)
    made.tick()
    made.tick()

    assert len(sink.batches) == 2
    assert [record.message for record in caplog.records] == ["batch_lost"]


def test_it_keeps_its_beat_without_drift_and_tells_what_it_missed(
    clock: HandClock, sink: Keeps, caplog: pytest.LogCaptureFixture
) -> None:
    at: list[float] = []

    def notes() -> list[Reading]:
        at.append(clock.s)
        return []

    made = collector(clock, sink, Says("notes", notes))
    waits = 0

    def wait(seconds: float) -> bool:
        nonlocal waits
        waits += 1
        clock.s += seconds
        if waits == 3:
            clock.s -= 0.5  # woken too soon
        if waits == 5:
            clock.s += 3_600  # the machine slept
        else:
            clock.s += 0.4  # woken late
        return waits == 8

    made.run(wait)

    assert at == [1_000.4, 1_015.4, 1_030.4, 1_045.0 + 3_600, 1_060.4 + 3_600, 1_075.4 + 3_600]
    assert made.ticks_missed == 240
    assert told(sink.batches[-1], "host_collector_ticks_missed_total") == [240]
    assert [record.message for record in caplog.records] == ["ticks_missed"]


def test_it_ends_when_it_is_told_to_while_it_waits(clock: HandClock, sink: Keeps) -> None:
    collector(clock, sink).run(lambda _: True)

    assert sink.batches == []
