"""Chunks give back every bit of what was packed, and nothing for bytes that are none of ours."""

from __future__ import annotations

import math
import struct
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.repositories.series.chunks import COUNT_MAX, DamagedChunk, pack, unpack

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(FLOATS, st.integers(-(2**60), 2**60).map(float), st.sampled_from([0.0, -0.0, 2.0**53]))
GAPS = st.integers(1, 2**31 - 1)


def bits(values: object) -> list[bytes]:
    return [struct.pack("<d", each) for each in values]  # type: ignore[attr-defined]


@given(st.integers(0, 2**42), st.lists(st.tuples(GAPS, VALUES), min_size=1, max_size=50))
def test_what_is_packed_comes_back_bit_by_bit(first: int, samples: list[tuple[int, float]]) -> None:
    times = list(accumulate((gap for gap, _ in samples[1:]), initial=first))
    values = [value for _, value in samples]
    points = unpack(pack(times, values))

    assert list(points.times) == times
    assert bits(points.values) == bits(values)


@given(st.binary(max_size=200))
def test_bytes_of_others_are_no_chunk(data: bytes) -> None:
    with pytest.raises(DamagedChunk):
        unpack(data)


@given(st.data())
def test_a_chunk_that_was_altered_is_refused_or_of_the_same_form(data: st.DataObject) -> None:
    made = bytearray(pack(range(0, 15_000 * 20, 15_000), [math.sin(each) for each in range(20)]))
    made[data.draw(st.integers(0, len(made) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        points = unpack(bytes(made))
    except DamagedChunk:
        return
    assert len(points.times) == len(points.values)


def test_a_bomb_of_zeros_is_not_unpacked() -> None:
    made = pack([0, 1], [1.0, 1.0])
    bomb = made[:9] + struct.pack("<I", COUNT_MAX) + made[13:]
    with pytest.raises(DamagedChunk):
        unpack(bomb)


@pytest.mark.parametrize("times", [[], [0, 2**31], range(COUNT_MAX + 1)])
def test_what_no_chunk_holds_is_refused(times: list[int]) -> None:
    with pytest.raises(ValueError, match="chunk"):
        pack(times, [1.0] * len(times))


def test_a_hosts_numbers_take_a_few_bytes() -> None:
    times = [each * 15_000 for each in range(480)]
    counter = [float(each * each % 977 + each * 5_000) for each in range(480)]
    assert len(pack(times, counter)) < 3 * 480
    assert len(pack(times, [42.0] * 480)) < 200
