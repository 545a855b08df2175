"""Addresses end up in histories, logs and proxies: nothing secret or personal is asked for in one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.api.rig import Caller, Json

TELLING = re.compile(
    r"(?i)(^|_)(password|passwd|token|secret|code|email|mail|phone|notes|key|signature|session)$"
)


def test_no_parameter_of_an_address_takes_a_secret_or_personal_value(local: Caller) -> None:
    described = local.get("/openapi.json").json
    telling = [f"{where} {name}" for where, name in _parameters(described) if TELLING.search(name)]
    # OAuth has it so: good once, within a minute, and worth nothing without the verifier that stays here.
    assert telling == ["GET /api/v1/auth/oidc/callback code"]


def test_a_telling_parameter_would_be_seen() -> None:
    assert TELLING.search("token")
    assert TELLING.search("setup_token")
    assert not TELLING.search("key_id")  # the public part of an API key
    assert not TELLING.search("task_id")


def _parameters(described: Json) -> Iterator[tuple[str, str]]:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for each in operation if method == "parameters" else operation.get("parameters", []):
                if each.get("in") in {"query", "path"}:
                    yield f"{method.upper()} {path}", each["name"]
