"""The audit trail: appends entries in the transaction of what they tell of, lists them, proves them whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Row

from autom8.audit.entry import Entry, chained, genesis
from autom8.audit.verify import Verification, Walk
from autom8.kernel.actor import Actor
from autom8.kernel.events import Audited
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import ActorKind
from autom8.repositories.unit_of_work import BeginWork, Work

_BATCH: Final = 1_000
_BEFORE_ALL: Final = -(1 << 63)  # the least a database counts: an entry below number one is wrong too


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One entry as callers see it. `hash` is in hex."""

    seq: int
    at: datetime
    actor_kind: ActorKind
    actor_id: int | None
    actor_name: str
    address: str
    request_id: str
    action: str
    object_type: str
    object_id: str
    details: Mapping[str, Any]
    hash: str

    @classmethod
    def of(cls, row: Row[Any]) -> AuditView:
        """The view of a row."""
        body = orjson.loads(row.canonical)
        return cls(
            seq=row.seq,
            at=row.at,
            actor_kind=ActorKind(row.actor_kind),
            actor_id=row.actor_id,
            actor_name=row.actor_name,
            address=body["address"],
            request_id=body["request_id"],
            action=row.action,
            object_type=row.object_type,
            object_id=row.object_id,
            details=body["details"],
            hash=row.hash.hex(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditService:
    """The audit chain of one installation."""

    read: BeginWork
    installation_key: str

    def append(self, event: Audited, work: Work) -> None:
        """Chain one entry within `work`; if it can't be written, nothing of `work` is.

        Subscribe it last: from here to the end of the transaction nobody else appends, so nothing that
        waits may follow. What Autom8 does by itself is told by runs and logs, not here.

        Raises:
            AuditRefused: the event's details can't be kept.
        """
        if work.actor.kind is ActorKind.SYSTEM:
            return
        work.audit.take_turn()
        last = work.audit.last()
        previous = genesis(self.installation_key) if last is None else last.hash
        entry = Entry(seq=1 if last is None else last.seq + 1, at=work.now(), actor=work.actor, event=event)
        canonical = entry.canonical()
        work.audit.add(
            {
                "seq": entry.seq,
                "at": entry.at,
                "actor_kind": work.actor.kind.value,
                "actor_id": work.actor.id,
                "actor_name": work.actor.name,
                "action": event.action,
                "object_type": event.object_type,
                "object_id": event.object_id,
                "canonical": canonical,
                "previous_hash": previous,
                "hash": chained(previous, canonical),
            },
        )

    def list_(self, page: Page, *, actor: Actor) -> Paged[AuditView]:
        """Entries, newest first.

        Filters: `actor` (a name), `action`, `object_type`, `object_id`, `since` (inclusive), `until`
        (exclusive). The faces check that the caller may read the trail.
        """
        with self.read(actor) as work:
            found = work.audit.page(page)
            return Paged([AuditView.of(row) for row in found.items], found.next)

    def verify(self, progress: Callable[[int], None] | None = None) -> Verification:
        """Check the whole chain by its stored bytes, and tell `progress` how many entries were good so far.

        An end that was cut off leaves a good chain: compare `last_hash` with one noted elsewhere.
        """
        walk = Walk(genesis(self.installation_key))
        checked = -1
        while not walk.stopped and walk.seq > checked:
            checked = walk.seq
            with self.read() as work:  # one short look a batch: appends go on meanwhile
                walk.go(work.audit.after(checked or _BEFORE_ALL, batch_size=_BATCH))
            if progress is not None:
                progress(walk.seq)
        return walk.found()
