"""Any number of processes append to one chain: no gap, no fork, nothing lost."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autom8.audit.checkpoint_file import read_checkpoints
from autom8.audit.offline import Trusted, verify_database
from autom8.kernel.events import Audited
from tests.audit.recording import record, record_and_seal, sealing, where
from tests.security.house import House

PROCESSES = 8
EACH = 20


def test_eight_processes_append_to_one_chain_without_a_gap_and_sign_it_meanwhile(
    house: House, migrated_url: str, tmp_path: Path
) -> None:
    started = multiprocessing.get_context("forkserver")
    started.set_forkserver_preload(["tests.audit.recording"])  # all of it is imported once, not eight times
    start = started.Process
    kept = tmp_path / "kept.jsonl"  # as several servers on one data folder share it
    processes = [
        start(target=record_and_seal, args=(migrated_url, f"p{number}", EACH, str(kept)))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    sealing(house, kept).seal()
    trusted = Trusted(kept=read_checkpoints(kept))
    found = verify_database(where(migrated_url), trusted, lambda *_: None)

    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert (found.ok, found.what, found.count) == (True, None, PROCESSES * EACH)
    assert found.covered == PROCESSES * EACH
    assert found.trail.checkpoints >= found.file.checkpoints > 1 if found.file else False


def test_eight_threads_of_two_servers_append_to_one_chain_without_a_gap(
    house: House, other_house: House
) -> None:
    barrier = threading.Barrier(8)

    def work(each: tuple[House, int]) -> None:
        barrier.wait(10)
        for number in range(10):
            record(each[0], f"t{each[1]}.{number}", "and-another")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [(house, 1), (other_house, 2)] * 4))
    verification = house.audit.verify()

    assert (verification.ok, verification.count) == (True, 160)


def test_who_rolls_back_while_others_wait_leaves_no_gap(house: House, other_house: House) -> None:
    """The waiting one must read the last entry after its turn has come, not before."""
    written, go_on = threading.Event(), threading.Event()

    def hold(_event: Audited, _work: object) -> None:
        written.set()
        assert go_on.wait(10)
        raise ConnectionAbortedError

    record(house, "a")
    house.bus.within(Audited, hold)
    with ThreadPoolExecutor(2) as pool:
        ahead = pool.submit(record, house, "b")
        assert written.wait(10)
        behind = pool.submit(record, other_house, "c")
        threading.Event().wait(0.3)
        assert not behind.done()
        go_on.set()
        assert isinstance(ahead.exception(10), ConnectionAbortedError)
        behind.result(10)

    assert [(entry.seq, entry.action) for entry in house.entries()] == [(1, "a"), (2, "c")]
    assert house.audit.verify().ok
