"""Goes over the whole audit trail again and again, a piece at a time, and says what is wrong with it.

New entries are checked within a minute by what signs them; this finds what was altered behind that. It costs
a thousandth of one processor at most: the longer a pass took, the longer it rests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

from autom8.kernel.clock import Clock

PIECE_EVERY: Final = timedelta(seconds=20)
REST_MIN: Final = timedelta(minutes=10)
REST_MAX: Final = timedelta(days=1)
REST_FOR_EACH: Final = 1_000  # times what a pass took of a processor


class Verified(Protocol):
    """What a check found so far."""

    @property
    def ok(self) -> bool:
        """Whether all was good."""
        ...

    @property
    def last(self) -> int:
        """The last good entry."""
        ...

    @property
    def first_bad_seq(self) -> int | None:
        """The first that is not."""
        ...

    @property
    def what(self) -> str | None:
        """What is wrong with it."""
        ...


class Piece(Protocol):
    """A piece of a check; `next` goes on, and is None at its end."""

    @property
    def found(self) -> Verified:
        """What it found."""
        ...

    @property
    def next(self) -> str | None:
        """Where to go on."""
        ...


@dataclass(slots=True, kw_only=True)
class TrailProbe:
    """Checks a piece each time it is asked. `verify` goes on at a cursor, or begins with None."""

    verify: Callable[[str | None], Piece]
    clock: Clock
    processor_s: Callable[[], float] = time.thread_time
    _cursor: str | None = field(default=None)
    _spent_s: float = field(default=0.0)
    _rests_until: float | None = field(default=None)

    def __call__(self) -> Mapping[str, Any] | None:
        """At the end of a pass what is wrong, empty when nothing is; None before, and while it rests.

        Raises:
            Unavailable: the database is away.
        """
        now = self.clock.monotonic()
        if self._rests_until is None:
            self._rests_until = now + REST_MIN.total_seconds()  # a server that starts has other things to do
        if now < self._rests_until:
            return None
        begun = self.processor_s()
        piece = self.verify(self._cursor)
        if not piece.found.ok:
            # Where each statement sees another state, a checkpoint may be of entries that came in between.
            piece = self.verify(self._cursor)
        self._spent_s += self.processor_s() - begun
        self._cursor = piece.next
        if piece.next is not None:
            return None
        rest_s = min(max(self._spent_s * REST_FOR_EACH, REST_MIN.total_seconds()), REST_MAX.total_seconds())
        self._spent_s, self._rests_until = 0.0, self.clock.monotonic() + rest_s
        found = piece.found
        if found.ok:
            return {}
        return {"entry": found.first_bad_seq, "what": found.what, "good": found.last}
