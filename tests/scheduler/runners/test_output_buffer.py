"""The cap on output: a whole head, the newest of the rest, no character cut, no byte uncounted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autom8.kernel.vocabulary import Stream
from autom8.scheduler.ports import OutputPiece
from autom8.scheduler.runners.output import HEAD_WAITING_BYTES_MAX, PIECES_MAX, OutputBuffer

OUT, ERR = Stream.STDOUT, Stream.STDERR


def buffer(head: int = 1_000, tail: int = 1_000) -> OutputBuffer:
    return OutputBuffer(head_bytes=head, tail_bytes=tail)


def text_of(pieces: list[OutputPiece], *, tail: bool | None = None) -> bytes:
    return b"".join(piece.data for piece in pieces if tail is None or piece.tail is tail)


def test_the_head_comes_as_it_was_written_and_each_byte_once() -> None:
    output = buffer()
    output.add(OUT, b"one ")
    output.add(ERR, b"two ")
    output.add(OUT, b"three")

    assert output.take() == [
        OutputPiece(stream=OUT, data=b"one ", tail=False),
        OutputPiece(stream=ERR, data=b"two ", tail=False),
        OutputPiece(stream=OUT, data=b"three", tail=False),
    ]
    assert output.take() == []


def test_after_the_head_the_newest_is_kept_and_the_rest_counted() -> None:
    output = buffer(head=4, tail=3)
    output.add(OUT, b"abcdefghij")

    assert output.take() == [
        OutputPiece(stream=OUT, data=b"abcd", tail=False),
        OutputPiece(stream=OUT, data=b"hij", tail=True, dropped_before=3),
    ]
    output.add(OUT, b"klmn")
    assert output.take() == [OutputPiece(stream=OUT, data=b"lmn", tail=True, dropped_before=1)]
    assert output.written == 14


def test_what_fits_is_never_said_to_be_dropped() -> None:
    output = buffer(head=4, tail=6)
    output.add(OUT, b"abcdefghij")

    assert [(piece.data, piece.dropped_before) for piece in output.take()] == [(b"abcd", 0), (b"efghij", 0)]


def test_without_a_tail_only_the_head_is_kept() -> None:
    output = buffer(head=2, tail=0)
    output.add(OUT, b"abc")

    assert text_of(output.take()) == b"ab"
    assert output.written == 3


def test_a_character_that_is_split_between_reads_arrives_whole() -> None:
    for character in ("é", "€", "😀"):
        encoded = character.encode()
        for cut in range(1, len(encoded)):
            output = buffer()
            output.add(OUT, b"a" + encoded[:cut])
            assert text_of(output.take()) == b"a"
            output.add(ERR, b"meanwhile")
            output.add(OUT, encoded[cut:] + b"b")
            assert [piece.data for piece in output.take()] == [b"meanwhile", encoded + b"b"]


def test_half_a_character_at_the_very_end_is_given_as_it_is() -> None:
    output = buffer()
    output.add(OUT, b"a\xe2\x82")
    output.finish()

    assert text_of(output.take()) == b"a\xe2\x82"


def test_invalid_bytes_are_kept_and_hold_up_nothing() -> None:
    for invalid in (b"\xff", b"\x80", b"\xc0", b"\x80\x80\x80\x80", b"\xf8\x88", b"\xe2a"):
        output = buffer()
        output.add(OUT, invalid)
        assert text_of(output.take()) == invalid


def test_the_head_ends_before_a_character_that_would_not_fit() -> None:
    output = buffer(head=4, tail=100)
    output.add(OUT, "abc€def".encode())

    pieces = output.take()

    assert (text_of(pieces, tail=False), text_of(pieces, tail=True)) == (b"abc", "€def".encode())
    assert sum(piece.dropped_before for piece in pieces) == 0


def test_the_tail_begins_with_a_whole_character() -> None:
    for tail in range(4, 8):
        output = buffer(head=0, tail=tail)
        output.add(OUT, "x😀😀".encode())
        kept = text_of(output.take())
        assert kept.decode() == "😀" * (tail // 4)


@given(
    st.lists(st.tuples(st.sampled_from(Stream), st.binary(max_size=40)), max_size=40),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_every_byte_is_given_once_or_counted_as_dropped(
    writes: list[tuple[Stream, bytes]], head: int, tail: int
) -> None:
    output = OutputBuffer(head_bytes=head, tail_bytes=tail)
    for stream, data in writes:
        output.add(stream, data)
    output.finish()
    pieces = output.take()

    written = sum(len(data) for _, data in writes)
    assert output.written == written
    kept_head, kept_tail = len(text_of(pieces, tail=False)), len(text_of(pieces, tail=True))
    dropped = sum(piece.dropped_before for piece in pieces)
    assert kept_head <= head
    assert kept_tail <= tail
    if kept_tail:
        assert kept_head + kept_tail + dropped == written
    if written <= head:
        assert kept_head == written
    if tail >= 4 and written >= head + tail:
        assert kept_tail > tail - 4


@given(st.lists(st.text(max_size=10), max_size=30), st.integers(0, 40), st.integers(0, 40), st.integers(1, 5))
def test_no_cut_of_any_kind_breaks_a_character(texts: list[str], head: int, tail: int, read: int) -> None:
    output = OutputBuffer(head_bytes=head, tail_bytes=tail)
    encoded = "".join(texts).encode()
    for start in range(0, len(encoded), read):
        output.add(OUT, encoded[start : start + read])
    output.finish()

    for piece in output.take():
        piece.data.decode()


def test_small_writes_are_joined_and_their_number_is_bounded() -> None:
    output = buffer(head=0, tail=10_000_000)
    for _ in range(1_000):
        output.add(OUT, b"x")
    assert len(output.take()) == 1

    for _ in range(PIECES_MAX):
        output.add(OUT, b"o")
        output.add(ERR, b"e")
    pieces = output.take()
    assert len(pieces) == PIECES_MAX
    assert pieces[0].dropped_before == PIECES_MAX


def test_it_is_full_only_while_much_of_the_head_waits() -> None:
    output = buffer(head=10 * HEAD_WAITING_BYTES_MAX)
    seen = []
    for written in (HEAD_WAITING_BYTES_MAX - 1, 1):
        output.add(OUT, bytes(written))
        seen.append(output.full)
    output.take()
    seen.append(output.full)

    assert seen == [False, True, False]


def test_it_is_never_full_of_tail() -> None:
    output = buffer(head=0, tail=10 * HEAD_WAITING_BYTES_MAX)
    output.add(OUT, bytes(2 * HEAD_WAITING_BYTES_MAX))

    assert not output.full
