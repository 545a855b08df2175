"""Ids that are allocated before their rows exist belong to who asked, for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from autom8.models import DataKey
from autom8.repositories.data_keys import DataKeyThere, Rewrapped, WrappedKey
from tests.security.house import House, another_house


def _row(id_: int, owner: int, wrapping: str = "k1") -> WrappedKey:
    return WrappedKey(id_, "contact", owner, wrapping, b"wrapped %d" % owner)


def _add(house: House, owners: range, wrapping: str = "k1") -> list[int]:
    with house.writing() as work:
        ids = list(work.ids.allocate("data_key", len(owners)))
        rows = [_row(id_, owner, wrapping) for id_, owner in zip(ids, owners, strict=True)]
        work.data_keys.add_many(rows, at=work.now())
        work.commit()
    return ids


def test_ids_are_ascending_and_never_given_twice(house: House) -> None:
    first, second = _add(house, range(3)), _add(house, range(3, 6))
    with house.writing() as work:
        work.data_keys.remove_many("contact", range(6))
        work.commit()
    third = _add(house, range(3))

    assert first + second + third == sorted({*first, *second, *third})


def test_rows_that_take_their_id_from_the_database_follow_the_allocated_ones(house: House) -> None:
    ids = _add(house, range(3))
    with house.writing() as work:
        key = DataKey(purpose="user", owner_id=1, wrapping_key_id="k1", wrapped=b"", created_at=work.now())
        work.session.add(key)
        work.commit()

    assert key.id > max(ids)


def test_work_that_is_rolled_back_leaves_the_counter_usable(house: House) -> None:
    with house.writing() as work:
        work.ids.allocate("data_key", 5)
    ids = _add(house, range(2))

    assert len(set(ids)) == 2


def test_many_who_allocate_at_once_share_no_id(migrated_url: str) -> None:
    def allocate(_: int) -> list[int]:
        with another_house(migrated_url) as mine:
            found: list[int] = []
            for _turn in range(10):
                with mine.writing() as work:
                    found += work.ids.allocate("contact", 7)
                    work.commit()
            return found

    with ThreadPoolExecutor(4) as pool:
        every = [id_ for ids in pool.map(allocate, range(4)) for id_ in ids]

    assert len(every) == len(set(every)) == 4 * 10 * 7


def test_a_table_that_may_give_an_id_again_is_refused(house: House) -> None:
    with house.writing() as work, pytest.raises(ValueError, match="run_output"):
        work.ids.allocate("run_output", 1)


def test_no_ids_are_none(house: House) -> None:
    with house.writing() as work:
        assert list(work.ids.allocate("data_key", 0)) == []


def test_an_owner_has_one_data_key(house: House) -> None:
    _add(house, range(1))

    with pytest.raises(DataKeyThere):
        _add(house, range(1))


def test_thousands_of_owners_are_found_and_removed_at_once(house: House) -> None:
    ids = _add(house, range(2_500))

    with house.writing() as work:
        found = list(work.data_keys.find_many("contact", range(3_000)))
        gone = work.data_keys.remove_many("contact", range(3_000))
        assert list(work.data_keys.find_many("contact", range(3_000))) == []

    assert sorted(row.id for row in found) == ids
    assert gone == {row.owner_id: row.id for row in found}


def test_another_purpose_has_keys_of_its_own(house: House) -> None:
    _add(house, range(3))

    with house.writing() as work:
        assert list(work.data_keys.find_many("user", range(3))) == []
        assert work.data_keys.remove_many("user", range(3)) == {}


def test_the_keys_that_wrap_anything_are_named_once_each(house: House) -> None:
    _add(house, range(3), "k2")
    _add(house, range(3, 5), "k1")
    _add(house, range(5, 6), "k3-abc")

    with house.reading() as work:
        assert work.data_keys.wrapping_key_ids() == ["k1", "k2", "k3-abc"]
        assert [work.data_keys.count(each) for each in ("k1", "k2", "k4")] == [2, 3, 0]


def test_keys_are_read_in_the_order_of_their_ids_from_where_one_stopped(house: House) -> None:
    ids = _add(house, range(5))

    with house.reading() as work:
        assert [row.id for row in work.data_keys.after("k1", ids[1], batch_size=2)] == ids[2:4]


def test_only_what_is_still_wrapped_as_it_was_read_is_wrapped_anew(house: House) -> None:
    ids = _add(house, range(4))
    with house.writing() as work:
        work.data_keys.remove_many("contact", [0])
        assert work.data_keys.rewrap([Rewrapped(ids[1], b"meanwhile")], old="k1", new="k3") == 1
        work.commit()

    with house.writing() as work:
        keys = [Rewrapped(id_, b"new %d" % id_) for id_ in ids]
        assert work.data_keys.rewrap(keys, old="k1", new="k2") == 2
        work.commit()

    with house.reading() as work:
        left = {
            row.id: (row.wrapping_key_id, row.wrapped)
            for row in work.data_keys.find_many("contact", range(4))
        }
    assert left == {
        ids[1]: ("k3", b"meanwhile"),
        ids[2]: ("k2", b"new %d" % ids[2]),
        ids[3]: ("k2", b"new %d" % ids[3]),
    }
