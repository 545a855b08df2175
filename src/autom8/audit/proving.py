"""Checks a trail where it is kept, in steps that read little each. Knows no session and no web."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from autom8.audit.checkpoint import Checkpoint
from autom8.audit.entry import EPOCH, genesis
from autom8.audit.inquiry import Claim, Coverage, Inquiry, Verification, beginning
from autom8.audit.merkle import leaf
from autom8.audit.verify import Walk
from autom8.kernel.errors import Invalid
from autom8.repositories.trail import AFTER_ALL, BEFORE_ALL, Row, Trail

BATCH: Final = 2_000  # larger ones leave the cache of the processor


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was found up to here; `next` goes on, and is None at the end. `total` entries are there."""

    found: Verification
    total: int
    next: str | None


def prove(
    trail: Trail, origin: str, cursor: str | None, *, pins: frozenset[bytes] = frozenset(), limit: int
) -> Step:
    """Check `limit` entries more of a trail, or fewer where something is wrong or it ends.

    Raises:
        Invalid: the cursor is none of ours.
    """
    inquiry = _inquiry(origin, cursor, pins)
    last = trail.last()
    total = last[0] if last else 0
    end = inquiry.walk.count + limit
    while not inquiry.over and inquiry.walk.count < end and advance(inquiry, trail, BATCH):
        pass
    if inquiry.over or inquiry.walk.count < end:
        newest = claims(inquiry.origin, last_claims(trail, 0))
        inquiry.recall(newest)
        beyond = [each for each in newest if each.checkpoint.size > inquiry.walk.count]
        return Step(found=inquiry.finish(beyond), total=total, next=None)
    return Step(found=inquiry.found(), total=total, next=_cursor(inquiry))


def advance(inquiry: Inquiry, trail: Trail, limit: int) -> bool:
    """Check the next entries, up to `limit`; False when there were none."""
    count = inquiry.walk.count
    rows = trail.entries(after=count or BEFORE_ALL, limit=limit)
    if not rows:
        return False
    through = count + len(rows)
    beside = trail.checkpoints(after=count or BEFORE_ALL, through=through, limit=limit + 1)
    inquiry.step(rows, claims(inquiry.origin, beside))
    return True


def walk_to(trail: Trail, origin: str, count: int) -> Walk:
    """The chain after its first `count` entries, from the newest checkpoint that covers no more.

    It goes over the hashes as they are stored; whether they are right is a check's business.
    """
    before = trail.newest_checkpoint(through=count)
    walk = beginning(genesis(origin))
    if before is not None:
        with suppress(ValueError, TypeError):  # a frontier that somebody changed: begin at the beginning
            walk = beginning(as_bytes(before[3]), before[0], before[4])
    while walk.count < count:
        rows = trail.entries(after=walk.count, through=count, limit=BATCH)
        if not rows:
            break
        walk.tree.extend([leaf(as_bytes(row[10])) for row in rows])
        walk.count, walk.previous = rows[-1][0], as_bytes(rows[-1][10])
    return walk


def last_claims(trail: Trail, count: int) -> list[Row]:
    """The checkpoint that covers most, if it covers more than `count` entries."""
    newest = trail.newest_checkpoint()
    return [newest] if newest is not None and newest[0] > count else []


def claims(origin: str, rows: Sequence[Row]) -> list[Claim]:
    """Checkpoints as they are kept beside the entries. What none can hold does not fit its signature."""
    return [
        Claim(
            checkpoint=Checkpoint(
                origin=origin,
                size=size,
                root=as_bytes(root),
                last_hash=as_bytes(last_hash),
                at=_instant(at),
                public_key=as_bytes(public_key),
                signature=as_bytes(signature),
            ),
            key_id=key_id,
            frontier=as_bytes(frontier),
        )
        for size, at, root, last_hash, frontier, key_id, public_key, signature in rows
    ]


def as_bytes(value: object) -> bytes:
    """A column as it is: SQLite keeps what somebody put in its place, which a check must find."""
    return value if isinstance(value, bytes) else str(value).encode()


def _instant(at: Any) -> datetime:
    try:
        return EPOCH + timedelta(microseconds=at)
    except (TypeError, OverflowError):
        return EPOCH


def _inquiry(origin: str, cursor: str | None, pins: frozenset[bytes]) -> Inquiry:
    if cursor is None:
        return Inquiry(origin, beginning(genesis(origin)), pins=pins)
    try:
        body = orjson.loads(urlsafe_b64decode(cursor))
        count = body["count"]
        if type(count) is not int or not 0 <= count <= AFTER_ALL:
            raise ValueError("No trail has so many entries.")
        walk = beginning(bytes.fromhex(body["hash"]), count, bytes.fromhex(body["frontier"]))
        coverage = _coverage(body["trail"])
    except (ValueError, KeyError, TypeError) as error:
        told = "is not one of a check that is under way"
        raise Invalid("The check can't go on.", fields={"cursor": told}) from error
    inquiry = Inquiry(origin, walk, pins=pins, first=1)
    inquiry.resume(coverage)
    return inquiry


def _coverage(body: dict[str, Any]) -> Coverage:
    at = body["at"]
    return Coverage(
        checkpoints=int(body["checkpoints"]),
        size=int(body["size"]),
        at=None if at is None else datetime.fromisoformat(at),
        keys=tuple(map(str, body["keys"])),
        strangers=tuple(map(str, body["strangers"])),
    )


def _cursor(inquiry: Inquiry) -> str:
    walk = inquiry.walk
    body = {
        "count": walk.count,
        "hash": walk.previous.hex(),
        "frontier": walk.tree.frontier.hex(),
        "trail": asdict(inquiry.coverage),
    }
    return urlsafe_b64encode(orjson.dumps(body)).decode()
