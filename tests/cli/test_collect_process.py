"""`autom8 collect` as it runs: small, quiet, and losing nothing while its server is away or it is killed."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autom8.metrics.collecting.buffer import Buffer
from autom8.metrics.collecting.catalogue import CATALOGUE
from autom8.metrics.collecting.records import next_record
from tests.cli.collecting import BATCH_FOLDER, KEY, collector, key_file, until
from tests.metrics.collecting.receiving import Answer, Receiver, Request, in_turn

PSS_BYTES_MAX = 25_000_000
CPU_S_PER_TICK_MAX = 0.002 * 15  # 0.2 % of a core at one tick each 15 s
HEAVY = {
    "flask",
    "werkzeug",
    "sqlalchemy",
    "apprise",
    "pydantic",
    "httpcore",
    "cryptography",
    "rich",
    "psutil",
    "granian",
    "autom8.config",
    "autom8.bootstrap",
    "autom8.repositories",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def kept_on_disk(folder: Path) -> dict[str, set[int]]:
    """The keys of all batches in a folder, each with the instants in it."""
    import orjson

    found: dict[str, set[int]] = {}
    for path in sorted((folder / BATCH_FOLDER).glob("*.segment")):
        data, at = path.read_bytes(), 0
        while (each := next_record(data, at)) is not None:
            record, at = each.record(), each.end
            found[record.key] = {sample["at"] for sample in orjson.loads(record.body)["samples"]}
    return found


def by_key(requests: list[Request]) -> dict[str, set[int]]:
    """The instants that came under each key; each instant must have come under one."""
    found: dict[str, set[int]] = {}
    for request in requests:
        assert found.setdefault(request.key, request.instants) == request.instants
    instants = [each for some in found.values() for each in some]
    assert len(instants) == len(set(instants)), "one instant came under two keys"
    return found


@pytest.mark.serial
def test_it_pushes_each_tick_and_is_small(receiver: Receiver, tmp_path: Path) -> None:
    receiver.start()
    with collector(tmp_path, receiver.url, "--name", "web-1", PYTHONPROFILEIMPORTTIME="1") as running:
        until(lambda: len(receiver.requests) >= 2)
        cpu_s, ticks, pss_bytes = running.cpu_s(), len(receiver.requests), 0
        until(lambda: len(receiver.requests) >= ticks + 4)
        per_tick_s = (running.cpu_s() - cpu_s) / (len(receiver.requests) - ticks)
        pss_bytes = running.pss_bytes()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(10) == 0
    [started], [stopped] = running.said("collector_started"), running.said("collector_stopped")
    samples = receiver.requests[-1].body["samples"]
    text = (tmp_path / "log").read_text()
    loaded = {line.rpartition("|")[2].strip() for line in text.splitlines() if line.startswith("import time")}

    assert pss_bytes <= PSS_BYTES_MAX
    assert per_tick_s <= CPU_S_PER_TICK_MAX
    assert "autom8.metrics.collecting.collector" in loaded
    assert {name for name in loaded if name in HEAVY} == set()
    assert receiver.requests[0].path == "/api/v1/metrics"
    assert receiver.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert {sample["labels"]["host"] for sample in samples} == {"web-1"}
    assert {sample["name"] for sample in samples} <= {metric.name for metric in CATALOGUE}
    assert all(set(sample) == {"name", "labels", "at", "value"} for sample in samples)
    assert abs(samples[0]["at"] / 1_000 - time.time()) < 30
    assert (started["host"], started["every_s"], started["server"]) == ("web-1", 1.0, receiver.url)
    assert stopped["waiting"] == 0
    assert KEY not in text
    instants = [min(request.instants) for request in receiver.requests]
    for number, instant in enumerate(instants):  # it keeps its beat; this machine has others to serve
        assert instant - instants[0] == pytest.approx(1_000 * number, abs=400)


def test_it_goes_through_all_that_a_server_may_do_and_loses_nothing(
    receiver: Receiver, tmp_path: Path
) -> None:
    with collector(tmp_path, receiver.url) as running:  # nothing listens yet
        until(lambda: running.said("server_not_taking"))
        receiver.answer = in_turn(
            Answer(500),
            Answer(429, {"Retry-After": "1"}),
            Answer(after_s=0.5),
            Answer(closes=True),  # it was taken, but the answer is cut
            Answer(401, body=b'{"code": "unauthenticated"}'),
            Answer(),
        )
        receiver.start()
        until(
            lambda: any(request.headers["authorization"] == f"Bearer {KEY}" for request in receiver.requests)
        )
        until(lambda: [line for line in running.said("server_not_taking") if line["reason"] == "status 401"])
        key_file(tmp_path, "a8_live_another")
        until(
            lambda: running.said("server_back") and not kept_after_delivery(tmp_path, receiver), within_s=40
        )
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(10) == 0
    reasons = [line["reason"] for line in running.said("server_not_taking")]
    taken = [request for request in receiver.requests if request.headers["authorization"].endswith("another")]

    assert {"Connection refused", "status 500", "status 429", "status 401"} <= set(reasons)
    assert len(reasons) <= 8  # said when it changes, not at each try
    first_seen = list(by_key(receiver.requests).values())
    assert first_seen == sorted(first_seen, key=min)  # in order
    gaps = [min(late) - min(early) for early, late in itertools.pairwise(first_seen)]
    assert all(gap == pytest.approx(1_000, abs=400) for gap in gaps)  # and nothing is missing between
    assert taken


def kept_after_delivery(folder: Path, receiver: Receiver) -> set[str]:
    """Keys on the disk that never came to the server."""
    return kept_on_disk(folder).keys() - {request.key for request in receiver.requests}


def test_killed_while_it_buffers_it_loses_nothing_and_doubles_nothing(
    receiver: Receiver, tmp_path: Path
) -> None:
    expected: dict[str, set[int]] = {}
    for batches in (1, 3):
        with collector(tmp_path, receiver.url):
            until(lambda batches=batches: len(kept_on_disk(tmp_path)) >= batches)  # type: ignore[misc]
        expected |= kept_on_disk(tmp_path)  # it was killed here
    assert len(expected) >= 3
    receiver.answer = in_turn(Answer(), Answer(closes=True), Answer())  # one is taken, and its answer lost
    receiver.start()
    with collector(tmp_path, receiver.url):
        until(lambda: len(receiver.requests) >= 2)
        # killed while it delivers, before it knows
    with collector(tmp_path, receiver.url):
        until(lambda: expected.keys() <= {request.key for request in receiver.requests})
    came = by_key(receiver.requests)

    assert {key: came[key] for key in expected} == expected


_WRITER = """
import sys
from pathlib import Path
from autom8.metrics.collecting.buffer import Buffer
from autom8.metrics.collecting.records import Record
buffer = Buffer(Path(sys.argv[1]), bytes_max=1 << 26)
for number in range(int(sys.argv[2]), 10**9):
    buffer.put(Record(f"{number:032x}", b"%d " % number * 700))
    sys.stdout.write(f"{number}\\n"); sys.stdout.flush()
    if number % 3 == 0:
        buffer.done(buffer.head().key)
