"""The machine's clocks as Autom8 reads them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from autom8.kernel.clock import BootClock


def test_a_boot_clock_counts_the_time_in_which_the_machine_sleeps() -> None:
    clock = BootClock()
    before = time.clock_gettime(time.CLOCK_BOOTTIME)

    assert before <= clock.monotonic() <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
