"""Whether the duties of a process go on: a thread that waits for ever is alive, and does nothing.

Owns when each duty was last done, by the monotonic clock, so that a step of the wall clock makes nobody
unwell. Does not know what a duty is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from autom8.kernel.clock import Clock

STALLED_AFTER: Final = timedelta(seconds=30)  # thrice the longest wait of a duty, the heartbeat's


@dataclass(slots=True)
class Pulse:
    """When each duty was last done. Safe for any number of threads."""

    clock: Clock
    _done_s: dict[str, float] = field(default_factory=dict, init=False)

    def done(self, duty: str) -> None:
        """A duty was done just now; from its first time on it is expected to be done again."""
        self._done_s[duty] = self.clock.monotonic()

    def stalled(self) -> list[str]:
        """The duties that were not done for longer than STALLED_AFTER, by name."""
        since_s = self.clock.monotonic() - STALLED_AFTER.total_seconds()
        return sorted(duty for duty, done_s in self._done_s.copy().items() if done_s < since_s)
