"""A rotation wraps each data key anew, once, whoever takes part and whatever else goes on."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from autom8.kernel.errors import Autom8Error, Invalid
from autom8.security.keyring_service import KeyInUse, KeyringFixed, KeyUnknown
from tests.faults.server import wait_until
from tests.security.house import House, another_house
from tests.security.keyrings import NOON, given, in_file
from tests.security.raw_files import files_of
from tests.security.rotating import COLUMN, Rotating
from tests.security.rotating_process import killed_at_the_end


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyring.json"


@pytest.fixture
def mine(house: House, path: Path) -> Rotating:
    return Rotating(house, in_file(path))


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autom8.security.rewrapping.BATCH", 7)


def test_a_rotation_wraps_all_by_a_new_key_and_reads_all_as_before(mine: Rotating) -> None:
    sealed = mine.seal(range(2_500))
    old = mine.room.keyring.primary()

    assert mine.rotate() == 2_500

    new = mine.room.keyring.primary()
    assert mine.wraps() == {old: 0, new: 2_500}
    assert mine.read(sealed) == [f"{owner}@x" for owner in sealed]
    assert mine.told() == [("key.rotated", new), ("key.rewrapped", new)]
    assert [entry.action for entry in mine.house.entries()] == ["key.rotated", "key.rewrapped"]


def test_what_the_old_key_wrapped_is_in_no_file_any_more(mine: Rotating, migrated_url: str) -> None:
    mine.seal(range(1_200))
    with mine.house.reading() as work:
        before = [row.wrapped for row in work.data_keys.find_many("contact", range(1_200))]
    joined = b"".join(files_of(migrated_url).values())
    assert all(wrapped in joined for wrapped in before)

    mine.rotate()
    wait_until(mine.shredder.shred_later, within_s=20, what="nobody reads what was there before")

    joined = b"".join(files_of(migrated_url).values())
    assert [wrapped for wrapped in before if wrapped in joined] == []


def test_a_rotation_that_was_broken_off_is_taken_up_where_it_stopped(
    mine: Rotating, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autom8.security.keyring_service.REWRAP_S", 0.0)
    sealed = mine.seal(range(30))
    began = mine.service.rotate(actor=mine.actor)
    first = mine.service.rewrap(None, actor=mine.actor)
    second = mine.service.rewrap(first.after, actor=mine.actor)

    again = mine.service.rotate(actor=mine.actor)

    assert (began.began, again.began, again.primary) == (True, False, began.primary)
    assert again.remaining == began.remaining - first.moved - second.moved
    assert sum(each.moved for each in mine.rewrap()) == again.remaining
    assert len(mine.read(sealed)) == 30


def test_a_new_rotation_is_begun_once_the_last_is_done(mine: Rotating) -> None:
    mine.seal(range(3))
    for _ in range(3):
        assert mine.rotate() == 3

    assert sorted(mine.wraps().values()) == [0, 0, 0, 3]


def test_a_key_that_waits_in_the_keyring_is_taken_before_one_is_made(mine: Rotating) -> None:
    mine.seal(range(3))
    keyring = mine.service.keyring
    with keyring.changing() as put:
        put(keyring.material().with_spare(at=NOON))
    spare = keyring.material().spare()

    mine.rotate()

    assert (mine.room.keyring.primary(), len(mine.wraps())) == (spare, 2)


def test_without_its_entry_a_rotation_does_not_happen(
    mine: Rotating, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.seal(range(3))
    before = mine.room.keyring.primary()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("autom8.repositories.audit.AuditRepository.add", full)
        with pytest.raises(OSError, match="No space"):
            mine.service.rotate(actor=mine.actor)
        with pytest.raises(OSError, match="No space"):
            mine.service.export(None, actor=mine.actor)

    assert mine.room.keyring.primary() == before


def test_a_keyring_in_the_environment_is_rotated_there_and_wrapped_anew_here(house: House) -> None:
    material = given().material()
    before = Rotating(house, given(material))
    sealed = before.seal(range(5))
    with pytest.raises(KeyringFixed, match="AUTOM8_KEYRING"):
        before.service.rotate(actor=before.actor)
    grown = material.with_spare(at=NOON)
    after = Rotating(house, given(grown.promoted(grown.spare() or "")))

    began = after.service.rotate(actor=after.actor)

    assert (began.began, began.remaining) == (False, 5)
    assert sum(each.moved for each in after.rewrap()) == 5
    assert len(after.read(sealed)) == 5


def test_a_key_that_wraps_nothing_can_be_taken_out(mine: Rotating) -> None:
    sealed = mine.seal(range(3))
    old = mine.room.keyring.primary()
    with pytest.raises(KeyInUse, match="is the primary"):
        mine.service.retire(old, actor=mine.actor)
    mine.service.rotate(actor=mine.actor)
    with pytest.raises(KeyInUse, match="3 data keys are still wrapped"):
        mine.service.retire(old, actor=mine.actor)
    list(mine.rewrap())

    mine.service.retire(old, actor=mine.actor)

    assert old not in mine.wraps()
    assert len(mine.read(sealed)) == 3
    assert mine.told()[-1] == ("key.retired", old)
    with pytest.raises(KeyUnknown):
        mine.service.retire(old, actor=mine.actor)


def test_a_key_is_not_taken_out_under_who_wraps_by_it(mine: Rotating, path: Path, migrated_url: str) -> None:
    """One has chosen the old key and not committed when it loses its place and shall be taken out."""
    old = mine.room.keyring.primary()
    chosen, rotated = threading.Event(), threading.Event()
    with another_house(migrated_url) as house:
        other = Rotating(house, in_file(path))

        def create_slowly() -> None:
            with other.house.writing() as work:
                other.room.vault.create(work, [7])
                chosen.set()
                rotated.wait(0.3)
                work.commit()

        with ThreadPoolExecutor() as pool:
            creating = pool.submit(create_slowly)
            chosen.wait()
            keyring = mine.service.keyring
            with keyring.changing() as put:  # as `rotate`, which on SQLite waits for the writer too
                grown = keyring.material().with_spare(at=NOON)
                put(grown.promoted(grown.spare() or ""))
            with pytest.raises(KeyInUse, match="still wrapped"):
                mine.service.retire(old, actor=mine.actor)
            rotated.set()
            creating.result()


def test_a_key_that_is_missing_is_shown_and_what_it_wrapped_is_left(mine: Rotating) -> None:
    mine.seal(range(4))
    with mine.house.writing() as work:
        work.session.execute(text("UPDATE data_key SET wrapping_key_id = 'k0' WHERE owner_id = 1"))
        work.session.execute(text("UPDATE data_key SET purpose = 'other' WHERE owner_id = 2"))
        work.commit()
    mine.service.rotate(actor=mine.actor)

    (progress,) = mine.rewrap()

    assert (progress.moved, len(progress.refused)) == (2, 2)
    assert sorted(each.reason for each in mine.room.heard) == ["altered", "unknown_key"]
    shown = mine.service.show(actor=mine.actor)
    assert [(each.id, each.held) for each in shown.keys if not each.held] == [("k0", False)]
    assert shown.remaining == 1
    assert not mine.service.rotate(actor=mine.actor).began
    assert mine.service.rotate(actor=mine.actor, anew=True).began, "what is damaged does not stop it for ever"


@pytest.mark.parametrize("after", ["x", "k1/", "k1/-1", "k1/x", "k1/" + "9" * 30])
def test_a_place_that_was_not_answered_is_refused(mine: Rotating, after: str) -> None:
    with pytest.raises(Invalid):
        mine.service.rewrap(after, actor=mine.actor)


def test_two_rotations_at_once_become_one(
    mine: Rotating, path: Path, migrated_url: str, small_batches: None
) -> None:
    sealed = mine.seal(range(300))
    start = threading.Barrier(4)

    def rotate(_: int) -> int:
        with another_house(migrated_url) as house:
            other = Rotating(house, in_file(path))
            start.wait()
            return other.rotate()

    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(rotate, range(4)))

    assert sum(moved) == 300, "each data key was wrapped anew once"
    assert sorted(mine.wraps().values()) == [0, 300]
    assert mine.read(sealed) == [f"{owner}@x" for owner in sealed]


def test_a_primary_that_is_replaced_in_the_midst_is_followed(
    mine: Rotating, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autom8.security.keyring_service.REWRAP_S", 0.0)
    sealed = mine.seal(range(30))
    mine.service.rotate(actor=mine.actor)
    first = mine.service.rewrap(None, actor=mine.actor)
    keyring = mine.service.keyring
    with keyring.changing() as put:
        grown = keyring.material().with_spare(at=NOON)
        put(grown.promoted(grown.spare() or ""))

    list(mine.rewrap())

    assert first.moved == 7
    assert sorted(mine.wraps().values()) == [0, 0, 30]
    assert mine.wraps()[keyring.primary()] == 30
    assert len(mine.read(sealed)) == 30


def test_contacts_are_made_read_and_erased_while_a_rotation_goes_on(
    mine: Rotating, path: Path, migrated_url: str, small_batches: None
) -> None:
    sealed = mine.seal(range(300))
    stop, made = threading.Event(), threading.Lock()
    erased: set[int] = set()
    turns = [0, 0, 0]  # of each user

    def use(number: int) -> None:
        chance = random.Random(number)
        with another_house(migrated_url) as house:
            other = Rotating(house, in_file(path))
            while not stop.is_set():
                turns[number] += 1
                fresh = 10_000 * (number + 1) + turns[number]
                sealed_now = other.seal(range(fresh, fresh + 1))
                with made:
                    sealed.update(sealed_now)
                    mine_to_erase = chance.choice(sorted(set(sealed) - erased))
                    erased.add(mine_to_erase)
                    kept = [each for each in sealed if each not in erased]
                with other.house.writing() as work:
                    other.room.vault.destroy(work, [mine_to_erase])
                    work.commit()
                some = {owner: sealed[owner] for owner in chance.sample(kept, 20)}
                with made:
                    some = {owner: value for owner, value in some.items() if owner not in erased}
                with other.house.reading() as work:
                    keys = other.room.vault.open(work, some)
                for owner in set(some) - erased:
                    assert keys[owner].unseal("contact", COLUMN, owner, some[owner]) == f"{owner}@x"
            assert other.room.heard == []

    with ThreadPoolExecutor(3) as pool:
        using = [pool.submit(use, number) for number in range(3)]
        try:
            for rotation in range(50):  # until each has had its turns: who writes next on SQLite is chance
                mine.rotate()
                if rotation and min(turns) > 2:
                    break
        finally:
            stop.set()
        for each in using:
            each.result()

    list(mine.rewrap())  # what was made by the last but one key while it was replaced
    kept = {owner: value for owner, value in sealed.items() if owner not in erased}
    assert min(turns) > 2
    assert mine.read(kept) == [f"{owner}@x" for owner in kept]
    assert mine.wraps()[mine.room.keyring.primary()] == len(kept)
    assert mine.room.heard == []


def test_an_export_leaves_its_entry_without_a_key(mine: Rotating) -> None:
    plain = mine.service.export(None, actor=mine.actor)

    (entry,) = mine.house.entries()
    assert (entry.action, entry.details["form"]) == ("key.exported", "plain")
    document = json.loads(plain)
    for key in (*document["keys"].values(), document["index"]):
        assert key not in str(entry)


def test_a_failure_to_write_the_file_is_told_and_nothing_is_rotated(
    mine: Rotating, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.seal(range(3))
    before = mine.room.keyring.primary()

    def full(_descriptor: int) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", full)
        with pytest.raises(KeyringFixed, match="Read-only file system") as told:
            mine.service.rotate(actor=mine.actor)

    assert isinstance(told.value, Autom8Error)
    assert mine.room.keyring.primary() == before
    assert mine.told() == []
    assert replace(mine.service).keyring.material().spare() is None


@pytest.mark.serial
def test_a_rotation_whose_process_is_killed_at_any_instant_goes_on(
    mine: Rotating, path: Path, migrated_url: str
) -> None:
    """Killed with SIGKILL again and again: no key is lost, none is wrapped by a key that is not kept."""
    sealed, chance = mine.seal(range(400)), random.Random(5)
    kept = set(mine.service.keyring.material().keys)
    halves = 0
    for _ in range(8):
        with killed_at_the_end(migrated_url, path) as heard:
            for _batch in range(chance.randint(1, 30)):
                heard.recv_bytes()
            time.sleep(chance.uniform(0, 0.005))
        halves += len([count for count in mine.wraps().values() if count]) > 1
        found = mine.service.keyring.material()
        assert kept <= set(found.keys), "a rotation loses no key"
        kept = set(found.keys)
        assert sum(mine.wraps().values()) == 400
        assert mine.read(sealed) == [f"{owner}@x" for owner in sealed]

    if mine.service.show(actor=mine.actor).remaining:
        mine.rotate()

    assert len(kept) > 2, "more than one was begun"
    assert halves > 1, "and broken off half-way"
    assert mine.wraps()[mine.room.keyring.primary()] == 400
    assert mine.read(sealed) == [f"{owner}@x" for owner in sealed]
    assert mine.room.heard == []
