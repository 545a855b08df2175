"""Jobs elsewhere that ping a server, and take no ping for sent until it is answered."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import create_engine, select

from autom8.models import Ping, PingCheck, table_of
from tests.faults.server import Server

EVERY_S = 0.06  # of one job: with ten keys each, below what a key may ping in a minute
WORDS = ("", "/start", "/0", "/log", "/fail", "/7")


def add_checks(server: Server, count: int) -> list[str]:
    """Checks of a server; the paths that ping them."""
    checks = [server.ask("POST", "/checks", {"name": f"job {each}"}) for each in range(count)]
    return [urlsplit(each["url"]).path for each in checks]


def ping(port: int, path: str, body: str = "") -> tuple[int, str]:
    """One ping; the status and the text of its answer.

    Raises:
        OSError, HTTPException: there was none.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@dataclass
class Pinger:
    """Pings from threads until told to stop; `acked` are the names of the pings that were answered OK."""

    port: int
    paths: list[str]
    threads_max: int = 6
    acked: set[str] = field(default_factory=set)
    strange: set[tuple[int, str]] = field(default_factory=set)
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        for number in range(self.threads_max):
            mine = self.paths[number :: self.threads_max]
            self._threads.append(threading.Thread(target=self._ping, args=(mine,)))
            self._threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for each in self._threads:
            each.join()

    def _ping(self, paths: list[str]) -> None:
        words = cycle(WORDS)
        for path in cycle(paths):
            if self._ended.wait(EVERY_S):
                return
            self._insist(path + next(words))

    def _insist(self, path: str) -> None:
        """As a client that retries: every attempt has a name of its own, so that none hides another."""
        while not self._ended.is_set():
            name = str(uuid4())
            try:
                status, text = ping(self.port, f"{path}?rid={name}", body=name)
            except (OSError, http.client.HTTPException):
                status, text = 503, ""
            if status == 200:
                self.acked.add(name)
                return
            if status != 503:
                self.strange.add((status, text))
                return
            time.sleep(0.1)


@dataclass(frozen=True)
class Kept:
    """What a database has of pings: the names by check, and each check's own row."""

    names: dict[int, list[str]]
    checks: list[Any]
    unseen: int


def kept(url: str) -> Kept:
    """Read the tables of the installation at `url`."""
    check, ping_ = table_of(PingCheck), table_of(Ping)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            checks = connection.execute(select(*check.c).order_by(check.c.id)).all()
            rows = connection.execute(select(ping_.c.check_id, ping_.c.run, ping_.c.seen, ping_.c.id)).all()
    finally:
        engine.dispose()
    names: dict[int, list[str]] = {}
    for row in sorted(rows, key=lambda row: row.id):
        names.setdefault(row.check_id, []).append(row.run)
    return Kept(names, list(checks), sum(not row.seen for row in rows))
