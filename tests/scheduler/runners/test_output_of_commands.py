"""What commands print, however much and however odd, in bounded memory."""

from __future__ import annotations

import re
import time
from pathlib import Path

from autom8.kernel.defaults import KIB, MIB
from autom8.kernel.vocabulary import Stream
from autom8.scheduler.runners.output import HEAD_WAITING_BYTES_MAX
from tests.scheduler.runners.rig import PYTHON, Rig, finish, until

PIPE_BYTES = 64 * KIB


def peak_bytes() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def test_a_gigabyte_is_read_in_bounded_memory_with_head_and_tail_exact(rig: Rig) -> None:
    zeros = 1_000_000_000
    forget_peak()
    before = peak_bytes()

    child = rig.begin_line(
        f"echo begin; head -c {zeros} /dev/zero; echo end",
        output_head_bytes=256 * KIB,
        output_tail_bytes=2 * MIB,
    )
    until(child.ending)
    grown = peak_bytes() - before
    done = finish(child)

    head = b"".join(piece.data for piece in done.pieces if not piece.tail)
    tail = b"".join(piece.data for piece in done.pieces if piece.tail)
    assert head == b"begin\n" + bytes(256 * KIB - 6)
    assert tail == bytes(2 * MIB - 4) + b"end\n"
    assert done.ending.output_bytes == zeros + 10
    assert sum(piece.dropped_before for piece in done.pieces) == zeros + 10 - len(head) - len(tail)
    assert grown < 24 * MIB


def test_a_command_waits_while_nobody_takes_the_head_of_its_output(rig: Rig, tmp_path: Path) -> None:
    done = tmp_path / "done"
    head_bytes = 8 * MIB
    child = rig.begin_line(f"head -c {head_bytes} /dev/zero; touch {done}", output_head_bytes=head_bytes)
    until(lambda: child.output_waiting >= HEAD_WAITING_BYTES_MAX)
    time.sleep(0.2)
    assert child.output_waiting < HEAD_WAITING_BYTES_MAX + 2 * PIPE_BYTES
    assert not done.exists()

    assert finish(child).stdout == bytes(head_bytes)
    assert done.exists()


def test_the_worker_is_woken_once_for_much_output_until_it_takes_it(rig: Rig) -> None:
    child = rig.begin_line("head -c 300000 /dev/zero; sleep 600")

    until(lambda: child.output_waiting == 300_000)
    assert rig.changes == 1

    child.take_output()
    child.kill()
    until(child.ending)
    assert rig.changes == 2


def test_little_output_wakes_nobody_before_the_end(rig: Rig) -> None:
    child = rig.begin_line("echo little; sleep 600")

    until(lambda: child.output_waiting == 7)

    assert rig.changes == 0


def test_output_can_be_taken_while_the_command_goes_on(rig: Rig) -> None:
    child = rig.begin("sh", "-c", "echo first; read line; echo $line", stdin=b"second\n")

    assert finish(child).stdout == b"first\nsecond\n"
    assert child.take_output() == []


def test_invalid_utf8_arrives_as_it_was_written(rig: Rig) -> None:
    odd = bytes(range(256)) * 3

    assert rig.run("cat", stdin=odd).stdout == odd


def test_characters_written_in_parts_arrive_in_whole_pieces(rig: Rig) -> None:
    program = (
        "import os, time\n"
        "for byte in 'ä€😀'.encode() * 3:\n"
        "    os.write(1, bytes([byte])); time.sleep(0.005)\n"
        "os.write(1, b'\\xe2')"
    )

    done = rig.run(*PYTHON, program)

    assert done.stdout == "ä€😀".encode() * 3 + b"\xe2"
    assert all(piece.data.decode() for piece in done.pieces[:-1])


def test_the_order_of_both_streams_is_kept_as_far_as_it_can_be_told(rig: Rig) -> None:
    done = rig.run("sh", "-c", "echo 1; sleep 0.1; echo 2 >&2; sleep 0.1; echo 3")

    assert [(piece.stream, piece.data) for piece in done.pieces] == [
        (Stream.STDOUT, b"1\n"),
        (Stream.STDERR, b"2\n"),
        (Stream.STDOUT, b"3\n"),
    ]


def test_a_noisy_command_does_not_hold_up_a_quiet_one(rig: Rig) -> None:
    noisy = rig.begin("cat", "/dev/zero", output_head_bytes=0)
    until(lambda: noisy.output_waiting)

    assert rig.run("echo", "heard").stdout == b"heard\n"

    noisy.kill()
    until(noisy.ending)
