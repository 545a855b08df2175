"""When reading contacts becomes reading them in bulk, which the audit trail must hold.

Owns the count of what each caller read lately. It is this process's own: several servers, or one that
is started again, may tell of the same reading twice, and none keeps silent about it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from autom8.kernel import defaults
from autom8.kernel.actor import Actor

SINGLES_OVER: Final = 20  # contacts read one by one, after which it counts as bulk
TOLD_EACH: Final = 1_000  # contacts, after which a reading that goes on is told again
_CALLERS_MAX: Final = 10_000
_LONG_AGO: Final = -1e18


@dataclass(slots=True)
class _Caller:
    """What one caller read since the trail last told of it."""

    told_at: float = _LONG_AGO
    untold: int = 0


@dataclass(frozen=True, slots=True)
class BulkReads:
    """Counts what callers read, and says when an entry is due. Safe for any number of threads.

    An entry is due for a page of several contacts, or for more than twenty read one by one, unless one was
    written within the last ten minutes; and for each thousand that follow, so that a reader of all is told
    from a reader of some.
    """

    _callers: OrderedDict[tuple[object, ...], _Caller] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, actor: Actor, count: int, *, monotonic: float) -> int:
        """Count contacts that are about to be shown; how many an entry must tell of now, or 0 for none."""
        with self._lock:
            caller = self._callers.setdefault(_identity(actor), _Caller())
            self._callers.move_to_end(_identity(actor))
            while len(self._callers) > _CALLERS_MAX:
                self._callers.popitem(last=False)
            caller.untold += count
            lately = monotonic - caller.told_at < defaults.BULK_READ_TOLD_FOR.total_seconds()
            many = count > 1 or caller.untold > SINGLES_OVER
            due = caller.untold >= TOLD_EACH or (many and not lately)
            return caller.untold if due else 0

    def told(self, actor: Actor, count: int, *, monotonic: float) -> None:
        """An entry that tells of `count` contacts is committed."""
        with self._lock:
            caller = self._callers.setdefault(_identity(actor), _Caller())
            caller.told_at = monotonic
            caller.untold = max(0, caller.untold - count)


def _identity(actor: Actor) -> tuple[object, ...]:
    return (actor.kind, actor.id, actor.key_id)
