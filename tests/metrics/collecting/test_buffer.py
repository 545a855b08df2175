"""The buffer on the disk: in order, bounded, and whole again after whatever ended the process."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from autom8.metrics.collecting.buffer import Buffer, BufferRefused
from autom8.metrics.collecting.records import Record
from autom8.metrics.collecting.segments import Appender, numbers_in, path_of

MIB = 1 << 20


def record(number: int, size: int = 100) -> Record:
    return Record(f"{number:032x}", os.urandom(size))  # random: nothing is won by packing it


def drained(buffer: Buffer) -> list[Record]:
    found = []
    while (head := buffer.head()) is not None:
        found.append(head)
        buffer.done(head.key)
    return found


def ended(buffer: Buffer) -> None:
    """As kill -9 leaves it: files closed by the kernel, and nothing written any more."""
    for descriptor in [buffer._held, buffer._cursor._descriptor, *buffer._unsynced.values()]:
        os.close(descriptor)
    if buffer._writer is not None:
        buffer._writer.close()


@pytest.fixture
def buffer(tmp_path: Path) -> Iterator[Buffer]:
    made = Buffer(tmp_path / "waiting", bytes_max=MIB)
    yield made
    made.close()


def test_batches_come_out_in_their_order_and_once(buffer: Buffer) -> None:
    records = [record(n) for n in range(50)]
    for each in records:
        buffer.put(each)
    assert buffer.batches == 50

    assert drained(buffer) == records
    assert (buffer.batches, buffer.bytes_waiting) == (0, 0)


def test_the_head_stays_until_it_is_done_and_is_done_once(buffer: Buffer) -> None:
    for n in range(3):
        buffer.put(record(n))
    head = buffer.head()
    assert head is not None
    assert buffer.head() == head
    buffer.done(head.key)
    buffer.done(head.key)

    assert buffer.batches == 2


def test_what_is_delivered_is_removed_from_the_disk(tmp_path: Path, buffer: Buffer) -> None:
    for n in range(30):
        buffer.put(record(n, size=20_000))
    drained(buffer)

    assert len(numbers_in(tmp_path / "waiting")) == 1  # that which is written to
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "waiting").iterdir())


def test_when_it_is_full_the_oldest_go_and_are_counted(
    tmp_path: Path, buffer: Buffer, caplog: pytest.LogCaptureFixture
) -> None:
    records = [record(n, size=20_000) for n in range(200)]
    for each in records:
        buffer.put(each)
    kept = drained(buffer)

    assert kept == records[-len(kept) :]
    assert buffer.full == 200 - len(kept)
    assert len(kept) * 20_000 > MIB * 3 / 4
    assert sum(path.stat().st_size for path in (tmp_path / "waiting").iterdir()) <= MIB
    assert {each.message for each in caplog.records} == {"buffer_full"}


def test_what_is_dropped_while_it_is_sent_harms_nothing(buffer: Buffer) -> None:
    buffer.put(record(0, size=20_000))
    sent = buffer.head()
    assert sent is not None
    for n in range(1, 200):
        buffer.put(record(n, size=20_000))
    waiting = buffer.batches
    buffer.done(sent.key)

    assert buffer.batches == waiting


def test_the_next_process_takes_up_what_waits_under_the_same_keys(tmp_path: Path) -> None:
    first = Buffer(tmp_path / "b", bytes_max=MIB)
    records = [record(n, size=5_000) for n in range(60)]
    for each in records:
        first.put(each)
    for _ in range(40):
        first.done(first.head().key)  # type: ignore[union-attr]
    ended(first)
    second = Buffer(tmp_path / "b", bytes_max=MIB)
    second.put(record(99))

    assert second.batches == 21
    assert drained(second)[:-1] == records[40:]
    second.close()


def test_a_batch_that_was_cut_by_the_end_of_its_process_is_counted_and_hides_no_other(tmp_path: Path) -> None:
    first = Buffer(tmp_path / "b", bytes_max=MIB)
    records = [record(n) for n in range(3)]
    for each in records:
        first.put(each)
    ended(first)
    [number] = numbers_in(tmp_path / "b")
    path = path_of(tmp_path / "b", number)
    path.write_bytes(path.read_bytes()[:-7])
    second = Buffer(tmp_path / "b", bytes_max=MIB)
    second.put(record(3))

    assert second.damaged == 1
    assert second.batches == 3
    assert [each.key for each in drained(second)] == [record(n).key for n in (0, 1, 3)]
    second.close()


def test_what_a_crash_left_of_delivered_batches_is_removed_and_not_sent_again(tmp_path: Path) -> None:
    first = Buffer(tmp_path / "b", bytes_max=MIB)
    for n in range(30):
        first.put(record(n, size=20_000))
    old = {path: path.read_bytes() for path in (tmp_path / "b").glob("*.segment")}
    drained(first)
    ended(first)
    for path, data in old.items():
        path.write_bytes(data)
    second = Buffer(tmp_path / "b", bytes_max=MIB)

    assert second.head() is None
    assert not [*(tmp_path / "b").glob("*.segment")]
    second.close()


def test_no_number_of_a_segment_is_used_twice_even_when_all_are_gone(tmp_path: Path) -> None:
    for _ in range(3):
        buffer = Buffer(tmp_path / "b", bytes_max=MIB)
        buffer.put(record(1))
        [number] = numbers_in(tmp_path / "b")
        drained(buffer)
        buffer.close()
        path_of(tmp_path / "b", number).unlink()

    assert number == 3


def test_a_second_collector_on_one_folder_is_refused(tmp_path: Path, buffer: Buffer) -> None:
    with pytest.raises(BufferRefused, match="Another collector"):
        Buffer(tmp_path / "waiting", bytes_max=MIB)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BufferRefused, match="Not a directory"):
        Buffer(tmp_path / "file" / "b", bytes_max=MIB)


def test_foreign_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.txt", "x.segment", "٣.segment"):
        (tmp_path / name).write_text("mine")
    buffer = Buffer(tmp_path, bytes_max=MIB)
    buffer.put(record(1))
    drained(buffer)
    buffer.close()

    assert {"notes.txt", "x.segment", "٣.segment"} <= {path.name for path in tmp_path.iterdir()}


def test_while_the_disk_takes_nothing_a_few_wait_in_memory_and_then_go_to_it(
    buffer: Buffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record(n) for n in range(60)]
    buffer.put(records[0])
    with monkeypatch.context() as full:

        def refused(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        full.setattr(Appender, "append", refused)
        for each in records[1:50]:
            buffer.put(each)
        assert buffer.unwritten == 9
        first = buffer.head()
        assert first == records[0]
        buffer.done(first.key)
        assert buffer.head() == records[10]  # delivery goes on from memory
        buffer.done(records[10].key)
        sent = buffer.head()
    for each in records[50:]:
        buffer.put(each)
    assert not buffer._memory
    assert sent is not None
    buffer.done(sent.key)  # it was in memory when it was sent, and is on the disk now

    assert drained(buffer) == records[12:]


def test_what_a_full_disk_left_of_a_batch_is_cut_off_again(
    tmp_path: Path, buffer: Buffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer.put(record(0))
    real = os.write
    with monkeypatch.context() as full:

        def half(descriptor: int, data: bytes) -> int:
            if len(data) < 60:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(descriptor, data[:50])

        full.setattr(os, "write", half)
        buffer.put(record(1))
    [number] = numbers_in(tmp_path / "waiting")

    assert path_of(tmp_path / "waiting", number).stat().st_size == buffer._size[number]
    buffer.put(record(2))
    assert [each.key for each in drained(buffer)] == [record(n).key for n in range(3)]


def test_only_what_waits_is_synced(buffer: Buffer, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    buffer.put(record(1))
    drained(buffer)
    buffer.sync()
    assert synced == []  # it is delivered: nobody needs it on the disk

    buffer.put(record(2))
    buffer.sync()
    assert len(synced) == 2  # the file and its folder
    buffer.sync()
    assert len(synced) == 2


class Life(RuleBasedStateMachine):
    """Any order of puts, deliveries and ends of the process, against a plain list."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.buffer = self.opened()
        self.expected: list[Record] = []
        self.number = 0

    def opened(self) -> Buffer:
        return Buffer(Path(self.folder.name), bytes_max=64 * 1024)

    @rule(size=st.integers(1, 3_000))
    def put(self, size: int) -> None:
        self.number += 1
        new = record(self.number, size)
        lost = self.buffer.full
        self.buffer.put(new)
        self.expected.append(new)
        del self.expected[: self.buffer.full - lost]

    @precondition(lambda self: self.expected)
    @rule()
    def deliver(self) -> None:
        head = self.buffer.head()
        assert head == self.expected.pop(0)
        self.buffer.done(head.key)

    @rule(kill=st.booleans())
    def restart(self, *, kill: bool) -> None:
        ended(self.buffer) if kill else self.buffer.close()
        self.buffer = self.opened()

    @rule()
    def sync(self) -> None:
        self.buffer.sync()

    @invariant()
    def it_holds_what_it_should(self) -> None:
        assert self.buffer.batches == len(self.expected)
        assert self.buffer.bytes_waiting <= 64 * 1024
        assert self.buffer.head() == next(iter(self.expected), None)
        assert self.buffer.damaged == 0

    def teardown(self) -> None:
        self.buffer.close()
        self.folder.cleanup()


Life.TestCase.settings = settings(max_examples=25, stateful_step_count=50, deadline=None)
TestLife = Life.TestCase


@given(st.integers(0, 2**31), st.lists(st.integers(1, 255), min_size=1, max_size=4))
@settings(max_examples=40)
def test_damage_anywhere_in_the_files_is_no_failure(seed: int, flips: list[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        buffer = Buffer(folder, bytes_max=64 * 1024)
        records = [record(n, 500) for n in range(40)]
        for each in records:
            buffer.put(each)
        for _ in range(3):
            buffer.done(buffer.head().key)  # type: ignore[union-attr]
        ended(buffer)
        files = [*sorted(folder.glob("*.segment")), folder / "cursor"]
        for count, flip in enumerate(flips):
            path = files[(seed >> count) % len(files)]
            data = bytearray(path.read_bytes())
            data[(seed * (count + 7)) % len(data)] ^= flip
            path.write_bytes(data)
        again = Buffer(folder, bytes_max=64 * 1024)
        found = drained(again)
        again.close()

    assert len(found) >= len(records) - 3 - len(flips)
    assert [each for each in records if each in found] == found
