"""One thread that waits for everything: readable pipes, ended processes, timers, calls from other threads.

Owns the loop and nothing else: what happens on a wake-up is up to who asked for it. Must not know
of commands.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

Action: TypeAlias = Callable[[], None]

_log = logging.getLogger(__name__)


class Timer:
    """One action at one instant, unless it is cancelled before."""

    __slots__ = ("_action",)

    def __init__(self, action: Action) -> None:
        self._action: Action | None = action

    def cancel(self) -> None:
        """Let the instant pass; to cancel twice, or too late, changes nothing."""
        self._action = None

    def fire(self) -> None:
        """Act, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Pump:
    """The loop. All but `call` and `close` belong to its own thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._watched: dict[int, Action] = {}
        self.watch(self._wake, self._run_calls)
        self._calls: deque[Action] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._serial = itertools.count()
        self._after_batch: list[Action] = []
        self._closing = False
        self._bell = threading.Lock()  # a descriptor that is being closed must not be written to
        self._thread = threading.Thread(target=self._run, name="autom8-runner-pump", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def call(self, action: Action) -> None:
        """Have the pump's thread do this soon, after all that was asked before. From any thread.

        Once the pump is closed, nothing is done.
        """
        self._calls.append(action)
        self._ring()

    def close(self) -> None:
        """Stop waiting; blocks until the thread has ended. What is watched is left as it is."""
        if self._closing:
            return
        self._ring(closing=True)
        self._thread.join()
        self._epoll.close()
        os.close(self._wake)

    def watch(self, fd: int, action: Action, *, write: bool = False) -> None:
        """Act whenever `fd` can be read (or written, or has hung up), until it is unwatched."""
        self._watched[fd] = action
        self._epoll.register(fd, select.EPOLLOUT if write else select.EPOLLIN)

    def unwatch(self, fd: int) -> None:
        """Stop acting on `fd`; call it before the descriptor is closed."""
        if self._watched.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def at(self, due: float, action: Action) -> Timer:
        """Act at an instant of the monotonic clock."""
        timer = Timer(action)
        heapq.heappush(self._timers, (due, next(self._serial), timer))
        return timer

    def after(self, delay_s: float, action: Action) -> Timer:
        """Act in so many seconds."""
        return self.at(self.monotonic() + delay_s, action)

    def after_each_batch(self, action: Action) -> None:
        """Act whenever all that was found ready together has been dealt with."""
        self._after_batch.append(action)

    def _ring(self, *, closing: bool = False) -> None:
        with self._bell:
            if not self._closing:
                self._closing = closing
                os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        while not self._closing:
            events = self._epoll.poll(self._wait_s())
            # A descriptor closed in this batch may be given again in it: its event is not the new one's.
            for fd, action in [(fd, self._watched.get(fd)) for fd, _ in events]:
                if action is not None and self._watched.get(fd) is action and not _guarded(action):
                    self.unwatch(fd)  # or it would be ready, and fail, for ever
            self._fire_due()
            for action in self._after_batch:
                _guarded(action)

    def _run_calls(self) -> None:
        os.eventfd_read(self._wake)  # before the queue: a call that comes between rings again
        while self._calls:
            _guarded(self._calls.popleft())

    def _fire_due(self) -> None:
        now = self.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _guarded(heapq.heappop(self._timers)[2].fire)

    def _wait_s(self) -> float | None:
        return max(0.0, self._timers[0][0] - self.monotonic()) if self._timers else None


def _guarded(action: Action) -> bool:
    """Act; a failure is logged, and costs no other child its pump."""
    try:
        action()
    except Exception:  # noqa: BLE001 - the top of a thread, on which all children depend
        _log.exception("runner_pump_action_failed")
        return False
    return True
