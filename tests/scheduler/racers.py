"""Schedulers in processes of their own that race on one database: python -m tests.scheduler.racers URL COUNT.

Each is forked from this process, which has loaded everything and holds no connection, and waits for all.
"""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.synchronize import Barrier

from tests.scheduler.house import House, opened


def race(url: str, start: Barrier, minutes: int) -> None:
    with opened(url) as database:
        house = House(database)
        house.clock.advance(60 * minutes)
        start.wait()
        while house.firing.fire().due:
            pass


def main(url: str, count: int, minutes: int) -> None:
    forked = multiprocessing.get_context("fork")
    start = forked.Barrier(count)
    racers = [forked.Process(target=race, args=(url, start, minutes)) for _ in range(count)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    if any(racer.exitcode != 0 for racer in racers):
        raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
