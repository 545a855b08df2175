"""A batch as the bytes that a server is sent: JSON, in bodies that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import orjson

from autom8.metrics.collecting.ports import Sample

BODY_BYTES_MAX: Final = 900 * 1024  # below the mebibyte that a server takes of a request


def bodies(batch: Sequence[Sample], *, bytes_max: int = BODY_BYTES_MAX) -> Iterator[bytes]:
    """`{"samples": [{"name", "labels", "at", "value"}, …]}`, in as many bodies as it takes, in order."""
    if not batch:
        return
    body = orjson.dumps({"samples": [sample._asdict() for sample in batch]})
    if len(body) <= bytes_max or len(batch) == 1:
        yield body
        return
    half = len(batch) // 2
    yield from bodies(batch[:half], bytes_max=bytes_max)
    yield from bodies(batch[half:], bytes_max=bytes_max)
