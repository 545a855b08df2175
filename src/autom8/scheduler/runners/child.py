"""One attempt's process from its gate to its ending.

Owns the order of events: gate, output, timeout, exit, the last of the output, ending. What others
may call hands over to the pump's thread, which alone changes the state, so there is nothing to
lock. How processes are started, found and ended is next door. Knows nothing of the ledger.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from autom8.kernel.defaults import KIB
from autom8.kernel.vocabulary import Stream
from autom8.scheduler.ports import Ending, Launch, OutputPiece, ProcessIdentity, StopReason
from autom8.scheduler.runners.gate import Gated
from autom8.scheduler.runners.output import OutputBuffer
from autom8.scheduler.runners.pump import Pump, Timer
from autom8.scheduler.runners.stopping import Family, Searches, Stopping
from autom8.scheduler.runners.usage import memory_of, peak_above_ours, tree_of

READ_BYTES = 64 * KIB
WAITING_BYTES_TO_TELL = 64 * KIB

# A descendant may hold the pipes open after the command has ended: what it still writes is read
# while it keeps writing, and not for long.
_QUIET_S = 0.25
_LINGER_S = 1.0

_FIRST_SAMPLES_S = (0.02, 0.1)  # then each full second of the clock, all children together


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all children of a worker share."""

    pump: Pump
    searches: Searches
    on_change: Callable[[], None]
    on_reaped: Callable[[int], object]


