"""An entry and what it tells of are one transaction: both are kept, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from autom8.audit.entry import AuditRefused
from autom8.kernel.actor import ANONYMOUS, SYSTEM
from autom8.kernel.events import Audited, Event
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import ActorKind, Role
from autom8.repositories.audit import AuditRepository
from autom8.repositories.unit_of_work import Work
from autom8.security.views import UserView
from tests.audit.recording import ADA, record
from tests.security.house import House


class _Interrupted(Exception):
    pass


@contextmanager
def interrupted() -> Iterator[None]:
    with pytest.raises(_Interrupted):
        yield


def test_the_first_entry_is_number_one_and_each_follows_the_one_before(house: House) -> None:
    record(house, "a")
    record(house, "b", "c")

    assert [(entry.seq, entry.action) for entry in house.entries()] == [(1, "a"), (2, "b"), (3, "c")]
    assert house.audit.verify().ok


def test_an_entry_says_who_did_what_from_where(house: House) -> None:
    record(house, "a")
    entry = house.entries()[0]

    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == (ActorKind.USER, 1, "Ada")
    assert (entry.address, entry.request_id) == ("203.0.113.7", "request-1")
    assert (entry.object_type, entry.object_id, entry.details) == ("thing", "1", {"name": "a"})


def test_strangers_are_audited_and_what_autom8_does_by_itself_is_not(house: House) -> None:
    record(house, "a", actor=ANONYMOUS)
    record(house, "b", actor=SYSTEM)

    assert [entry.action for entry in house.entries()] == ["a"]


def test_what_is_rolled_back_leaves_no_entry_and_no_gap(house: House) -> None:
    def fail(_event: Event, _work: Work) -> None:
        raise _Interrupted

    record(house, "a")
    house.bus.within(Audited, fail)  # after the entry was written
    with interrupted():
        record(house, "b")
    house.bus._within[Audited].remove(fail)
    record(house, "c")

    assert [(entry.seq, entry.action) for entry in house.entries()] == [(1, "a"), (2, "c")]
    assert house.audit.verify().ok


def test_an_operation_whose_entry_can_not_be_written_is_not_carried_out(
    house: House, ada: UserView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise _Interrupted

    monkeypatch.setattr(AuditRepository, "add", fail)
    with interrupted():
        house.add("Eve", Role.ADMIN)
    monkeypatch.undo()

    names = [user.name for user in house.security.users.list_(Page(), actor=house.local()).items]
    assert names == ["Ada"]


def test_an_operation_whose_details_can_not_be_kept_is_not_carried_out(house: House) -> None:
    def operate() -> None:
        with house.writing(ADA) as work:
            work.installation.get().keys_check = "changed"
            work.record(Audited(action="a", object_type="t", object_id="1", details={"not": object()}))
            work.commit()

    with pytest.raises(AuditRefused):
        operate()
    with house.reading() as work:
        assert work.installation.get().keys_check is None
    assert house.entries() == []


def test_entries_are_found_by_actor_action_object_and_time(house: House) -> None:
    record(house, "a", "b")
    record(house, "c", actor=ANONYMOUS)
    first, second, third = house.entries()

    def found(**filters: object) -> list[str]:
        page = Page(order="seq", filters=filters)
        return [entry.action for entry in house.audit.list_(page, actor=house.local()).items]

    assert found(actor="Ada") == ["a", "b"]
    assert found(action="b", object_type="thing", object_id="1") == ["b"]
    assert found(object_type="other") == []
    assert found(since=first.at, until=third.at) == ["a", "b"]
    assert found(since=second.at, action=None) == ["a", "b", "c"]  # one operation, one instant


def test_entries_are_listed_newest_first_in_pages(house: House) -> None:
    record(house, "a", "b", "c")
    first = house.audit.list_(Page(limit=2), actor=house.local())
    second = house.audit.list_(Page(limit=2, cursor=first.next), actor=house.local())

    assert [entry.action for entry in [*first.items, *second.items]] == ["c", "b", "a"]
    assert second.next is None
