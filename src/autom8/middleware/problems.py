"""The form of every refusal: problem+json (RFC 9457), as bytes. Knows no framework."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson

MEDIA_TYPE: Final = "application/problem+json"


def problem_json(
    status: HTTPStatus, *, code: str, detail: str, request_id: str, fields: Mapping[str, str] | None = None
) -> bytes:
    """A refusal. `code` is part of the public contract."""
    data: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
    }
    if fields:
        data["fields"] = dict(fields)
    data["request_id"] = request_id
    return orjson.dumps(data)
