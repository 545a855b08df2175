"""The API's list of 50 tasks, built and cached, beside a bare Flask hello: requests a second and CPU of each.

The servers stay on one core and the load on another; they are asked in turns, forwards and then backwards, so
that whatever else the machine does meanwhile troubles all alike. What counts is the ratio.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from bench import hello
from bench.figures import Figure, Report
from bench.load import make_requests, tool
from bench.processes import cpu_time, pinned
from bench.scale import Scale
from bench.server import Server, data_folder, free_port, listening, running
from bench.tasks import add_tasks, hourly_tasks

TASKS = 50
THREADS = 4
CORE = 0
LIST = "/api/v1/tasks?limit=50"


@dataclass(slots=True, kw_only=True)
class Case:
    """One address, and what was found of it: requests a second, and CPU of each, by rounds."""

    name: str
    pid: int
    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    def load(self, seconds: float) -> None:
        """Measure one round."""
        before, began = cpu_time(self.pid), time.monotonic()
        answers = make_requests(self.port, self.path, headers=self.headers, seconds=seconds)
        if not answers:
            return  # a machine so busy tells nothing
        self.rates.append(answers / (time.monotonic() - began))
        self.cpu_us.append((cpu_time(self.pid) - before).own_s / answers * 1e6)


def measure(scale: Scale) -> Iterator[Report]:
    """One report."""
    with ExitStack() as stack, pinned(CORE):
        cases = _cases(stack)
        for each in cases:
            make_requests(each.port, each.path, headers=each.headers, seconds=scale.api_round_s)
        for number in range(scale.api_rounds):
            for each in cases if number % 2 == 0 else reversed(cases):
                each.load(scale.api_round_s)
    peer = cases[0]
    yield Report(
        name="api",
        what=f"GET {LIST} beside a bare Flask hello, {THREADS} threads each",
        database="sqlite",
        figures=[figure for each in cases for figure in _figures(each, peer)],
        notes=[f"Load by {tool(scale.api_round_s)}; medians of {scale.api_rounds} rounds."],
    )


def _cases(stack: ExitStack) -> list[Case]:
    port = free_port()
    argv = [sys.executable, "-m", "bench.hello", str(port), str(THREADS)]
    pid, _ = stack.enter_context(listening(argv, port=port, path=hello.PATH, env=os.environ))
    with_cache = _server(stack, cache_items=1_000)
    without = _server(stack, cache_items=0)
    etag = with_cache.headers(LIST)["etag"]
    return [
        Case(name="hello", pid=pid, port=port, path=hello.PATH),
        _list_case("list, built", without),
        _list_case("list, cached", with_cache),
        _list_case("list, 304", with_cache, **{"If-None-Match": etag}),
    ]


def _list_case(name: str, server: Server, **headers: str) -> Case:
    return Case(
        name=name, pid=server.pid, port=server.port, path=LIST, headers=server.authorization | headers
    )


def _server(stack: ExitStack, *, cache_items: int) -> Server:
    home = stack.enter_context(data_folder())
    settings = {"AUTOM8_CACHE_ITEMS": str(cache_items), "AUTOM8_HTTP_THREADS": str(THREADS)}
    server = stack.enter_context(running(home, **settings))
    add_tasks(server, hourly_tasks(TASKS))
    return server


def _figures(case: Case, peer: Case) -> Iterator[Figure]:
    yield Figure(name=f"{case.name}: requests", value=median(case.rates), unit="/s")
    yield Figure(name=f"{case.name}: CPU a request", value=median(case.cpu_us), unit="µs")
    if case is not peer:
        ratio = median(case.cpu_us) / median(peer.cpu_us)
        yield Figure(name=f"{case.name}: CPU, times hello's", value=ratio, unit="x")
