"""What somebody with full rights on the database changes in the trail is found by its check."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from sqlalchemy import update

from autom8.audit.entry import chained, genesis
from autom8.audit.service import AuditService
from autom8.kernel.errors import Invalid
from autom8.models import AuditEntry
from tests.audit.recording import record, tamper
from tests.security.house import INSTALLATION, House, another_house


@pytest.fixture
def chain(house: House) -> House:
    """Five entries, a to e."""
    for name in "abcde":
        record(house, name)
    return house


def rewrite(house: House, seq: int, change: Callable[[bytes], bytes], *, rehash: bool) -> None:
    """Change an entry's content, and its own hash too if the one who tampers knows how."""
    with house.writing() as work:
        row = work.session.get_one(AuditEntry, seq)
        row.canonical = change(row.canonical)
        if rehash:
            row.hash = chained(row.previous_hash, row.canonical)
        work.commit()


def blame_eve(canonical: bytes) -> bytes:
    return canonical.replace(b'"Ada"', b'"Eve"')


def test_a_chain_that_nobody_touched_is_good(chain: House) -> None:
    heard: list[int] = []
    verification = chain.audit.verify(heard.append)

    assert (verification.ok, verification.count, verification.first_bad_seq) == (True, 5, None)
    assert verification.last_hash == chain.entries()[-1].hash
    assert heard[-1] == 5


def test_an_empty_trail_is_good(house: House) -> None:
    verification = house.audit.verify()

    assert (verification.ok, verification.count, verification.last_hash) == (True, 0, None)


@pytest.mark.parametrize(
    ("statements", "bad_seq", "what"),
    [
        (["DELETE FROM audit_entry WHERE seq = 3"], 4, "entry 3 is missing"),
        (["DELETE FROM audit_entry WHERE seq = 1"], 2, "entry 1 is missing"),
        (["UPDATE audit_entry SET actor_name = 'Eve' WHERE seq = 2"], 2, "columns differ"),
        (["UPDATE audit_entry SET actor_id = NULL WHERE seq = 2"], 2, "columns differ"),
        (["UPDATE audit_entry SET actor_kind = 'local' WHERE seq = 2"], 2, "columns differ"),
        (["UPDATE audit_entry SET action = 'x' WHERE seq = 5"], 5, "columns differ"),
        (["UPDATE audit_entry SET object_type = 'x' WHERE seq = 1"], 1, "columns differ"),
        (["UPDATE audit_entry SET object_id = '2' WHERE seq = 1"], 1, "columns differ"),
        (["UPDATE audit_entry SET seq = 6 WHERE seq = 5"], 6, "entry 5 is missing"),
        (["UPDATE audit_entry SET seq = 0 WHERE seq = 1"], 0, "entry 1 is missing"),
        (
            [
                "UPDATE audit_entry SET seq = 99 WHERE seq = 2",
                "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
                "UPDATE audit_entry SET seq = 3 WHERE seq = 99",
            ],
            2,
            "does not follow",
        ),
        (
            ["DELETE FROM audit_entry WHERE seq = 2", "UPDATE audit_entry SET seq = seq - 1 WHERE seq > 2"],
            2,
            "does not follow",
        ),
    ],
)
def test_what_is_deleted_changed_or_moved_is_found(
    chain: House, statements: list[str], bad_seq: int, what: str
) -> None:
    tamper(chain, *statements)
    verification = chain.audit.verify()

    assert not verification.ok
    assert verification.first_bad_seq == bad_seq
    assert what in str(verification.what)


def test_an_instant_moved_by_a_microsecond_is_found(chain: House) -> None:
    with chain.writing() as work:
        row = work.session.get_one(AuditEntry, 3)
        row.at = row.at.replace(microsecond=(row.at.microsecond + 1) % 1_000_000)
        work.commit()

    assert chain.audit.verify().first_bad_seq == 3


def test_an_instant_beyond_all_others_is_found_and_stops_no_check(chain: House) -> None:
    beyond = {"sqlite": (1 << 63) - 1, "postgresql": "'infinity'"}[chain.database.dialect]
    tamper(chain, f"UPDATE audit_entry SET at = {beyond} WHERE seq = 3")

    assert chain.audit.verify().first_bad_seq == 3


def test_content_that_was_changed_is_found(chain: House) -> None:
    rewrite(chain, 3, blame_eve, rehash=False)
    verification = chain.audit.verify()

    assert (verification.first_bad_seq, verification.count) == (3, 2)
    assert verification.what == "its content is not what was hashed"


