"""Tells of refused values: each is counted, some are logged and announced. A damaged table makes no flood."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from autom8.kernel.clock import Clock
from autom8.kernel.errors import DecryptionRefused
from autom8.kernel.events import Bus, DecryptionFailed
from autom8.kernel.telemetry import Telemetry

log = logging.getLogger(__name__)

TOLD_A_MINUTE: Final = 10
COUNTER: Final = "vault.refused"
_MINUTE_S: Final = 60.0


class DecryptionAlarm:
    """Called with each refusal. Safe for any number of threads."""

    def __init__(
        self, *, announce: Callable[[DecryptionFailed], None], clock: Clock, telemetry: Telemetry
    ) -> None:
        self._announce = announce
        self._clock = clock
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._minute = 0.0
        self._told = 0
        self._unheard = 0

    def __call__(self, refused: DecryptionRefused) -> None:
        """Count a refusal, and tell of it unless ten others were told of within a minute."""
        self._telemetry.count(COUNTER)
        table, column, row = refused.place
        with self._lock:
            unheard = self._turn()
        if unheard is None:
            return
        event = DecryptionFailed(table=table, column=column, row=row, reason=refused.reason, unheard=unheard)
        fields = {"table": table, "column": column, "row": row, "reason": refused.reason, "unheard": unheard}
        log.error("decryption_refused", extra={"fields": fields})
        self._announce(event)

    def _turn(self) -> int | None:
        """How many were not told of since the last one that was; None if this one isn't either."""
        now = self._clock.monotonic()
        if now - self._minute >= _MINUTE_S:
            self._minute, self._told = now, 0
        if self._told >= TOLD_A_MINUTE:
            self._unheard += 1
            return None
        self._told += 1
        unheard, self._unheard = self._unheard, 0
        return unheard


def announce_aside(bus: Bus) -> Callable[[DecryptionFailed], None]:
    """Tell the bus in a thread of its own.

    A value is refused in the midst of somebody's transaction; an observer that wrote there would wait for
    itself.
    """

    def announce(event: DecryptionFailed) -> None:
        threading.Thread(target=bus.tell_after, args=(event,), name="decryption-alarm", daemon=True).start()

    return announce
