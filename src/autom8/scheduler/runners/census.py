"""The processes of this machine at one instant, who belongs to whom, and how to signal one safely.

Owns the reading of /proc/PID/stat and signals to single processes. A pid alone is never trusted:
between the census and the signal it may have been given again. Must not know why a process is to
end.
"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autom8.scheduler.ports import ProcessIdentity
from autom8.scheduler.runners.machine import boot_id
from autom8.scheduler.runners.procfs import read_page

_DEAD = frozenset({"Z", "X", "x"})


@dataclass(frozen=True, slots=True)
class Process:
    """One process as the census saw it."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    started_ticks: int

    @property
    def alive(self) -> bool:
        """Whether it has yet to end; a zombie has ended."""
        return self.state not in _DEAD

    def is_still_there(self) -> bool:
        """Whether this very process, not another with its pid, is there now, be it as a zombie."""
        now = find_process(self.pid)
        return now is not None and now.started_ticks == self.started_ticks

    def signal(self, number: signal.Signals) -> bool:
        """Send it a signal; False when it has gone or is not ours to signal."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            # The handle holds whoever has the pid now; only then is it safe to ask who that is.
            if not self.is_still_there():
                return False
            signal.pidfd_send_signal(handle, number)
        except OSError:
            return False
        else:
            return True
        finally:
            os.close(handle)


class Census:
    """Who was there, in one reading of /proc; it takes some 10 µs a process."""

    def __init__(self) -> None:
        names = os.listdir("/proc")  # noqa: PTH208 - hundreds of names, of which no Path is needed
        pids = (int(name) for name in names if name.isdigit())
        found = (find_process(pid) for pid in pids)
        self._processes = {process.pid: process for process in found if process is not None}
        self._children: dict[int, list[int]] = defaultdict(list)
        for process in self._processes.values():
            self._children[process.parent].append(process.pid)

    def find(self, identity: ProcessIdentity) -> Process | None:
        """This very process, be it as a zombie; None when it has gone or lived in another boot."""
        process = self._processes.get(identity.pid)
        if process is None or process.started_ticks != identity.started_ticks:
            return None
        return process if identity.boot_id == boot_id() else None

    def where(self, belongs: Callable[[Process], bool]) -> set[int]:
        """The pids of those for whom `belongs` holds."""
        return {pid for pid, process in self._processes.items() if belongs(process)}

    def alive_below(self, pids: Iterable[int]) -> list[Process]:
        """Those alive of these processes and their descendants, never ourselves or who started us.

        We may carry a mark of our own: a task that starts its own server again.
        """
        below = (self._processes.get(pid) for pid in self._below(pids) - self._lineage(os.getpid()))
        return [process for process in below if process is not None and process.alive]

    def _below(self, pids: Iterable[int]) -> set[int]:
        found: set[int] = set()
        waiting = list(pids)
        while waiting:
            pid = waiting.pop()
            if pid not in found:
                found.add(pid)
                waiting.extend(self._children.get(pid, ()))
        return found

    def _lineage(self, pid: int) -> set[int]:
        line: set[int] = set()
        while pid and pid not in line:
            line.add(pid)
            process = self._processes.get(pid)
            pid = process.parent if process else 0
        return line


def find_process(pid: int) -> Process | None:
    """A process, be it as a zombie; None when there is none."""
    text = read_page(f"/proc/{pid}/stat")
    if not text:
        return None
    # The name, in parentheses, may itself hold spaces and parentheses: fields count from the last one.
    fields = text[text.rindex(b")") + 2 :].split()
    return Process(
        pid=pid,
        state=fields[0].decode(),
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        started_ticks=int(fields[19]),
    )
