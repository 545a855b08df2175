"""The whole API, asked at random by its own description, as everybody there is.

Nothing may answer 5xx, a status or a type that is not described, or in another shape than is described.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from autom8.bootstrap import parts as bootstrap
from autom8.security.service import build_security
from tests.api.matrix.people import CAST
from tests.api.rig import PASSWORD, House, migrated, opened
from tests.services.postgres import PostgresServer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
DIALECTS = ("sqlite", "postgresql")
WHO = ("stranger", "viewer", "operator", "admin", "local", "viewer's key", "admin's key")
EVERYBODY = [(dialect, who) for who in WHO if who in CAST for dialect in DIALECTS]
# Each on one of the databases: the other comes with --full.
EACH_ONCE = [pair for number, pair in enumerate(EVERYBODY) if number % 4 in {0, 3}]
KINDS = "tuckgoe"  # of ETags
THERE = 3  # that many of each thing are there to begin with


@pytest.fixture(scope="module")
def busy_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with something in it, on the database that is asked for."""
    home: Path = tmp_path_factory.mktemp("busy") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "build_security", partial(build_security, password_cost=4))
        if request.param == "sqlite":
            with opened(home) as house:
                yield _filled(house)
            return
        server: PostgresServer = request.getfixturevalue("postgres")
        with (
            server.database(template=server.ensure_template("api", migrated)) as url,
            opened(home, url) as house,
        ):
            yield _filled(house)


def _filled(house: House) -> House:
    for number in range(THERE):
        task = house.local.add_task(f"task {number}", schedule={"kind": "cron", "cron": "@hourly"})
        house.local.post(f"/tasks/{task['id']}/run")
        house.local.post("/users", {"name": f"user {number}", "password": PASSWORD, "role": "admin"})
        house.local.post("/groups", {"name": f"group {number}"})
        house.local.post("/contacts", {"name": f"Ada {number}", "email": f"ada.{number}@example.org"})
        contact = number + 1
        rotation = {
            "participants": [contact],
            "turn_s": 86_400,
            "start": "2026-01-01T09:00:00",
            "zone": "Europe/Berlin",
        }
        schedule = {"name": f"schedule {number}", "zone": "UTC", "rotations": [rotation]}
        house.local.post("/oncall/schedules", schedule)
        steps = [{"targets": [f"contact:{contact}", f"schedule:{contact}"]}]
        house.local.post("/escalation-policies", {"name": f"policy {number}", "steps": steps})
    return house


@pytest.fixture(scope="module")
def operations(busy_house: House) -> list[Any]:
    """What the house describes; read once, since its strategies take longer to make than to use."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", busy_house.client.application)
    # Our own description is none of its errors.
    return [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]


@st.composite
def _cases(draw: st.DrawFn, operation: Any) -> Case[Any]:
    """A request as described or off it, half of the time for something that is there."""
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    if not (operation.body or operation.query or operation.path_parameters or operation.headers):
        modes = modes[:1]  # there is nothing about it to get wrong
    case: Case[Any] = draw(operation.as_strategy(draw(st.sampled_from(modes))))
    if draw(st.booleans()):
        number = draw(st.integers(1, THERE))
        case.path_parameters = {
            name: drawn if name == "session_id" else number
            for name, drawn in (case.path_parameters or {}).items()
        }
        if "If-Match" in (case.headers or {}):
            kind, version = draw(st.sampled_from(KINDS)), draw(st.integers(1, 4))
            case.headers["If-Match"] = f'"{kind}{number}-{"r" if kind == "t" else "v"}{version}"'
    return case


def _ask_at_random(house: House, operations: list[Any], who: str, *, examples: int) -> None:
    caller = CAST[who](house).caller
    asked: set[int] = set()
    for operation in operations:
        if operation.label == "POST /api/v1/auth/logout":
            continue  # would make a stranger of a user

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=_cases(operation))
        def ask(case: Case[Any]) -> None:
            response = case.call(headers=caller.headers)
            asked.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

        ask()
    assert {200, 400, 404} <= asked if who != "stranger" else {200, 400, 401} <= asked


@pytest.mark.parametrize(("busy_house", "who"), EACH_ONCE, indirect=["busy_house"])
def test_nothing_that_anybody_asks_breaks_the_api(busy_house: House, operations: list[Any], who: str) -> None:
    _ask_at_random(busy_house, operations, who, examples=4)


@pytest.mark.full
@pytest.mark.parametrize(("busy_house", "who"), EVERYBODY, indirect=["busy_house"])
def test_nothing_that_anybody_asks_for_long_breaks_the_api(
    busy_house: House, operations: list[Any], who: str
) -> None:
    _ask_at_random(busy_house, operations, who, examples=300)


def test_everybody_asks_on_one_database_and_on_both_in_the_long_form() -> None:
    assert [who for _, who in EACH_ONCE] == [who for who in WHO if who in CAST]
    assert {dialect for dialect, _ in EACH_ONCE} == set(DIALECTS)
