"""Delivery against a port that answers as a server may: nothing is lost, doubled or out of order."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from autom8.metrics.collecting import delivery as module
from autom8.metrics.collecting.buffer import Buffer
from autom8.metrics.collecting.delivery import Delivery
from autom8.metrics.collecting.encoding import bodies
from autom8.metrics.collecting.ports import NotAnswered, Reply, Sample
from tests.metrics.collecting.fake_host import values

OK = Reply(202)


class Server:
    """Answers each try as told; the last answer stands for all that follow."""

    def __init__(self, *answers: Reply | Exception) -> None:
        self.answers = list(answers) or [OK]
        self.tries: list[tuple[str, int, float]] = []
        self.taken: list[int] = []

    def __call__(self, key: str, body: bytes) -> Reply:
        number = orjson.loads(body)["samples"][0]["at"]
        self.tries.append((key, number, time.monotonic()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if answer.status < 300:
            self.taken.append(number)
        return answer


Made = Callable[[Server], Delivery]


@pytest.fixture
def buffer(tmp_path: Path) -> Iterator[Buffer]:
    made = Buffer(tmp_path / "b", bytes_max=1 << 20)
    yield made
    made.close()


@pytest.fixture
def made(buffer: Buffer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    monkeypatch.setattr(module, "BETWEEN_S", 0.005)
    monkeypatch.setattr(module, "wait_s", lambda *_, **__: 0.01)
    running: list[Delivery] = []

    def make(server: Server) -> Delivery:
        running.append(Delivery(buffer, server, every_s=1, elapsed_s=time.monotonic, sync_every_s=0.02))
        return running[-1]

    yield make
    for each in running:
        each.stop(within_s=5)


def put(delivery: Delivery, *numbers: int) -> None:
    for number in numbers:
        delivery.put([Sample("host_load1", {"host": "h"}, number, 0.5)])


def until(happened: Callable[[], object]) -> None:
    end_s = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end_s
        time.sleep(0.002)


def dropped(delivery: Delivery, reason: str) -> float:
    return values(delivery.read())["host_collector_batches_dropped_total", reason]


def test_batches_are_delivered_in_order(made: Made) -> None:
    server = Server()
    delivery = made(server)
    delivery.start()
    put(delivery, *range(20))
    until(lambda: delivery.delivered == 20)

    assert server.taken == list(range(20))
    assert values(delivery.read())["host_collector_buffer_batches",] == 0


@pytest.mark.parametrize(
    "answer",
    [
        NotAnswered("nothing listens"),
        Reply(500),
        Reply(503, retry_after_s=1),
        Reply(429),
        Reply(401),
        Reply(302),
    ],
    ids=["away", "500", "503", "429", "401", "302"],
)
def test_what_is_not_taken_now_is_sent_again_under_its_key(
    made: Made, answer: Reply | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(answer, answer, answer, OK)
    delivery = made(server)
    delivery.start()
    with caplog.at_level(logging.INFO):
        put(delivery, 1, 2, 3)
        until(lambda: delivery.delivered == 3)

    assert server.taken == [1, 2, 3]
    assert len({key for key, number, _ in server.tries if number == 1}) == 1
    assert len({key for key, _, _ in server.tries}) == 3
    assert [record.message for record in caplog.records] == ["server_not_taking", "server_back"]


def test_what_is_refused_for_good_is_dropped_counted_and_said_once(
    made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(Reply(422, "invalid"), Reply(422, "invalid"), Reply(413), OK)
    delivery = made(server)
    delivery.start()
    put(delivery, 1, 2, 3, 4)
    until(lambda: delivery.delivered == 1)

    assert server.taken == [4]
    assert dropped(delivery, "refused") == 3
    assert [record.fields["status_code"] for record in caplog.records] == [422, 413]  # type: ignore[attr-defined]


def test_a_fault_of_our_own_ends_no_delivery(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    server = Server(ZeroDivisionError("ours"), OK)
    delivery = made(server)
    delivery.start()
    put(delivery, 1)
    until(lambda: delivery.delivered == 1)

    assert "post_failed" in [record.message for record in caplog.records]


def test_what_waited_is_delivered_at_a_bounded_rate(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BETWEEN_S", 0.05)
    server = Server()
    delivery = made(server)
    put(delivery, *range(8))
    delivery.start()
    until(lambda: delivery.delivered == 8)
    at_s = [at_s for _, _, at_s in server.tries]

    assert all(late - early >= 0.049 for early, late in pairwise(at_s))


def test_a_slow_server_holds_up_no_batch_on_its_way_to_the_disk(made: Made, buffer: Buffer) -> None:
    lets_go = threading.Event()

    def slow(key: str, body: bytes) -> Reply:
        lets_go.wait(10)
        return OK

    delivery = made(slow)  # type: ignore[arg-type]
    delivery.start()
    began_s = time.monotonic()
    put(delivery, *range(50))
    assert time.monotonic() - began_s < 1
    assert buffer.batches == 50
    until(lambda: not buffer._unsynced)  # and it is synced meanwhile
    lets_go.set()


def test_a_disk_that_does_not_sync_is_said_once(
    made: Made, buffer: Buffer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    def fails() -> None:
        tries.append(1)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(buffer, "sync", fails)
    delivery = made(Server(NotAnswered("away")))
    delivery.start()
    for number in range(3):
        put(delivery, number)
        until(lambda number=number: len(tries) > number)  # type: ignore[misc]
    monkeypatch.undo()

    assert [record.message for record in caplog.records].count("buffer_not_synced") == 1


def test_an_end_waits_for_what_is_being_sent_and_keeps_the_rest(made: Made, buffer: Buffer) -> None:
    began = threading.Event()

    def slow(key: str, body: bytes) -> Reply:
        began.set()
        time.sleep(0.2)
        return OK

    delivery = made(slow)  # type: ignore[arg-type]
    delivery.start()
    put(delivery, 1, 2)
    began.wait(5)
    delivery.stop(within_s=5)

    assert (delivery.delivered, buffer.batches) == (1, 1)


def test_an_end_does_not_wait_for_ever(made: Made) -> None:
    lets_go = threading.Event()
    delivery = made(lambda *_: lets_go.wait(10) and OK)  # type: ignore[arg-type]
    delivery.start()
    put(delivery, 1)
    began_s = time.monotonic()
    delivery.stop(within_s=0.1)

    assert time.monotonic() - began_s < 2
    lets_go.set()


def test_a_large_batch_goes_in_several_bodies_that_a_server_takes() -> None:
    batch = [
        Sample("host_cpu_core_seconds_total", {"core": str(n), "host": "h"}, 1, 1.5) for n in range(5_000)
    ]
    found = list(bodies(batch, bytes_max=100_000))

    assert all(len(body) <= 100_000 for body in found)
    assert [each for body in found for each in orjson.loads(body)["samples"]] == [
        {"name": each.name, "labels": each.labels, "at": 1, "value": 1.5} for each in batch
    ]
    assert list(bodies([])) == []
    assert len(list(bodies(batch[:1], bytes_max=10))) == 1  # one sample is not parted
