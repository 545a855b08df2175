"""Calls that may hang: each gets so long, and one that hangs holds up nobody else.

A call into the kernel can't be taken back: a thread that hangs in one is left behind with it, and another
takes its place. Of one key there is at most one such call, so their number is bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final, TypeVar

from autom8.kernel.errors import Unavailable

T = TypeVar("T")
HANGING_MAX: Final = 32


class Hangs(Unavailable):
    """A call did not return in time, or an earlier one of the same key has not returned yet."""

    code = "probe_hangs"


class _Call:
    """One call and what came of it."""

    __slots__ = ("done", "error", "function", "key", "result")

    def __init__(self, key: str, function: Callable[[], Any]) -> None:
        self.key = key
        self.function = function
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None


class Patience:
    """Makes calls one after another on a thread of its own. Used by one thread at a time.

    `name` is that of its threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: SimpleQueue[_Call | None] | None = None
        self._hanging: dict[str, _Call] = {}

    def call(self, key: str, function: Callable[[], T], *, within_s: float) -> T:
        """What `function` returns or raises.

        Raises:
            Hangs: it takes longer than `within_s`, or a call of this `key` hangs already.
        """
        self._hanging = {each.key: each for each in self._hanging.values() if not each.done.is_set()}
        if key in self._hanging:
            raise Hangs(f"{key} still hangs.")
        if len(self._hanging) >= HANGING_MAX:
            raise Hangs(f"{key} is not tried: {HANGING_MAX} others hang.")
        call = _Call(key, function)
        work = self._work = self._work or self._begin()
        work.put(call)
        if not call.done.wait(within_s):
            self._hanging[key] = call
            work.put(None)  # the thread ends after this call, should it ever return
            self._work = None
            raise Hangs(f"{key} did not end within {within_s:g} s.")
        if call.error is not None:
            raise call.error
        result: T = call.result
        return result

    def _begin(self) -> SimpleQueue[_Call | None]:
        work: SimpleQueue[_Call | None] = SimpleQueue()
        threading.Thread(target=_carry_out, args=(work,), name=f"collect-{self._name}", daemon=True).start()
        return work


def _carry_out(work: SimpleQueue[_Call | None]) -> None:
    while (call := work.get()) is not None:
        try:
            call.result = call.function()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            call.error = error
        call.done.set()
        del call  # what it holds must not live until the next one
