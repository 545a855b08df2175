"""Which output is kept: the head, then the newest of the tail, with the gap between them told."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from autom8.kernel.vocabulary import Stream
from autom8.scheduler.keeping import Batch, OutputKeeper
from autom8.scheduler.ports import OutputPiece
from tests.scheduler.house import NOON


def piece(data: bytes, *, tail: bool = False, dropped_before: int = 0) -> OutputPiece:
    return OutputPiece(stream=Stream.STDOUT, data=data, tail=tail, dropped_before=dropped_before)


class Store:
    """What the database would hold after some batches."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Any]] = {}

    def write(self, batch: Batch) -> None:
        for row in batch.rows:
            self.rows.setdefault(row["seq"], dict(row))
        if batch.trim_below is not None:
            for seq in [seq for seq, row in self.rows.items() if row["tail"] and seq < batch.trim_below]:
                del self.rows[seq]
            if batch.trim_below in self.rows:
                self.rows[batch.trim_below]["dropped_before"] = batch.dropped


def test_the_head_is_kept_as_it_comes() -> None:
    keeper = OutputKeeper(run_id=1, attempt=1, tail_bytes_max=4)

    batch = keeper.batch([piece(b"one"), piece(b"two")], at=NOON)

    assert [(row["seq"], row["chunk"], row["at"]) for row in batch.rows] == [
        (0, b"one", NOON),
        (1, b"two", NOON),
    ]
    assert (batch.trim_below, keeper.kept_bytes) == (None, 6)


def test_the_oldest_of_the_tail_goes_and_the_gap_is_told() -> None:
    keeper = OutputKeeper(run_id=1, attempt=1, tail_bytes_max=4)
    store = Store()

    store.write(keeper.batch([piece(b"head"), piece(b"aa", tail=True)], at=NOON))
    store.write(keeper.batch([piece(b"bb", tail=True), piece(b"cc", tail=True)], at=NOON))

    assert [row["chunk"] for row in store.rows.values()] == [b"head", b"bb", b"cc"]
    assert [row["dropped_before"] for row in store.rows.values()] == [0, 2, 0]
    assert keeper.kept_bytes == 8


def test_what_comes_and_goes_in_one_batch_is_not_written() -> None:
    keeper = OutputKeeper(run_id=1, attempt=1, tail_bytes_max=2)

    batch = keeper.batch([piece(b"aa", tail=True), piece(b"bb", tail=True)], at=NOON)

    assert [row["chunk"] for row in batch.rows] == [b"bb"]
    assert (batch.trim_below, batch.dropped) == (1, 2)


@given(
    written=st.lists(
        st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.integers(0, 3)), max_size=6), max_size=8
    ),
    head=st.integers(0, 20),
    most=st.integers(0, 20),
)
def test_kept_and_dropped_bytes_are_all_that_was_written(
    written: list[list[tuple[bytes, int]]], head: int, most: int
) -> None:
    keeper = OutputKeeper(run_id=1, attempt=1, tail_bytes_max=most)
    store = Store()
    total = 0
    for pieces in written:
        given_now = []
        for data, dropped in pieces:
            tail = total >= head
            total += len(data) + (dropped if tail else 0)
            given_now.append(piece(data, tail=tail, dropped_before=dropped if tail else 0))
        batch = keeper.batch(given_now, at=NOON)
        store.write(batch)
        store.write(batch)  # as after a commit of unknown outcome

    rows = list(store.rows.values())
    kept = sum(len(row["chunk"]) for row in rows)
    assert kept == keeper.kept_bytes
    assert kept + sum(row["dropped_before"] for row in rows) == total
    in_tail = [len(row["chunk"]) for row in rows if row["tail"]]
    assert len(in_tail) <= 1 or sum(in_tail) <= most
