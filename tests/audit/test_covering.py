"""What a chain can't show by itself, checkpoints do: a cut end, a trail rebuilt from its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from autom8.audit.checkpoint import Checkpoint, Signer
from autom8.audit.checkpoint_file import read_checkpoints
from autom8.audit.export import Span, write_export
from autom8.audit.inquiry import Verification
from autom8.audit.offline import Trusted, verify_database
from autom8.audit.proving import prove
from autom8.models import AuditCheckpoint
from autom8.repositories.trail import Trail as StoredTrail
from tests.audit.recording import SEED, rebuild, record, sealing, tamper, where
from tests.security.house import INSTALLATION, House

SIGNER = Signer(origin=INSTALLATION, seed=SEED)
STRANGER = Signer(origin=INSTALLATION, seed=bytes(32))


@dataclass
class Trail:
    """Six entries, signed at two and at five, and how they are checked."""

    house: House
    url: str
    path: Path

    @property
    def kept(self) -> list[Checkpoint]:
        return read_checkpoints(self.path)

    def check(
        self, *, kept: list[Checkpoint] | None = None, pin: bytes | None = SIGNER.public_key
    ) -> Verification:
        trusted = Trusted(keys=frozenset([pin] if pin else []), kept=kept)
        return verify_database(where(self.url), trusted, lambda *_: None)


@pytest.fixture
def trail(house: House, migrated_url: str, tmp_path: Path) -> Trail:
    seals = sealing(house, tmp_path / "kept.jsonl")
    for names in ("ab", "cde"):
        record(house, *names)
        assert seals.seal() is not None
    record(house, "f")
    return Trail(house, migrated_url, tmp_path / "kept.jsonl")


@pytest.mark.parametrize("column", ["at", "root", "last_hash", "frontier", "public_key", "signature"])
def test_a_checkpoint_that_holds_what_none_can_is_found_and_stops_no_check(trail: Trail, column: str) -> None:
    none_can = "infinity" if (column, trail.house.database.dialect) == ("at", "postgresql") else "x"
    tamper(trail.house, f"UPDATE audit_checkpoint SET {column} = '{none_can}' WHERE size = 5")

    found = trail.check()
    look, now = lambda: looking(trail), trail.house.clock.now()
    exported = b"".join(write_export(look, INSTALLATION, Span(first=6, last=6), at=now))
    sealed = sealing(trail.house, trail.path).seal()

    assert (found.ok, found.first_bad_seq) == (False, 5)
    assert (found.what or "").startswith("the checkpoint of 5 entries")
    assert exported.count(b"\n") == 3  # a header, the entry, an end
    assert (sealed is None) == (column == "last_hash")  # that one is not what the trail is


@contextmanager
def looking(trail: Trail) -> Iterator[StoredTrail]:
    with trail.house.reading() as work:
        yield work.audit.trail


def test_what_is_proven_and_which_tail_is_not_covered_is_told(trail: Trail) -> None:
    found = trail.check(kept=trail.kept[:1])

    assert (found.ok, found.first, found.last) == (True, 1, 6)
    assert (found.trail.checkpoints, found.trail.size) == (2, 5)
    assert found.file is not None
    assert (found.file.checkpoints, found.file.size, found.file.at) == (1, 2, trail.kept[0].at)
    assert (found.covered, found.uncovered) == (2, (3, 6))
    assert trail.check().uncovered == (6, 6)


def test_without_a_pinned_key_all_fits_and_whose_key_it_was_is_told(trail: Trail) -> None:
    found = trail.check(pin=None)

    assert (found.ok, found.pinned, found.trail.keys) == (True, False, (trail.kept[0].key_id,))


def test_a_cut_end_is_found_by_a_checkpoint_beside_the_entries(trail: Trail) -> None:
    tamper(trail.house, "DELETE FROM audit_entry WHERE seq > 3")
    found = trail.check()

    assert (found.ok, found.first_bad_seq) == (False, 4)
    assert "entries 4 to 5 are missing" in str(found.what)
    assert not trail.house.audit.verify().ok


def test_a_cut_end_with_its_checkpoints_is_found_by_one_kept_elsewhere(trail: Trail) -> None:
    tamper(
        trail.house,
        "DELETE FROM audit_entry WHERE seq > 4",
        "DELETE FROM audit_checkpoint WHERE size > 4",
    )

    assert trail.check().ok  # nothing here tells of it
    found = trail.check(kept=trail.kept)
    assert (found.ok, found.first_bad_seq) == (False, 5)
    assert "kept elsewhere: entry 5 is missing" in str(found.what)


def test_a_trail_emptied_whole_is_found(trail: Trail) -> None:
    tamper(trail.house, "DELETE FROM audit_entry", "DELETE FROM audit_checkpoint")

    assert trail.check(kept=trail.kept).first_bad_seq == 1


def test_a_trail_rebuilt_from_its_beginning_is_found_by_a_checkpoint_kept_elsewhere(trail: Trail) -> None:
    rebuild(trail.house, count=9)

    assert trail.check().ok  # a chain that was forged well is good in itself
    found = trail.check(kept=trail.kept)
    assert (found.ok, found.first_bad_seq) == (False, 1)
    assert "the entries up to 2 are not those that were signed" in str(found.what)


def test_a_trail_rebuilt_from_its_middle_is_found_where_it_begins(trail: Trail) -> None:
    tamper(
        trail.house, "DELETE FROM audit_entry WHERE seq > 3", "DELETE FROM audit_checkpoint WHERE size > 3"
    )
    record(trail.house, "x", "y", "z")
    found = trail.check(kept=trail.kept)

    assert (found.ok, found.first_bad_seq) == (False, 3)  # after the last one that fits
    assert "the entries up to 5" in str(found.what)


def test_a_rebuilt_trail_that_was_signed_by_somebody_else_is_found_by_the_pinned_key(trail: Trail) -> None:
    rebuild(trail.house, count=4)
    forger = sealing(trail.house, trail.path.with_name("forged.jsonl"), seed=bytes(32))
    assert forger.seal() is not None

    assert trail.check(pin=None).ok
    found = trail.check()
    assert (found.ok, found.first_bad_seq) == (False, 1)
    assert f"signed by {STRANGER.sign(size=1, root=b'', last_hash=b'', at=trail.kept[0].at).key_id}" in str(
        found.what
    )
    assert not trail.house.audit.verify().ok or trail.house.audit.public_key is None


def test_a_check_in_steps_finds_a_checkpoint_of_another_key_that_an_earlier_step_came_by(
    trail: Trail,
) -> None:
    tamper(trail.house, "DELETE FROM audit_checkpoint")
    assert sealing(trail.house, trail.path.with_name("forged.jsonl"), seed=bytes(32)).seal() is not None
    pins = frozenset([SIGNER.public_key])
    with trail.house.reading() as work:
        first = prove(work.audit.trail, INSTALLATION, None, pins=pins, limit=6)
        last = prove(work.audit.trail, INSTALLATION, first.next, pins=pins, limit=6)

    assert first.next is not None
    assert first.found.ok
    assert (last.next, last.found.ok, last.found.first_bad_seq) == (None, False, 1)
    assert "which is not trusted here" in str(last.found.what)


def test_an_old_copy_of_the_file_proves_less_and_says_how_little(trail: Trail) -> None:
    tamper(
        trail.house, "DELETE FROM audit_entry WHERE seq > 4", "DELETE FROM audit_checkpoint WHERE size > 4"
    )
    found = trail.check(kept=trail.kept[:1])

    assert (found.ok, found.covered, found.uncovered) == (True, 2, (3, 4))


def test_checkpoints_kept_elsewhere_may_come_in_any_order_and_twice(trail: Trail) -> None:
    assert trail.check(kept=[*reversed(trail.kept), *trail.kept]).ok


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"size": 3}, "signature is wrong"),
        ({"root": bytes(32)}, "signature is wrong"),
        ({"last_hash": bytes(32)}, "signature is wrong"),
        ({"signature": bytes(64)}, "signature is wrong"),
        ({"public_key": STRANGER.public_key}, "signature is wrong"),
        ({"origin": "another"}, "origin is another installation"),
    ],
)
def test_a_checkpoint_kept_elsewhere_that_was_altered_is_found(
    trail: Trail, changed: dict[str, Any], what: str
) -> None:
    found = trail.check(kept=[trail.kept[0], replace(trail.kept[1], **changed)])

    assert not found.ok
    assert what in str(found.what)


def test_a_forged_checkpoint_of_a_longer_trail_is_found(trail: Trail) -> None:
    forged = replace(trail.kept[1], size=99)

    assert "signature is wrong" in str(trail.check(kept=[forged]).what)


def test_a_checkpoint_of_another_key_proves_nothing(trail: Trail) -> None:
    fitting = trail.kept[1]
    theirs = STRANGER.sign(size=5, root=fitting.root, last_hash=fitting.last_hash, at=fitting.at)
    found = trail.check(kept=[theirs])
    assert (found.ok, found.first_bad_seq) == (False, 1)
    assert "which is not trusted here" in str(found.what)

    among_ours = trail.check(kept=[*trail.kept[:1], replace(theirs), trail.kept[1]])
    assert among_ours.ok
    assert among_ours.file is not None
    assert among_ours.file.strangers == (theirs.key_id,)


@pytest.mark.parametrize(
    "column", ["at", "root", "last_hash", "frontier", "key_id", "public_key", "signature"]
)
def test_every_column_of_a_checkpoint_beside_the_entries_counts(trail: Trail, column: str) -> None:
    with trail.house.writing() as work:
        row = work.session.get_one(AuditCheckpoint, 2)
        value = getattr(row, column)
        if column == "at":
            value = value.replace(microsecond=(value.microsecond + 1) % 1_000_000)
        elif column == "key_id":
            value = value[:-1] + ("0" if value[-1] != "0" else "1")
        else:
            value = bytes([value[0] ^ 1]) + value[1:]
        setattr(row, column, value)
        work.commit()
    found = trail.check()

    assert (found.ok, found.first_bad_seq) == (False, 2)
    assert trail.house.audit.verify().first_bad_seq == 2


@pytest.mark.parametrize("size", [-1, 0, 3, 99])
def test_a_checkpoint_of_another_size_is_found(trail: Trail, size: int) -> None:
    tamper(trail.house, f"UPDATE audit_checkpoint SET size = {size} WHERE size = 2")

    assert not trail.check().ok
    assert not trail.house.audit.verify().ok