"""


def test_killed_at_any_moment_the_files_hold_all_that_was_put(tmp_path: Path) -> None:
    """A writer that writes as fast as it can is killed, again and again, in whatever it does."""
    chance, last = random.Random(7), -1
    for _ in range(6):
        argv = [sys.executable, "-c", _WRITER, str(tmp_path / "b"), str(last + 1)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, env=os.environ) as writer:
            assert writer.stdout is not None
            told = int(writer.stdout.readline())  # it is at it
            time.sleep(chance.uniform(0, 0.1))
            writer.kill()
            said = writer.stdout.read().decode().split("\n")
            told = int(said[-2]) if len(said) > 1 else told  # the last line may be cut
        buffer = Buffer(tmp_path / "b", bytes_max=1 << 26)
        numbers = []
        while (head := buffer.head()) is not None:
            numbers.append(int(head.key, 16))
            assert head.body == b"%d " % numbers[-1] * 700
            buffer.done(head.key)
        buffer.close()
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert numbers[-1] in {told, told + 1}  # put, and killed before it could say so
        assert numbers[0] > last
        last = numbers[-1]


def test_it_stops_at_once_on_an_interrupt_with_what_waits_on_the_disk(
    receiver: Receiver, tmp_path: Path
) -> None:
    with collector(tmp_path, receiver.url) as running:
        until(lambda: running.said("server_not_taking"))
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(10) == 0
    [stopped] = running.said("collector_stopped")

    assert stopped["waiting"] == len(kept_on_disk(tmp_path)) >= 1
