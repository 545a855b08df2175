"""Lists: pages that are put together are the whole list, in any order, whatever is inserted meanwhile."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from autom8.kernel.errors import Invalid
from autom8.kernel.paging import LIMIT_MAX, Page
from autom8.models import Task, table_of
from autom8.persistence.engines import Database
from autom8.repositories.query import Listing
from tests.scheduler.house import ADA, NOON, House

TASK = table_of(Task).c
LISTING = Listing(
    key=TASK.id,
    orders={"id": TASK.id, "name": TASK.name, "next_run": TASK.next_run, "paused_reason": TASK.paused_reason},
    default="name",
    filters={"kind": lambda value: TASK.kind == value},
)
ORDERS = [sign + name for name in LISTING.orders for sign in ("", "-")]
TEXTS = st.text(alphabet="aAbBzZ_- äÄéß09", min_size=1, max_size=6)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write_engine.connect() as connection:
        yield connection
        connection.rollback()


def add(connection: Connection, number: int, name: str, reason: str | None, minute: int | None) -> None:
    values: dict[str, Any] = {
        "id": number,
        "name": f"{name}{number}",
        "kind": "command",
        "schedule_kind": "manual",
        "definition": {},
        "revision": 1,
        "enabled": True,
        "paused_reason": reason,
        "concurrency": "forbid",
        "concurrency_max": 1,
        "created_at": NOON,
        "updated_at": NOON,
        "scheduled_through": NOON,
        "next_run": None if minute is None else NOON + timedelta(minutes=minute),
    }
    connection.execute(insert(Task).values(**values))


def read(connection: Connection, page: Page) -> tuple[list[int], str | None]:
    rows = connection.execute(LISTING.select(select(*TASK), page)).all()
    paged = LISTING.paged(rows, page, lambda row, name: row.id if name == "key" else getattr(row, name))
    return [row.id for row in paged.items], paged.next


def read_all(connection: Connection, order: str, limit: int) -> list[int]:
    found: list[int] = []
    cursor: str | None = None
    while True:
        ids, cursor = read(connection, Page(limit=limit, cursor=cursor, order=order))
        found += ids
        if cursor is None:
            return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXTS, st.none() | TEXTS, st.none() | st.integers(0, 3)), max_size=14),
    order=st.sampled_from(ORDERS),
    limit=st.integers(1, 5),
)
def test_pages_put_together_are_the_whole_list(
    connection: Connection,
    rows: list[tuple[str, str | None, int | None]],
    order: str,
    limit: int,
) -> None:
    for number, row in enumerate(rows, start=1):
        add(connection, number, *row)

    whole, _ = read(connection, Page(limit=LIMIT_MAX, order=order))
    pages = read_all(connection, order, limit)
    connection.rollback()

    assert sorted(whole) == list(range(1, len(rows) + 1))
    assert pages == whole


@pytest.mark.parametrize("order", ORDERS)
def test_rows_inserted_between_pages_double_and_hide_none_that_was_there(
    connection: Connection, order: str
) -> None:
    for number in range(1, 10):
        add(connection, number * 10, "x", None if number % 3 else "r", None if number % 2 else number)
    whole, _ = read(connection, Page(limit=LIMIT_MAX, order=order))
    found: list[int] = []
    cursor: str | None = None
    for more in range(1, 30):
        ids, cursor = read(connection, Page(limit=2, cursor=cursor, order=order))
        found += ids
        if cursor is None:
            break
        add(connection, more * 10 + 5, "x", None if more % 2 else "r", more)

    assert len(found) == len(set(found))
    assert [each for each in found if each % 10 == 0] == whole


@pytest.mark.parametrize("order", ["next_run", "-next_run"])
def test_nulls_come_last_in_either_direction(connection: Connection, order: str) -> None:
    for number, minute in enumerate([None, 2, None, 1], start=1):
        add(connection, number, "x", None, minute)

    ids, _ = read(connection, Page(order=order))

    assert ids[2:] == ([1, 3] if order == "next_run" else [3, 1])


def cursor_of(*mark: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(mark)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("order", "cursor"),
    [
        ("name", "é"),
        ("name", "!!!!"),
        ("name", "AAAA"),
        ("name", base64.urlsafe_b64encode(b'{"a": 1}').decode()),
        ("name", cursor_of()),
        ("name", cursor_of("name", 1)),
        ("name", cursor_of("-name", 1, "a")),
        ("name", cursor_of("id", 1)),
        ("name", cursor_of("name", "1", "a")),
        ("name", cursor_of("name", True, "a")),
        ("name", cursor_of("name", 2**63, "a")),
        ("name", cursor_of("name", 1, 5)),
        ("name", cursor_of("name", 1, "a\0")),
        ("next_run", cursor_of("next_run", 1, 5)),
        ("next_run", cursor_of("next_run", 1, "noon")),
        ("next_run", cursor_of("next_run", 1, "2026-05-04T12:00:00")),
        ("id", cursor_of("id", 1, 2)),
        ("id", cursor_of("id", None)),
    ],
)
def test_a_cursor_that_is_not_of_this_list_is_refused_before_the_database_sees_it(
    order: str, cursor: str
) -> None:
    with pytest.raises(Invalid) as refused:
        LISTING.select(select(*TASK), Page(order=order, cursor=cursor))
    assert set(refused.value.fields) == {"cursor"}


def test_unknown_orders_and_filters_are_named(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        LISTING.select(select(*TASK), Page(order="color"))
    assert set(refused.value.fields) == {"order"}
    with pytest.raises(Invalid) as refused:
        LISTING.select(select(*TASK), Page(filters={"color": "red"}))
    assert set(refused.value.fields) == {"color"}


@pytest.mark.parametrize("value", ["\0", "a\ud800"])
def test_texts_that_no_database_takes_are_no_filter(house: House, value: str) -> None:
    for filters in ({"q": value}, {"name": value}):
        with pytest.raises(Invalid) as refused:
            house.tasks.list_(Page(filters=filters), actor=ADA)
        assert set(refused.value.fields) == set(filters)
    with pytest.raises(Invalid):
        house.runs.list_(Page(filters={"state": ["queued", value]}), actor=ADA)


@pytest.mark.parametrize(("limit", "got"), [(-5, 1), (0, 1), (3, 3), (10_000, 200)])
def test_a_page_is_never_empty_and_never_larger_than_the_greatest(
    connection: Connection, limit: int, got: int
) -> None:
    for number in range(1, 203):
        add(connection, number, "x", None, None)

    assert len(read(connection, Page(limit=limit))[0]) == got


def test_tasks_and_runs_can_be_paged_by_every_order_they_name(house: House) -> None:
    for number in range(5):
        house.start(house.add(f"t{number}", schedule={"kind": "cron", "cron": f"{number} * * * *"}))
    with house.units.reading() as work:
        for order in ("id", "-id", "name", "-name", "next_run", "-next_run"):
            first = work.tasks.page(Page(limit=2, order=order))
            second = work.tasks.page(Page(limit=3, order=order, cursor=first.next))
            assert len({row.id for row in [*first.items, *second.items]}) == 5
        for order in ("id", "-id"):
            runs = work.runs.page(Page(limit=2, order=order))
            more = work.runs.page(Page(limit=3, order=order, cursor=runs.next))
            assert len({row.id for row in [*runs.items, *more.items]}) == 5
