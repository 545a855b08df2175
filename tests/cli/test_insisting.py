"""A stop that the server misses is asked for again until it is heeded."""

from __future__ import annotations

import subprocess
import sys

MISSES_TWO_STOPS = """
import os, signal, threading
from autom8.cli.insisting import Insistence
missed = 0
stopped = threading.Event()
def handle(*_):
    global missed
    missed += 1
    if missed > 2:
        stopped.set()
signal.signal(signal.SIGTERM, handle)
insistence = Insistence()
insistence.start()
os.kill(os.getpid(), signal.SIGTERM)
while not stopped.wait(0.05):
    pass
insistence.heeded()
print("stopped after", missed)
"""


def test_a_stop_that_is_missed_is_repeated() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MISSES_TWO_STOPS], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout == "stopped after 3\n"
