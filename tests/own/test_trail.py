"""The audit trail is gone over again and again: what was altered is found, and it costs little."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from autom8.alerts.own.trail import REST_FOR_EACH, REST_MAX, REST_MIN, TrailProbe
from autom8.audit.entry import Entry, chained, genesis
from autom8.audit.sealing import Sealing
from autom8.audit.service import STEP_ENTRIES
from autom8.kernel.actor import SYSTEM
from autom8.kernel.events import Audited
from autom8.models import AuditEntry, table_of
from tests.audit.recording import ADA, record, sealing, tamper
from tests.scheduler.house import NOON, HandClock
from tests.security.fixtures import ada, bob, house, migrated_sqlite, migrated_url, other_house
from tests.security.house import INSTALLATION, House

__all__ = ["ada", "bob", "house", "migrated_sqlite", "migrated_url", "other_house"]

FLIPPED = {
    "sqlite": "UPDATE audit_entry SET canonical = CAST(replace(canonical, 'Ada', 'Adb') AS BLOB)"
    " WHERE seq = {seq}",
    "postgresql": "UPDATE audit_entry SET canonical = set_byte(canonical, 20, get_byte(canonical, 20) # 1)"
    " WHERE seq = {seq}",
}


def flip(house: House, seq: int) -> None:
    """Change one byte of an entry."""
    tamper(house, FLIPPED[house.database.dialect].format(seq=seq))


def probe_of(house: House, clock: HandClock, **more: Any) -> TrailProbe:
    return TrailProbe(
        verify=lambda cursor: house.audit.verify_step(cursor, actor=SYSTEM), clock=clock, **more
    )


def whole_pass(probe: TrailProbe) -> Any:
    """Let its rest be over, and ask it until a pass has ended."""
    assert probe() is None
    probe.clock.advance(REST_MAX.total_seconds())  # type: ignore[attr-defined]
    for _ in range(1_000):
        found = probe()
        if found is not None:
            return found
    raise AssertionError("the pass did not end")


def fill(house: House, count: int) -> None:
    """A trail of so many entries, quickly."""
    previous, rows = genesis(INSTALLATION), []
    for seq in range(1, count + 1):
        event = Audited(action="thing.done", object_type="thing", object_id=str(seq), details={"n": seq})
        canonical = Entry(seq=seq, at=NOON, actor=ADA, event=event).canonical()
        hash_ = chained(previous, canonical)
        rows.append(
            {
                "seq": seq,
                "at": NOON,
                "actor_kind": ADA.kind.value,
                "actor_id": ADA.id,
                "actor_name": ADA.name,
                "action": event.action,
                "object_type": event.object_type,
                "object_id": event.object_id,
                "canonical": canonical,
                "previous_hash": previous,
                "hash": hash_,
            }
        )
        previous = hash_
    with house.writing() as work:
        for begin in range(0, count, 5_000):
            work.session.execute(insert(table_of(AuditEntry)), rows[begin : begin + 5_000])
        work.commit()


def test_a_trail_that_nobody_touched_is_fine(house: House) -> None:
    record(house, *"abcde")
    assert whole_pass(probe_of(house, HandClock())) == {}


def test_a_flipped_byte_is_found_and_said(house: House) -> None:
    record(house, *"abcde")
    probe = probe_of(house, HandClock())
    assert whole_pass(probe) == {}
    flip(house, 3)
    assert whole_pass(probe) == {"entry": 3, "what": "its content is not what was hashed", "good": 2}
    assert whole_pass(probe)["entry"] == 3, "it stays so"


def test_a_long_trail_is_gone_over_in_pieces(house: House) -> None:
    fill(house, STEP_ENTRIES + 5)
    flip(house, STEP_ENTRIES + 3)
    clock = HandClock()
    probe = probe_of(house, clock)
    assert probe() is None, "a server that starts has other things to do"
    clock.advance(REST_MIN.total_seconds())
    assert probe() is None
    assert probe() == {
        "entry": STEP_ENTRIES + 3,
        "what": "its content is not what was hashed",
        "good": STEP_ENTRIES + 2,
    }
    assert probe() is None, "it rests"


def test_the_longer_a_pass_took_the_longer_it_rests(house: House) -> None:
    record(house, "a")
    clock, spent = HandClock(), [0.0]

    def processor_s() -> float:
        spent[0] += 1.5
        return spent[0]

    probe = probe_of(house, clock, processor_s=processor_s)
    assert whole_pass(probe) == {}
    clock.advance(1.5 * REST_FOR_EACH - 1)
    assert probe() is None
    clock.advance(2)
    assert probe() == {}


def test_what_came_in_while_it_looked_is_no_fault(house: House) -> None:
    """Each statement may see another state: a checkpoint of entries that the one before it did not."""
    record(house, "a")
    looks = []

    def verify(cursor: str | None) -> Any:
        step = house.audit.verify_step(cursor, actor=SYSTEM)
        looks.append(step)
        if len(looks) == 1:
            return replace(step, found=replace(step.found, ok=False, first_bad_seq=2, what="cut off"))
        return step

    assert whole_pass(TrailProbe(verify=verify, clock=HandClock())) == {}
    assert len(looks) == 2


@pytest.mark.serial
def test_a_hundred_thousand_entries_cost_a_thousandth_of_a_processor_at_most(house: House) -> None:
    fill(house, 100_000)
    clock = HandClock()
    probe = probe_of(house, clock)
    assert probe() is None
    clock.advance(REST_MIN.total_seconds())
    longest = 0.0
    begun = time.thread_time()
    for _ in range(6):
        piece = time.monotonic()
        found = probe()
        longest = max(longest, time.monotonic() - piece)
    took = time.thread_time() - begun
    logging.getLogger(__name__).info("audit_pass", extra={"fields": {"s": took, "longest_piece_s": longest}})
    print(f"{house.database.dialect}: {took:.2f} s of a processor, longest piece {longest:.2f} s")  # noqa: T201
    assert found == {}
    assert took < 8
    rests = probe._rests_until
    assert rests is not None
    assert took / (rests - clock.monotonic()) <= 1 / REST_FOR_EACH * 1.5


def standing(seals: Sealing) -> Mapping[str, Any] | None:
    """How the trail stands; asked anew each time, which a property does not look like."""
    return seals.standing


def test_what_signs_says_how_the_trail_stands(house: House, tmp_path: Path) -> None:
    seals = sealing(house, tmp_path / "checkpoints.jsonl")
    assert standing(seals) is None
    record(house, *"abc")
    seals.look()
    assert standing(seals) == {}
    record(house, *"def")
    flip(house, 5)
    house.advance(timedelta(minutes=2))
    assert seals.look() is None
    assert standing(seals) == {
        "what": "audit chain broken",
        "seq": 5,
        "why": "its content is not what was hashed",
    }
    tamper(house, "DELETE FROM audit_entry WHERE seq > 2")
    assert seals.look() is None
    assert (standing(seals) or {}).get("what") == "audit tail missing"