def test_content_that_was_changed_and_hashed_anew_is_found_at_the_next_entry(chain: House) -> None:
    rewrite(chain, 3, blame_eve, rehash=True)
    tamper(chain, "UPDATE audit_entry SET actor_name = 'Eve' WHERE seq = 3")

    assert chain.audit.verify().first_bad_seq == 4


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"\xff"])
def test_content_that_is_no_entry_is_found(chain: House, content: bytes) -> None:
    rewrite(chain, 5, lambda _: content, rehash=True)

    assert chain.audit.verify().first_bad_seq == 5


def test_an_entry_put_in_between_is_found(chain: House) -> None:
    with chain.writing() as work:
        third = work.session.get_one(AuditEntry, 3)
        work.session.execute(
            update(AuditEntry).where(AuditEntry.seq > 2).values(seq=AuditEntry.seq + 100),
        )
        work.session.execute(
            update(AuditEntry).where(AuditEntry.seq > 100).values(seq=AuditEntry.seq - 99),
        )
        body = orjson.loads(third.canonical)
        canonical = orjson.dumps({**body, "action": "x"}, option=orjson.OPT_SORT_KEYS)
        previous = hashlib.sha256(b"somewhere").digest()  # the right one is taken: its column is unique
        values = {column.name: getattr(third, column.name) for column in AuditEntry.__table__.c}
        values |= {"seq": 3, "action": "x", "canonical": canonical, "previous_hash": previous}
        values["hash"] = chained(previous, canonical)
        work.audit.add(values)
        work.commit()

    verification = chain.audit.verify()
    assert (verification.first_bad_seq, verification.what) == (3, "it does not follow the entry before it")


def test_a_trail_of_another_installation_is_not_taken_for_ours(chain: House) -> None:
    other = AuditService(begin=chain.writing, read=chain.reading, installation_key="another")

    assert other.verify().first_bad_seq == 1


def test_a_cut_off_end_is_seen_by_who_noted_the_last_hash(chain: House) -> None:
    noted = chain.audit.verify().last_hash
    tamper(chain, "DELETE FROM audit_entry WHERE seq = 5")
    verification = chain.audit.verify()

    assert verification.ok
    assert verification.last_hash != noted


def test_more_entries_than_one_step_are_checked_to_the_end(
    chain: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autom8.audit.service.STEP_ENTRIES", 4)
    monkeypatch.setattr("autom8.audit.proving.BATCH", 2)
    record(chain, *"fghijklm")
    heard: list[int] = []

    assert chain.audit.verify(heard.append).count == 13
    assert heard == [4, 8, 12, 13]
    tamper(chain, "UPDATE audit_entry SET action = 'x' WHERE seq = 11")
    assert chain.audit.verify().first_bad_seq == 11


@pytest.mark.parametrize("cursor", ["", "x", "e30=", "bnVsbA==", "eyJjb3VudCI6MX0="])
def test_a_check_does_not_go_on_from_what_is_no_cursor(chain: House, cursor: str) -> None:
    with pytest.raises(Invalid):
        chain.audit.verify_step(cursor, actor=chain.local())


@pytest.mark.parametrize("column", ["canonical", "previous_hash", "hash"])
def test_every_bit_of_what_was_hashed_counts(chain: House, column: str) -> None:
    with chain.reading() as work:
        whole: bytes = getattr(work.session.get_one(AuditEntry, 4), column)
    for at in range(0, len(whole), 11):
        changed = whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
        with chain.writing() as work:
            work.session.execute(update(AuditEntry).where(AuditEntry.seq == 4).values({column: changed}))
            work.commit()
        found = chain.audit.verify()
        assert (found.first_bad_seq, found.count) == (4, 3), at


def test_what_no_column_should_hold_is_found_too(migrated_sqlite: Path, tmp_path: Path) -> None:
    """SQLite lets a column hold anything."""
    shutil.copy(migrated_sqlite, tmp_path / "autom8.db")
    with another_house(f"sqlite+pysqlite:///{tmp_path / 'autom8.db'}") as house:
        record(house, *"abc")
        for column, value in (("at", "'x'"), ("canonical", "'text'"), ("hash", "7"), ("at", "9e99")):
            tamper(house, "CREATE TABLE kept AS SELECT * FROM audit_entry")
            tamper(house, f"UPDATE audit_entry SET {column} = {value} WHERE seq = 2")
            assert house.audit.verify().first_bad_seq == 2, column
            tamper(
                house,
                "DELETE FROM audit_entry",
                "INSERT INTO audit_entry SELECT * FROM kept",
                "DROP TABLE kept",
            )
        assert house.audit.verify().ok


def test_the_first_entry_follows_the_installations_own_beginning(chain: House) -> None:
    with chain.reading() as work:
        assert work.session.get_one(AuditEntry, 1).previous_hash == genesis(INSTALLATION)
