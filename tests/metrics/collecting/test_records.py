"""Files of batches that are cut or damaged at any place: whole batches are read, and nothing is made up."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from autom8.metrics.collecting.records import MARK, Record, next_record, packed
from autom8.metrics.collecting.segments import Cursor, Place, count_records, read_record

KEYS = st.binary(min_size=16, max_size=16).map(bytes.hex)
RECORDS = st.lists(st.builds(Record, KEYS, st.binary(max_size=200)), min_size=1, max_size=6)


def all_of(data: bytes) -> list[Record]:
    found, at = [], 0
    while (each := next_record(data, at)) is not None:
        assert each.end > at
        found.append(each.record())
        at = each.end
    return found


@given(RECORDS)
def test_what_was_written_is_read(records: list[Record]) -> None:
    assert all_of(b"".join(map(packed, records))) == records


@given(RECORDS, st.data())
def test_cut_at_any_byte_all_whole_ones_before_are_read(records: list[Record], data: st.DataObject) -> None:
    whole = b"".join(map(packed, records))
    cut = data.draw(st.integers(0, len(whole)))
    ends = [len(b"".join(map(packed, records[: n + 1]))) for n in range(len(records))]

    assert all_of(whole[:cut]) == [record for record, end in zip(records, ends, strict=True) if end <= cut]


@given(RECORDS, st.data())
def test_with_any_bytes_changed_the_others_are_read(records: list[Record], data: st.DataObject) -> None:
    pieces = [packed(record) for record in records]
    hit = data.draw(st.sets(st.integers(0, len(records) - 1), max_size=2))
    for index in hit:
        piece = bytearray(pieces[index])
        for _ in range(data.draw(st.integers(1, 3))):
            piece[data.draw(st.integers(0, len(piece) - 1))] ^= data.draw(st.integers(1, 255))
        pieces[index] = bytes(piece)
    found = all_of(b"".join(pieces))

    kept = [record for index, record in enumerate(records) if index not in hit]
    assert [record for record in found if record in kept] == kept
    assert all(record in records for record in found)


@given(RECORDS, st.binary(max_size=60), st.binary(max_size=60))
def test_rubbish_before_between_and_after_hides_nothing(
    records: list[Record], rubbish: bytes, more: bytes
) -> None:
    data = (MARK + rubbish).join([more, *map(packed, records), b""])

    assert all_of(data) == records


@given(data=st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    all_of(data)
    all_of(MARK + data)


def test_a_length_beyond_all_bounds_is_damage_and_not_waited_for(tmp_path: Path) -> None:
    good = Record("00" * 16, b"{}")
    path = tmp_path / "s"
    path.write_bytes(MARK + b"\xff" * 8 + packed(good))
    found = read_record(path, 0)

    assert found is not None
    assert found.record() == good
    assert count_records(path, 0) == (1, 1)


def test_a_cursor_that_is_cut_or_damaged_is_the_very_beginning(tmp_path: Path) -> None:
    cursor = Cursor(tmp_path)
    assert cursor.read() == Place(0, 0)
    cursor.write(Place(7, 1234))
    assert cursor.read() == Place(7, 1234)
    whole = (tmp_path / "cursor").read_bytes()

    for damaged in [*(whole[:n] for n in range(len(whole))), bytes([whole[0] ^ 1]) + whole[1:]]:
        (tmp_path / "cursor").write_bytes(damaged)
        assert cursor.read() == Place(0, 0)
    cursor.close()
