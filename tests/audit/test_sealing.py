"""Checkpoints are made in time, once, and only of a trail that is what was signed before."""

from __future__ import annotations

import logging
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from autom8.audit.checkpoint import Checkpoint, Signer
from autom8.audit.checkpoint_file import read_checkpoints
from autom8.audit.entry import genesis
from autom8.audit.inquiry import beginning
from autom8.audit.merkle import Tree
from autom8.audit.sealing import SEAL_AT, Sealing
from autom8.kernel.paging import Page
from autom8.models import AuditCheckpoint
from autom8.persistence.engines import DatabaseUnavailable
from autom8.repositories.trail import BEFORE_ALL
from tests.audit.recording import rebuild, record, sealing, tamper
from tests.security.house import INSTALLATION, House


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "checkpoints.jsonl"


@pytest.fixture
def seals(house: House, path: Path) -> Sealing:
    path.parent.mkdir()
    return sealing(house, path)


def sizes(house: House) -> list[int]:
    found = house.audit.checkpoints(Page(order="size"), actor=house.local()).items
    return [each.size for each in found]


def in_file(path: Path) -> list[int]:
    return [each.size for each in read_checkpoints(path)]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if each.levelno >= logging.ERROR]


def sealed(found: Checkpoint | None) -> Checkpoint:
    assert found is not None
    return found


