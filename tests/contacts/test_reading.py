"""When reading contacts is told: rules only, by a clock that is moved by hand."""

from __future__ import annotations

from autom8.contacts.reading import SINGLES_OVER, TOLD_EACH, BulkReads
from autom8.kernel.actor import Actor
from autom8.kernel.vocabulary import ActorKind

ADA = Actor(kind=ActorKind.USER, id=1)
HER_KEY = Actor(kind=ActorKind.KEY, id=1, key_id="k")
TEN_MINUTES = 600.0


def _read(reads: BulkReads, count: int, at: float, actor: Actor = ADA) -> int:
    due = reads.note(actor, count, monotonic=at)
    if due:
        reads.told(actor, due, monotonic=at)
    return due


def test_a_page_is_told_at_once_and_then_once_in_ten_minutes() -> None:
    reads = BulkReads()

    assert [_read(reads, 50, at) for at in (0.0, 1.0, 599.0)] == [50, 0, 0]
    assert _read(reads, 50, TEN_MINUTES) == 150, "with all that was read in between"


def test_single_contacts_become_bulk_by_their_number() -> None:
    reads = BulkReads()

    told = [_read(reads, 1, float(number)) for number in range(SINGLES_OVER + 5)]

    assert [due for due in told if due] == [SINGLES_OVER + 1]


def test_who_reads_all_is_told_from_who_reads_some() -> None:
    reads = BulkReads()

    told = [_read(reads, 200, float(number)) for number in range(50)]

    assert [due for due in told if due] == [200] + [TOLD_EACH] * 9


def test_callers_are_counted_apart() -> None:
    reads = BulkReads()

    assert _read(reads, 5, 0.0) == 5
    assert _read(reads, 5, 1.0, HER_KEY) == 5


def test_what_could_not_be_told_is_due_again() -> None:
    reads = BulkReads()

    assert reads.note(ADA, 50, monotonic=0.0) == 50
    assert reads.note(ADA, 50, monotonic=1.0) == 100
