"""What is asked of contacts is answered by indexes, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from autom8.contacts.draft import ContactDraft
from autom8.kernel.paging import Page
from autom8.repositories.unit_of_work import Work
from tests.api.rig import House, migrated, opened
from tests.services.postgres import PostgresServer

MANY = 3_000


def _page(**filters: object) -> Callable[[Work], object]:
    return lambda work: work.contacts.page(Page(filters=filters))


ASKED: dict[str, Callable[[Work], object]] = {
    "all by name": _page(),
    "a later page": lambda work: work.contacts.page(
        Page(cursor=work.contacts.page(Page(limit=2)).next, limit=2)
    ),
    "by a rare word": _page(words=("rare",)),
    "by two words": _page(words=("person", "rare")),
    "by email": _page(email_index=b"x" * 32),
    "by phone": _page(phone_index=b"x" * 32),
    "by a tag": _page(tag="seldom"),
    "by a group": _page(group_id=1),
    "by number": lambda work: work.contacts.lock_many([1, 2]),
    "emails": lambda work: work.contacts.by_email([b"x" * 32]),
    "tags": lambda work: work.contacts.tags_of([1, 2]),
    "groups": lambda work: work.contacts.groups_of([1, 2]),
    "same phone": lambda work: work.contacts.having("phone_index", [b"x" * 32], each_max=5),
    "same name": lambda work: work.contacts.having("name_key", ["rare person"], each_max=5),
    "tags in use": lambda work: work.contacts.tags("seld", 10),
}
WALKS = ("SCAN contact", "Seq Scan on contact")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with so many contacts that walking them all is never the quickest."""
    home: Path = tmp_path_factory.mktemp("plans") / "home"
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database(template=server.ensure_template("api", migrated)))
        house = stack.enter_context(opened(home, url))
        _fill(house)
        yield house


def _fill(house: House) -> None:
    store = house.services.contacts.people.store
    drafts = [
        ContactDraft(
            name=f"Person {number}",
            email=f"p{number}@example.org",
            phone=f"+4930901{number:05}",
            tags=("common",),
            groups=("Everybody",),
        )
        for number in range(MANY)
    ]
    rare = ContactDraft(name="Rare Person", tags=("seldom",), groups=("Few",))
    with house.services.units.writing() as work:
        groups = store.hold_groups(work, ["Few", "Everybody"], make=True)
        store.add_many(work, [*drafts, rare], groups=groups)
        work.commit()
    with house.services.database.write_engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


@pytest.mark.parametrize("asked", ASKED)
def test_contacts_are_found_by_an_index(full_house: House, asked: str) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "contact" in statement:
            seen.append((statement, parameters))

    with full_house.services.units.writing() as work:
        event.listen(full_house.services.database.write_engine, "before_cursor_execute", note)
        try:
            ASKED[asked](work)
        finally:
            event.remove(full_house.services.database.write_engine, "before_cursor_execute", note)
        assert seen
        connection = work.session.connection()
        explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
        for statement, parameters in seen:
            plan = "\n".join(
                str(row) for row in connection.exec_driver_sql(explain + statement, parameters).all()
            )
            walked = [line for line in plan.splitlines() if any(walk in line for walk in WALKS)]
            harmless = ("USING", "contact_group", "Index")
            assert [line for line in walked if not any(each in line for each in harmless)] == [], plan


def test_names_are_ordered_alike_on_both_databases(full_house: House) -> None:
    """By code point of the folded name: neither database's own collation has a say."""
    store = full_house.services.contacts.people.store
    wanted = ["Aa", "Ab", "Zz", "Éa", "ß1", "_x", "10", "9", "éb", "Ωmega", "日本", "a-b", "a b", "ab"]
    with full_house.services.units.writing() as work:
        store.add_many(work, [ContactDraft(name=name, tags=("order",)) for name in wanted], groups={})
        rows = work.contacts.page(Page(filters={"tag": "order"}, limit=50)).items

    keys = [row.name_key for row in rows]
    assert keys == sorted(keys)
    assert len(keys) == len(wanted)
