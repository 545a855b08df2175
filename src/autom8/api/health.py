"""`/health`: whether this server can do its work. Open to everybody, so it tells nothing about anybody."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from flask import Blueprint, current_app

from autom8 import __version__
from autom8.api.endpoint import PUBLIC, Call, Reply, endpoint
from autom8.api.shapes import Out

HEALTH = "autom8_health"  # the extension that says how this server is
blueprint = Blueprint("health", __name__)


class CacheOut(Out):
    """How often finished answers were at hand."""

    hits: int
    misses: int


class HealthOut(Out):
    """How this server is."""

    status: Literal["ok", "failing"]
    version: str
    role: str
    database: Literal["sqlite", "postgresql"]
    cache: CacheOut


@blueprint.get("/health")
@endpoint(PUBLIC, answers=HealthOut, errors=(HTTPStatus.SERVICE_UNAVAILABLE,), limited=False)
def get_health(call: Call) -> Reply:
    """How this server is. 503 with the same body when its database or its clockwork is down."""
    del call
    health = current_app.extensions[HEALTH]()
    data = {
        "status": health.status,
        "version": __version__,
        "role": health.role,
        "database": health.database,
        "cache": {"hits": health.cache_hits, "misses": health.cache_misses},
    }
    return Reply(data, status=HTTPStatus.OK if health.status == "ok" else HTTPStatus.SERVICE_UNAVAILABLE)
