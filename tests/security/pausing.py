"""Holds a transaction open just before its commit, so that a race is seen each time and not by luck."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from autom8.kernel.events import Audited
from tests.security.house import House

REACHED_S = 10
LET_IN_S = 0.3  # that the second one gets to run into the first


def race(first: House, one: Callable[[], object], other: Callable[[], object]) -> list[BaseException | None]:
    """Do `one` in `first` and, while all but its commit is done, `other`; what each failed with."""
    written, go_on = threading.Event(), threading.Event()

    def hold(_event: Audited, _work: object) -> None:
        written.set()
        assert go_on.wait(REACHED_S)

    first.bus.within(Audited, hold)
    with ThreadPoolExecutor(2) as pool:
        ahead: Future[object] = pool.submit(one)
        assert written.wait(REACHED_S)
        behind = pool.submit(other)
        threading.Event().wait(LET_IN_S)
        go_on.set()
        return [ahead.exception(REACHED_S), behind.exception(REACHED_S)]