def test_the_first_entry_gets_a_checkpoint_that_fits_and_is_kept_elsewhere(
    house: House, seals: Sealing, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    record(house, "a", "b")

    made = sealed(seals.look())
    verification = house.audit.verify()

    assert (made.size, made.last_hash.hex()) == (2, house.entries()[-1].hash)
    assert read_checkpoints(path) == [made]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (verification.ok, verification.covered, verification.uncovered) == (True, 2, None)
    (line,) = [each for each in caplog.records if each.message == "audit_checkpoint"]
    assert line.__dict__["fields"] == made.as_json()


def test_nothing_new_makes_no_checkpoint(house: House, seals: Sealing) -> None:
    assert seals.look() is seals.seal() is None
    record(house, "a")
    sealed(seals.look())
    house.advance(timedelta(hours=1))

    assert seals.look() is seals.seal() is None
    assert sizes(house) == [1]


def test_a_checkpoint_comes_after_a_minute(house: House, seals: Sealing) -> None:
    record(house, "a")
    sealed(seals.look())
    record(house, "b")
    assert seals.look() is None
    house.advance(timedelta(minutes=1))

    assert sealed(seals.look()).size == 2


def test_a_clock_that_is_set_back_does_not_end_checkpoints(house: House, seals: Sealing) -> None:
    record(house, "a")
    sealed(seals.look())
    house.advance(timedelta(days=-3))
    record(house, "b")

    assert sealed(seals.look()).size == 2


def test_many_entries_do_not_wait_for_the_minute(
    house: House, seals: Sealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told of twenty instead of a thousand: on a busy machine those took the minute to record."""
    assert SEAL_AT == 1_000
    monkeypatch.setattr("autom8.audit.sealing.SEAL_AT", 20)
    record(house, "a")
    sealed(seals.look())
    record(house, *("b" for _ in range(19)))
    assert seals.look() is None
    record(house, "c")

    assert sealed(seals.look()).size == 21
    assert house.audit.verify().covered == 21


def test_a_stop_does_not_wait_for_the_minute(house: House, seals: Sealing) -> None:
    record(house, "a")
    sealed(seals.look())
    record(house, "b")

    assert sealed(seals.seal()).size == 2


def test_what_a_crash_left_unsigned_is_signed_at_the_next_start(
    house: House, seals: Sealing, path: Path
) -> None:
    record(house, "a")
    sealed(seals.look())
    record(house, "b")  # and the server is gone
    house.advance(timedelta(days=1))
    record(house, "c")

    assert sealed(sealing(house, path).look()).size == 3
    assert house.audit.verify().covered == 3


def test_eight_that_look_at_once_make_one_checkpoint(
    house: House, other_house: House, seals: Sealing, path: Path
) -> None:
    record(house, "a")
    barrier = threading.Barrier(8)
    servers = [seals, sealing(other_house, path)] * 4

    def look(each: Sealing) -> Checkpoint | None:
        barrier.wait(10)
        return each.look()

    with ThreadPoolExecutor(8) as pool:
        made = [each for each in pool.map(look, servers) if each is not None]

    assert [each.size for each in made] == sizes(house) == in_file(path) == [1]


def test_a_server_keeps_elsewhere_what_another_one_made(
    house: House, other_house: House, seals: Sealing, tmp_path: Path, path: Path
) -> None:
    theirs = tmp_path / "theirs.jsonl"
    others = sealing(other_house, theirs)
    record(house, "a")
    sealed(seals.seal())
    others.look()
    for name in ("b", "c"):
        record(house, name)
        sealed(seals.seal())
    others.look()

    assert in_file(theirs) == in_file(path) == [1, 2, 3]


def test_a_file_that_can_not_be_written_stops_nothing_is_told_and_is_written_later(
    house: House, seals: Sealing, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.rmdir()
    record(house, "a")
    assert sealed(seals.seal()).size == 1
    record(house, "b")
    assert sealed(seals.seal()).size == 2
    assert told(caplog) == ["audit_checkpoint_not_kept"]  # once a minute, not each time
    house.advance(timedelta(minutes=1))
    seals.look()
    assert told(caplog) == ["audit_checkpoint_not_kept"] * 2

    path.parent.mkdir()
    seals.look()
    assert in_file(path) == [2]


def test_half_a_line_that_a_full_disk_left_is_written_again_whole(
    house: House, seals: Sealing, path: Path
) -> None:
    record(house, "a")
    sealed(seals.seal())
    record(house, "b")
    sealed(seals.seal())
    path.write_bytes(path.read_bytes()[:-20])
    seals.look()

    assert in_file(path) == [1, 2]


def test_a_file_of_another_installation_is_left_alone(
    house: House, seals: Sealing, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(house, "a")
    made = sealed(seals.seal())
    path.write_bytes(path.read_bytes().replace(made.origin.encode(), b"another-one"))
    before = path.read_bytes()
    record(house, "b")

    assert sealed(seals.seal()).size == 2
    assert path.read_bytes() == before
    assert "audit_checkpoint_not_kept" in told(caplog)


def test_a_new_key_signs_at_once_and_what_the_old_one_signed_still_fits(
    house: House, seals: Sealing, path: Path
) -> None:
    record(house, "a")
    old = sealed(seals.seal())
    record(house, "b")
    new = sealed(sealing(house, path, seed=bytes(32)).look())
    verification = house.audit.verify()

    assert (old.size, new.size) == (1, 2)
    assert old.public_key != new.public_key
    assert verification.ok
    assert verification.trail.keys == (old.key_id, new.key_id)


@pytest.mark.parametrize(
    ("statements", "name"),
    [
        (["DELETE FROM audit_entry WHERE seq = 3"], "audit_tail_missing"),
        (["DELETE FROM audit_entry"], "audit_tail_missing"),
        (["UPDATE audit_entry SET hash = previous_hash WHERE seq = 3"], "audit_chain_differs"),
    ],
)
def test_a_trail_that_is_not_what_was_signed_is_not_signed_again(
    house: House, seals: Sealing, caplog: pytest.LogCaptureFixture, statements: list[str], name: str
) -> None:
    record(house, "a", "b", "c")
    sealed(seals.seal())
    tamper(house, *statements)
    house.advance(timedelta(minutes=1))

    assert seals.look() is None
    if "DELETE" in statements[0]:
        record(house, "d")
    assert seals.seal() is None
    assert told(caplog) in (
        [name],
        ["audit_chain_differs", name],
        [name, "audit_chain_differs"],
        ["audit_chain_differs"],
    )
    assert sizes(house) == [3]


def test_an_entry_that_was_altered_before_it_was_signed_is_not_signed(
    house: House, seals: Sealing, caplog: pytest.LogCaptureFixture
) -> None:
    record(house, "a", "b", "c")
    sealed(seals.seal())
    record(house, "d", "e")
    tamper(house, "UPDATE audit_entry SET actor_name = 'Eve' WHERE seq = 4")

    assert seals.seal() is None
    (line,) = [each for each in caplog.records if each.message == "audit_chain_broken"]
    assert line.levelno == logging.CRITICAL
    assert line.__dict__["fields"] == {"seq": 4, "what": "its columns differ from its content"}


def test_a_trail_that_was_rebuilt_with_its_checkpoints_taken_out_is_not_signed(
    house: House, seals: Sealing, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Only the file shows it; whoever signed here would vouch for the forgery."""
    record(house, "a", "b", "c")
    sealed(seals.seal())
    rebuild(house, count=5)

    assert seals.look() is seals.seal() is None
    assert told(caplog) == ["audit_chain_differs"]
    assert in_file(path) == [3]
    path.rename(path.with_suffix(".seen"))  # what an operator does who has seen to it
    assert sealed(seals.seal()).size == 5
    assert in_file(path) == [5]


def forge(house: House, *, seed: bytes, root: bytes | None = None) -> Checkpoint:
    """Put a checkpoint of somebody's own key beside the trail, as whoever can write the database may."""
    walk = beginning(genesis(INSTALLATION))
    with house.reading() as work:
        walk.go(work.audit.trail.entries(after=BEFORE_ALL, limit=1_000))
    tree = walk.tree if root is None else Tree.of(walk.count, root)
    made = Signer(origin=INSTALLATION, seed=seed).sign(
        size=walk.count, root=tree.root(), last_hash=walk.previous, at=house.clock.now()
    )
    told = {name: getattr(made, name) for name in ("size", "at", "root", "last_hash", "key_id", "public_key")}
    with house.writing() as work:
        work.audit.add_checkpoint({**told, "frontier": tree.frontier, "signature": made.signature})
        work.commit()
    return made


def test_a_rebuilt_trail_with_a_forged_checkpoint_of_more_than_was_signed_is_not_signed(
    house: House, seals: Sealing, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record(house, "a", "b", "c")
    sealed(seals.seal())
    rebuild(house, count=5)
    forge(house, seed=bytes(32))
    record(house, "d")

    assert seals.look() is seals.seal() is None
    assert told(caplog) == ["audit_chain_differs"]
    assert in_file(path) == [3]


def test_a_forged_checkpoint_is_neither_built_upon_nor_kept_elsewhere(
    house: House, seals: Sealing, path: Path
) -> None:
    record(house, "a", "b", "c")
    sealed(seals.seal())
    record(house, "d")
    forged = forge(house, seed=bytes(32), root=bytes(32))
    seals.look()
    record(house, "e")

    made = sealed(seals.seal())
    assert (forged.size, made.size) == (4, 5)
    assert in_file(path) == [3, 5]
    tamper(house, "DELETE FROM audit_checkpoint WHERE size = 4")
    assert house.audit.verify().covered == 5


@pytest.mark.parametrize("column", ["frontier", "root", "signature"])
def test_a_checkpoint_that_was_damaged_is_not_built_upon(
    house: House, seals: Sealing, caplog: pytest.LogCaptureFixture, column: str
) -> None:
    record(house, "a", "b", "c")
    sealed(seals.seal())
    with house.writing() as work:
        row = work.session.get_one(AuditCheckpoint, 3)
        setattr(row, column, bytes(len(getattr(row, column))))
        work.commit()
    record(house, "d")

    made = sealed(seals.seal())
    assert "audit_checkpoint_damaged" in told(caplog)
    assert made.genuine
    tamper(house, "DELETE FROM audit_checkpoint WHERE size = 3")
    assert house.audit.verify().covered == 4


def test_a_database_that_is_away_postpones_it(
    house: House, seals: Sealing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    record(house, "a")
    monkeypatch.setattr("autom8.repositories.audit.AuditRepository.add_checkpoint", away)
    with pytest.raises(DatabaseUnavailable):  # the engine logs it, and the next look comes
        seals.look()
    assert seals.seal() is None
    assert [each.message for each in caplog.records] == ["audit_checkpoint_postponed"]
    monkeypatch.undo()

    assert sealed(seals.look()).size == 1
