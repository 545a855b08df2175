"""Log lines as JSON: timestamp, level, module, message, duration_ms, status_code, and more fields.

A message is a constant event name; values travel as `extra={"fields": {...}}`. What is bound by
`bound(...)` (a request id, a run id) is on every line logged inside it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, TextIO

import orjson

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_BOUND: ContextVar[Mapping[str, Any]] = ContextVar("autom8_log_fields", default=_NOTHING)
_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
_CONTROL: Final = {code: f"\\x{code:02x}" for code in [*range(32), 127]}


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Put `fields` on every line that is logged inside."""
    token = _BOUND.set({**_BOUND.get(), **fields})
    try:
        yield
    finally:
        _BOUND.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line; no value can break out of its line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        fields = getattr(record, "fields", {})
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "module": record.name,
            "message": record.getMessage().translate(_CONTROL),
            "duration_ms": None,
            "status_code": None,
            **_BOUND.get(),
            **fields,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=str, option=_OPTIONS).decode()
        except TypeError:  # half a character, or a number beyond 64 bits: slower, and nothing is lost
            line["timestamp"] = line["timestamp"].isoformat().replace("+00:00", "Z")
            return json.dumps(line, default=str)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send every log line of this process, from `level` up, to `stream` (stderr) as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "alembic", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
