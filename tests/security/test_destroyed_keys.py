"""A destroyed key is gone from the files of the database too, and no plain key or secret is ever in them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from autom8.persistence import shredding
from autom8.persistence.shredding import Shredder
from autom8.security.vault import place_of_key
from autom8.security.views import UserView
from tests.security.house import INSTALLATION, House
from tests.security.keyrings import Strongroom
from tests.security.raw_files import files_of, forms_of, found_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of an authenticator


def test_what_is_sealed_is_in_no_file_and_neither_is_its_key(
    house: House, ada: UserView, migrated_url: str
) -> None:
    room = Strongroom()
    vault = room.vaults.vault_for("user")
    with house.writing() as work:
        user = work.access.get_user(ada.id)
        user.totp_secret = sealed = vault.create(work, [ada.id])[ada.id].seal(
            "user_account", "totp_secret", ada.id, SECRET
        )
        work.commit()
    with house.reading() as work:
        (wrapped,) = work.data_keys.find_many("user", [ada.id])
    data_key = room.keyring.unwrap(
        wrapped.wrapping_key_id, wrapped.wrapped, place_of_key(INSTALLATION, wrapped)
    )

    files = files_of(migrated_url)

    assert found_in(files, sealed), "the search finds what is there"
    assert found_in(files, wrapped.wrapped)
    assert found_in(files, SECRET) == []
    assert found_in(files, data_key) == []


def test_destroyed_keys_are_in_no_file_once_that_is_settled(house: House, migrated_url: str) -> None:
    room, chance = _settling(house), random.Random(8)
    owners = list(range(1, 1_201))
    chance.shuffle(owners)
    _create(house, room, owners)
    with house.reading() as work:
        kept = {row.owner_id: row.wrapped for row in work.data_keys.find_many("contact", owners)}
    before = _joined(migrated_url)
    assert all(wrapped in before for wrapped in kept.values())
    destroyed: list[bytes] = []
    while len(kept) > 100:  # some at a time, so that pages fall empty and are joined
        gone = chance.sample(sorted(kept), chance.choice([1, 5, 200]) if len(kept) > 300 else 100)
        with house.writing() as work:
            room.vault.destroy(work, gone)
            work.commit()
        destroyed += [kept.pop(owner) for owner in gone]
        if len(gone) == 200:
            _create(house, room, [owner + 10_000 * len(destroyed) for owner in range(1, 50)])

    assert room.vaults.settle_destroyed()

    after = _joined(migrated_url)
    assert [wrapped for wrapped in destroyed if wrapped in after] == []
    assert all(wrapped in after for wrapped in kept.values())


def test_settling_waits_for_nobody_who_reads_and_is_done_later(house: House, migrated_url: str) -> None:
    room = _settling(house)
    _create(house, room, [1, 2])
    with house.reading() as reader:
        (row,) = reader.data_keys.find_many("contact", [1])
        if house.database.dialect == "postgresql":  # where a reader has no snapshot, a lock keeps us out
            reader.session.connection().exec_driver_sql("BEGIN")
            list(reader.data_keys.find_many("contact", [1]))
        with house.writing() as work:
            room.vault.destroy(work, [1])
            work.commit()
        assert room.vaults.settle_destroyed() is False
        if house.database.dialect == "postgresql":
            reader.session.connection().exec_driver_sql("COMMIT")

    assert _shredder(room).shred_later() is True
    assert row.wrapped not in _joined(migrated_url)
    assert _shredder(room).shred_later() is True


def test_settling_that_fails_fails_nobody_and_is_tried_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    shredder = Shredder(house.database, ["data_key"])
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(Shredder, "_cut_log", _full)
        broken.setattr(Shredder, "_rewrite", _full)
        assert shredder.shred() is False

    assert [shredder.shred_later(), shredder.shred_later()] == [True, True]
    assert caplog.messages == ["shredding_failed"]


def _full(_shredder: Shredder) -> bool:
    raise OSError(28, "No space left on device")


def test_a_big_table_is_not_rewritten_in_everybodys_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shredding, "REWRITTEN_BYTES_MAX", 0)
    with house.reading() as reader:
        list(reader.data_keys.find_many("contact", [1]))
    assert _settling(house).vaults.settle_destroyed()


def _settling(house: House) -> Strongroom:
    return Strongroom(shredder=Shredder(house.database, ["data_key"]))


def _shredder(room: Strongroom) -> Shredder:
    assert room.shredder is not None
    return room.shredder


def _create(house: House, room: Strongroom, owners: list[int]) -> None:
    with house.writing() as work:
        room.vault.create(work, owners)
        work.commit()


def _joined(url: str) -> bytes:
    return b"".join(files_of(url).values())


def test_the_search_finds_each_form(tmp_path: Path) -> None:
    for number, form in enumerate(["plain", "utf-16le", "utf-16be", "base64+1", "hex", "HEX"]):
        (path := tmp_path / str(number)).write_bytes(b"x" + forms_of("ada@example.org")[form] + b"y")
        assert f"{number}: {form}" in found_in({path: path.read_bytes()}, "ada@example.org")
