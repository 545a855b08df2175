"""Makes sure that a stop is heeded: granian now and then misses a signal, and would serve on for ever.

It was seen when the signal came just as a connection did. Owns the wake-up descriptor of Python's signals
(see `signal.set_wakeup_fd`), through which each signal is heard, whatever its handler makes of it.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

AGAIN_S: Final = 0.3
STOPS: Final = frozenset({signal.SIGINT, signal.SIGTERM})


class Insistence(threading.Thread):
    """Repeats a stop that this process was asked for, until it is heeded. Make it in the main thread."""

    def __init__(self) -> None:
        super().__init__(name="autom8-insistence", daemon=True)
        self._heard, told = os.pipe()
        os.set_blocking(told, False)  # or a handler could wait for us
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        self._heeded = threading.Event()

    def run(self) -> None:
        """Wait for the first signal that asks to stop, then repeat it."""
        while os.read(self._heard, 1)[0] not in STOPS:
            pass
        while not self._heeded.wait(AGAIN_S):
            os.kill(os.getpid(), signal.SIGTERM)

    def heeded(self) -> None:
        """Say that the stop has begun."""
        self._heeded.set()
