"""What browsers and proxies may repeat or fetch ahead changes nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from autom8.models.base import Base
from tests.api.matrix.asks import ASKS, Stage
from tests.api.matrix.people import CAST
from tests.api.matrix.test_matrix import answer_to
from tests.api.rig import House

# Reading much that is personal leaves an entry in the trail, which is no change of what is read.
TRAIL = {"audit_entry", "generation"}
# Where a job elsewhere can ask for an address and nothing else, that it asks is what it says.
PINGS = {"GET /ping/<key>", "GET /ping/<key>/<word>"}
AUDITED = {"GET /api/v1/audit/export", "GET /api/v1/contacts/export"}


def test_no_get_changes_anything(house: House) -> None:
    local = CAST["local"](house)
    stage = Stage(house=house, asker=local, owner=local)
    for route, ask in ASKS.items():
        if not route.startswith("GET ") or route in PINGS:
            continue
        thing = ask.thing(stage)
        before = _rows(house)
        answer_to(stage, route, ask, thing)
        after = _rows(house)
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= (TRAIL if route in AUDITED else set()), route


def test_what_would_change_something_is_seen(house: House) -> None:
    before = _rows(house)
    house.local.add_task()
    after = _rows(house)
    assert {"task", "task_revision", "audit_entry"} <= {
        name for name in before if before[name] != after[name]
    }


def _rows(house: House) -> dict[str, list[Any]]:
    with house.services.database.read_engine.connect() as connection:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in {"series", "sample"}]
        return {table.name: [tuple(row) for row in connection.execute(select(table))] for table in tables}