class CommandChild:
    """A started process that waits at its gate, runs, and ends. Any thread may call its public methods."""

    def __init__(self, gated: Gated, launch: Launch, *, family: Family, around: Surroundings) -> None:
        self._gated = gated
        self._launch = launch
        self.family = family
        self._around = around
        self._pump = around.pump
        self._output = OutputBuffer(head_bytes=launch.output_head_bytes, tail_bytes=launch.output_tail_bytes)
        self._stopping = Stopping(
            family, pump=around.pump, searches=around.searches, gone=self._finish_if_over
        )
        self._stdin_left = memoryview(launch.stdin or b"")
        self._feeding = False
        self._exit_watch: int | None = None
        self._reading: dict[Stream, IO[bytes]] = {Stream.STDOUT: gated.stdout, Stream.STDERR: gated.stderr}
        self._paused = False
        self._told = False
        self._timers: list[Timer] = []
        self._quiet: Timer | None = None
        self._stopped: StopReason | None = None
        self._exited = False
        self.memory_bytes_max: int | None = None  # so far
        self._ending: Ending | None = None

    @property
    def identity(self) -> ProcessIdentity:
        """Which process it is."""
        return self._gated.identity

    @property
    def output_waiting(self) -> int:
        """How many bytes wait to be taken."""
        return self._output.waiting

    def watch(self) -> None:
        """Have the pump read its output and notice its end; call it once, before the gate is opened."""
        self._pump.call(self._watch)

    def open_gate(self) -> None:
        """Let the command begin; its timeout counts from here. A second call changes nothing."""
        _ = self.family.group  # out of which nothing escapes, if the command begins inside
        began = self._pump.monotonic()
        if self._gated.open():
            self._pump.call(lambda: self._begin(began))

    def stop(self, reason: StopReason) -> None:
        """Ask it to end: TERM to its group, after the grace KILL to all descendants.

        The first reason counts.
        """
        self._pump.call(lambda: self._stop(reason))

    def kill(self) -> None:
        """KILL it and all its descendants at once."""
        self._pump.call(self._kill)

    def take_output(self) -> list[OutputPiece]:
        """What was written since the last call, oldest first; each byte is given once."""
        self._told = False
        pieces = self._output.take()
        if self._paused:
            self._pump.call(self._resume)
        return pieces

    def ending(self) -> Ending | None:
        """How it ended, once it has and all of its output can be taken; None before that."""
        return self._ending

    def leave(self) -> None:
        """Close our ends of its pipes, now that the pump has stopped: at its gate, it ends."""
        if self._exit_watch is not None:
            os.close(self._exit_watch)
        for pipe in self._reading.values():
            pipe.close()
        self._gated.leave()

    # From here on: the pump's thread only.

    def _watch(self) -> None:
        self._exit_watch = os.pidfd_open(self.identity.pid)
        self._pump.watch(self._exit_watch, self._main_ended)
        self._watch_output()

    def _watch_output(self) -> None:
        for stream, pipe in self._reading.items():
            os.set_blocking(pipe.fileno(), False)
            self._pump.watch(pipe.fileno(), lambda stream=stream: self._read(stream))  # type: ignore[misc]

    def _begin(self, began: float) -> None:
        if self._exited:
            return
        if self._launch.timeout is not None:
            due = began + self._launch.timeout.total_seconds()
            self._timers.append(self._pump.at(due, lambda: self._stop(StopReason.TIMEOUT)))
        if self._stdin_left:
            os.set_blocking(self._gated.stdin.fileno(), False)
            self._pump.watch(self._gated.stdin.fileno(), self._feed, write=True)
            self._feeding = True
        else:
            self._gated.shut()
        self._timers += [self._pump.at(began + delay_s, self._sample) for delay_s in _FIRST_SAMPLES_S]
        self._timers.append(self._pump.at(math.floor(began) + 1, self._sample_each_second))

    def _feed(self) -> None:
        try:
            written = os.write(self._gated.stdin.fileno(), self._stdin_left[:READ_BYTES])
        except BlockingIOError:
            return
        except BrokenPipeError:  # it does not want the rest, which is its right
            written = len(self._stdin_left)
        self._stdin_left = self._stdin_left[written:]
        if not self._stdin_left:
            self._shut_stdin()

    def _shut_stdin(self) -> None:
        if self._feeding:
            self._feeding = False
            self._pump.unwatch(self._gated.stdin.fileno())
        self._gated.shut()

    def _read(self, stream: Stream) -> None:
        pipe = self._reading.get(stream)
        if pipe is None:
            return
        try:
            data = os.read(pipe.fileno(), READ_BYTES)
        except BlockingIOError:  # nothing there after all
            return
        if not data:
            self._close(stream)
            self._finish_if_over()
            return
        self._output.add(stream, data)
        if self._quiet is not None:
            self._wait_for_quiet()
        elif self._output.full:
            self._pause()
        if not self._told and self._output.waiting >= WAITING_BYTES_TO_TELL:
            self._told = True
            self._around.on_change()

    def _close(self, stream: Stream) -> None:
        pipe = self._reading.pop(stream)
        self._pump.unwatch(pipe.fileno())
        pipe.close()

    def _pause(self) -> None:
        """Leave what more it writes in its pipe, so that it has to wait until somebody takes the head."""
        self._paused = True
        for pipe in self._reading.values():
            self._pump.unwatch(pipe.fileno())
        if not self._output.full:  # taken while we paused: nobody would resume us
            self._resume()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._watch_output()

    def _sample(self) -> None:
        group = self.family.group
        found = memory_of(group.pids() if group else tree_of(self.identity.pid))
        self.memory_bytes_max = max(found or 0, self.memory_bytes_max or 0) or None

    def _sample_each_second(self) -> None:
        self._sample()
        self._timers[-1] = self._pump.at(math.floor(self._pump.monotonic()) + 1, self._sample_each_second)

    def _stop(self, reason: StopReason) -> None:
        if self._exited or self._stopped is not None:
            return
        self._stopped = reason
        if self._gated.opened:
            self._stopping.terminate(self._launch.grace.total_seconds())
        else:
            self._kill()

    def _kill(self) -> None:
        if self._ending is None:
            self._stopping.kill()

    def _main_ended(self) -> None:
        self._exited = True
        if self._exit_watch is not None:
            self._pump.unwatch(self._exit_watch)
            os.close(self._exit_watch)
            self._exit_watch = None
        for timer in self._timers:
            timer.cancel()
        self._shut_stdin()
        self._resume()  # what its pipes still hold is little, and is read whether it is taken or not
        self._wait_for_quiet()
        self._timers = [self._pump.after(_LINGER_S, self._stop_reading)]
        self._stopping.main_ended()
        self._finish_if_over()

    def _wait_for_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = self._pump.after(_QUIET_S, self._stop_reading)

    def _stop_reading(self) -> None:
        if self._stopping.active:  # its descendants are about to end: read on until then
            self._wait_for_quiet()
            return
        for stream in list(self._reading):
            self._close(stream)
        self._finish_if_over()

    def _finish_if_over(self) -> None:
        if self._exited and not self._reading and not self._stopping.active and self._ending is None:
            self._finish()

    def _finish(self) -> None:
        for timer in [*self._timers, *([self._quiet] if self._quiet else [])]:
            timer.cancel()
        self._output.finish()
        status, cpu_s, maxrss_bytes = self._gated.reap()
        self._around.on_reaped(self.identity.pid)
        if self.family.group is not None:
            self.family.group.remove()
        peak = max(self.memory_bytes_max or 0, peak_above_ours(maxrss_bytes) or 0) or None
        self._ending = Ending(
            exit_code=status if status >= 0 else None,
            signal=-status if status < 0 else None,
            stopped=self._stopped,
            cpu_s=cpu_s,
            memory_bytes_max=peak,
            output_bytes=self._output.written,
        )
        self._around.on_change()
