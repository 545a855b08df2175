"""What the rate limit adds to a request, in CPU: counting alone, and a cached list with and without it.

The same application answers both ways in this process, in turns of a few requests, so that what else the
machine does meanwhile troubles both alike.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any
from unittest.mock import patch

from bench.figures import Figure, Report
from bench.scale import Scale
from bench.server import data_folder

TURN = 50  # requests
TAKES = 2_000
IDENTITIES = 1_000
AIM_US = 15.0
LIST = "/api/v1/tasks"
PER_MINUTE = 1_000_000


def measure(scale: Scale) -> Iterator[Report]:
    """One report."""
    turns = max(2, int(scale.api_rounds * scale.api_round_s * 50))
    alone = [_take_us() for _ in range(max(2, turns // 20))]
    with_us, without_us = _requests_us(turns)
    added = median(with_us) - median(without_us)
    yield Report(
        name="limits",
        what=f"GET {LIST}, cached, with and without the rate limit in memory",
        database="sqlite",
        figures=[
            Figure(name="counting alone", value=median(alone), unit="µs", at_most=AIM_US),
            Figure(name="a request with the limit", value=median(with_us), unit="µs"),
            Figure(name="a request without it", value=median(without_us), unit="µs"),
            Figure(name="added to a request", value=max(0.0, added), unit="µs", at_most=AIM_US),
        ],
        notes=[f"CPU of the thread; medians of {turns} turns of {TURN} requests, alternated."],
    )


def _take_us() -> float:
    from autom8.middleware.rate_limit import RateLimiter

    limiter = RateLimiter(monotonic=time.monotonic)
    buckets = [f"user:{number % IDENTITIES}" for number in range(TAKES)]
    began = time.thread_time()
    for each in buckets:
        limiter.take(each, PER_MINUTE)
    return (time.thread_time() - began) / TAKES * 1e6


def _requests_us(turns: int) -> tuple[list[float], list[float]]:
    from autom8.api.app import create_app
    from autom8.bootstrap import build_services
    from autom8.config import Settings
    from autom8.kernel import logs
    from autom8.middleware.gate import Gate

    with data_folder() as home:
        logs.configure("ERROR")
        services = build_services(Settings(home=home, requests_per_minute=PER_MINUTE))
        app = create_app(services, health=services.health)
        environ = _environ((home / "local.token").read_text(encoding="ascii").strip())
        with_us: list[float] = []
        without_us: list[float] = []
        try:
            for _ in range(turns + 2):  # the first two warm up
                with_us.append(_turn_us(app.wsgi_app, environ))
                with patch.object(Gate, "_count", _no_count):  # what is left out is what is measured
                    without_us.append(_turn_us(app.wsgi_app, environ))
        finally:
            services.close()
    return with_us[2:], without_us[2:]


def _no_count(*_: Any) -> None:
    """Count nothing."""


def _turn_us(app: Callable[..., Any], environ: dict[str, Any]) -> float:
    statuses = []
    began = time.thread_time()
    for _ in range(TURN):
        body = app(dict(environ), lambda status, *_: statuses.append(status))
        body.close()
    spent = time.thread_time() - began
    if set(statuses) != {"200 OK"}:
        raise RuntimeError(f"not answered as it should be: {set(statuses)}")
    return spent / TURN * 1e6


def _environ(token: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": LIST,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "HTTP_USER_AGENT": "bench",
        "HTTP_ACCEPT": "application/json",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
