"""Counts that several servers share, in Redis or whatever speaks its protocol (Valkey, KeyDB).

Owns its connections and the judgement whether the store can be reached. A store that fails is left alone
until a thread of this module finds it well again, so callers wait for it once at most. Knows not what is
counted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from autom8.kernel.secrets import Secret
from autom8.kernel.telemetry import Telemetry

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 0.1  # for one answer; a store in the same network takes a millisecond
MEND_EVERY_S: Final = 1.0
CONNECTIONS_MAX: Final = 128
# One round trip and atomic: no server can count without the window's end being set.
_COUNT: Final = """\
local used = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return {used, left}
"""
_FAILURES: Final = (redis.RedisError, OSError)


class SharedCounts:
    """Counts by name under a prefix. Safe for any number of threads; never raises, never waits for long."""

    def __init__(
        self,
        url: Secret,
        *,
        prefix: str,
        threads: int,
        telemetry: Telemetry,
        timeout_s: float | None = None,
    ) -> None:
        """Connects at once; when that fails, in the background. `threads` count at the same time."""
        timeout_s = timeout_s or TIMEOUT_S
        self._prefix = prefix
        self._threads = threads
        self._telemetry = telemetry
        pool = redis.ConnectionPool.from_url(
            url.reveal(),
            max_connections=CONNECTIONS_MAX,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),  # a second try would be a second wait
        )
        self._client = redis.Redis(connection_pool=pool)
        self._script = cast("Callable[..., Any]", self._client.register_script(_COUNT))
        self._lock = threading.Lock()
        self._reached = True
        self._closed = threading.Event()
        self._mender: threading.Thread | None = None
        try:
            self._connect()
        except _FAILURES as error:
            self._lose(error)

    @property
    def reached(self) -> bool:
        """Whether the store answered when it was last asked."""
        return self._reached

    def count(self, bucket: str, window_s: float) -> tuple[int, float] | None:
        """Add one to `bucket`: how many it holds, and for how many seconds yet; None when away."""
        if not self._reached:
            return None
        try:
            used, left_ms = self._script(keys=[self._prefix + bucket], args=[int(window_s * 1_000)])
        except _FAILURES as error:
            self._lose(error)
            return None
        return int(used), int(left_ms) / 1_000

    def close(self) -> None:
        """Hang up; counts nothing any more."""
        with self._lock:
            self._reached = False
            self._closed.set()
            mender = self._mender
        if mender is not None:
            mender.join()
        self._client.close()

    def _connect(self) -> None:
        """Have a connection for each thread, so that no caller waits while one is made."""
        pool = self._client.connection_pool
        connections = []
        try:
            for _ in range(self._threads):
                connections.append(pool.get_connection())  # noqa: PERF401 - those made before one fails go back
        finally:
            for each in connections:
                pool.release(each)
        self._client.ping()

    def _lose(self, error: Exception) -> None:
        with self._lock:
            if not self._reached or self._closed.is_set():
                return  # another thread was first: said once
            self._reached = False
            self._mender = threading.Thread(target=self._mend, name="autom8-counts", daemon=True)
            self._mender.start()
        self._telemetry.count("shared_counts.lost")
        # The driver's text may hold the address with its password.
        fields = {"error": type(error).__name__, "instead": "each server counts for itself"}
        log.warning("shared_counts_lost", extra={"fields": fields})

    def _mend(self) -> None:
        while not self._closed.wait(MEND_EVERY_S):
            with suppress(*_FAILURES):
                self._client.connection_pool.disconnect(inuse_connections=False)
                self._connect()
                with self._lock:
                    self._reached = not self._closed.is_set()
                log.info("shared_counts_back")
                return
