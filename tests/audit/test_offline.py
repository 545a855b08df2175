"""A copy of the database is checked where nothing may be written, and by many processes as by one."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import insert

from autom8.audit import sharing
from autom8.audit.checkpoint_file import read_checkpoints
from autom8.audit.entry import Entry, chained, genesis
from autom8.audit.inquiry import Verification
from autom8.audit.offline import Trusted, export_database, verify_database, verify_export
from autom8.kernel.clock import SystemClock
from autom8.kernel.events import Audited
from autom8.models import AuditEntry
from autom8.repositories.trail import NotATrail
from tests.audit.recording import ADA, record, sealing, where
from tests.security.house import INSTALLATION, House, another_house

MANY = 450


def add_many(house: House, count: int) -> None:
    """Entries as they would be appended, all in one transaction."""
    with house.writing(ADA) as work:
        previous, rows = genesis(INSTALLATION), []
        for seq in range(1, count + 1):
            event = Audited(action="a", object_type="t", object_id=str(seq), details={"n": seq})
            canonical = Entry(seq=seq, at=work.now(), actor=ADA, event=event).canonical()
            own = chained(previous, canonical)
            rows.append(
                {
                    "seq": seq,
                    "at": work.now(),
                    "actor_kind": "user",
                    "actor_id": 1,
                    "actor_name": "Ada",
                    "action": "a",
                    "object_type": "t",
                    "object_id": str(seq),
                    "canonical": canonical,
                    "previous_hash": previous,
                    "hash": own,
                }
            )
            previous = own
        work.session.execute(insert(AuditEntry), rows)
        work.commit()


@pytest.fixture
def copy(migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A copied database of three entries, signed at two, in a folder of its own."""
    folder = tmp_path / "copy"
    folder.mkdir()
    path = folder / "autom8.db"
    shutil.copy(migrated_sqlite, tmp_path / "live.db")
    with another_house(f"sqlite+pysqlite:///{tmp_path / 'live.db'}") as house:
        record(house, "a", "b")
        sealing(house, tmp_path / "kept.jsonl").seal()
        record(house, "c")
    shutil.copy(tmp_path / "live.db", path)
    return path


def check(path: Path) -> Verification:
    return verify_database(str(path), Trusted(), lambda *_: None)


def test_a_copy_that_may_not_be_written_is_checked_and_left_as_it_was(copy: Path) -> None:
    """Its folder may not be written either, where SQLite can't open its log beside it."""
    before = copy.read_bytes()
    shown = Path(tempfile.mkdtemp(prefix="autom8-test-"))
    try:
        shutil.copy(copy, shown / "autom8.db")
        (shown / "autom8.db").chmod(0o444)
        shown.chmod(0o555)
        assert check_as_nobody(shown / "autom8.db") == "True 3 (3, 3)"
        assert [each.name for each in shown.iterdir()] == ["autom8.db"]
        assert (shown / "autom8.db").read_bytes() == before

        (shown / "autom8.db-wal").write_bytes(b"x" * 64)
        assert "-wal" in check_as_nobody(shown / "autom8.db")
    finally:
        shown.chmod(0o755)
        shutil.rmtree(shown)


def check_as_nobody(path: Path) -> str:
    """What somebody without any rights is told, in a process of their own."""
    with multiprocessing.get_context("spawn").Pool(1, initializer=_become_nobody) as pool:
        return pool.apply(_check_and_tell, (str(path),))


def _become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65_534)
        os.setuid(65_534)


def _check_and_tell(path: str) -> str:
    try:
        found = verify_database(path, Trusted(), lambda *_: None)
    except NotATrail as error:
        return str(error)
    return f"{found.ok} {found.last} {found.uncovered}"


def test_a_copy_with_its_log_is_read_with_it(house: House, migrated_url: str, tmp_path: Path) -> None:
    record(house, "a")
    found = verify_database(where(migrated_url), Trusted(), lambda *_: None)
    assert (found.ok, found.last) == (True, 1)
    if migrated_url.startswith("sqlite"):
        live = Path(where(migrated_url))
        for suffix in ("", "-wal"):
            shutil.copy(live.with_name(live.name + suffix), tmp_path / f"taken.db{suffix}")
        assert check(tmp_path / "taken.db").last == 1


def test_checking_changes_nothing_in_a_database_of_postgresql(house: House, migrated_url: str) -> None:
    record(house, "a")
    before = house.entries()
    verify_database(where(migrated_url), Trusted(), lambda *_: None)

    assert house.entries() == before


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "PIECE", 64)
    monkeypatch.setattr("autom8.audit.offline.SHARED_FROM", 128)


def test_several_processes_find_what_one_finds(
    house: House, migrated_url: str, tmp_path: Path, small_pieces: None
) -> None:
    add_many(house, MANY)
    seals = sealing(house, tmp_path / "kept.jsonl")
    seals.seal()
    record(house, "last")
    kept = read_checkpoints(tmp_path / "kept.jsonl")
    export = tmp_path / "export.jsonl"
    with export_database(where(migrated_url), first=1, last=None, clock=SystemClock()) as (lines, _):
        export.write_bytes(b"".join(lines))
    heard: list[int] = []

    def by(jobs: int) -> tuple[Verification, Verification]:
        trusted = Trusted(kept=kept)
        stored = verify_database(where(migrated_url), trusted, lambda far, _: heard.append(far), jobs=jobs)
        return stored, verify_export(export, trusted, lambda *_: None, jobs=jobs)

    alone, shared = by(1), by(2)
    assert shared == alone
    assert alone[0].ok
    assert (alone[0].last, alone[0].covered) == (MANY + 1, MANY)
    assert 64 in heard

    with house.writing() as work:
        work.session.get_one(AuditEntry, 300).object_id = "x"
        work.commit()
    export.write_bytes(export.read_bytes().replace(b'{"seq":300,', b'{"seq":301,'))
    alone, shared = by(1), by(2)
    assert shared == alone
    assert [each.first_bad_seq for each in alone] == [300, 301]


def test_a_part_of_a_trail_is_shared_from_where_a_subtree_begins(
    migrated_sqlite: Path, tmp_path: Path, small_pieces: None
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "live.db")
    with another_house(f"sqlite+pysqlite:///{tmp_path / 'live.db'}") as house:
        add_many(house, MANY)
        sealing(house, tmp_path / "kept.jsonl").seal()
    export = tmp_path / "part.jsonl"
    with export_database(str(tmp_path / "live.db"), first=71, last=None, clock=SystemClock()) as (
        lines,
        total,
    ):
        export.write_bytes(b"".join(lines))
    found = [verify_export(export, Trusted(), lambda *_: None, jobs=jobs) for jobs in (1, 2)]

    assert total == MANY - 70
    assert found[0] == found[1]
    assert (found[0].ok, found[0].first, found[0].covered) == (True, 71, MANY)
