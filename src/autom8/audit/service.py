"""The audit trail: appends entries in the transaction of what they tell of, lists them, proves them whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

import orjson
from sqlalchemy import Row

from autom8.audit.checkpoint import Checkpoint
from autom8.audit.entry import Entry, chained, genesis
from autom8.audit.export import Span, write_export
from autom8.audit.inquiry import Verification
from autom8.audit.proving import Step, prove
from autom8.kernel.actor import SYSTEM, Actor
from autom8.kernel.events import AuditAppended, Audited, TrailExported
from autom8.kernel.paging import Page, Paged
from autom8.kernel.vocabulary import ActorKind
from autom8.repositories.trail import Trail
from autom8.repositories.unit_of_work import BeginWork, Work

PII: Final = "contacts:pii"
STEP_ENTRIES: Final = 20_000  # looked at for one answer, which must not take long
# Opens what was sealed under a contact's key; None once the contact was erased.
Unseal: TypeAlias = Callable[[int, str], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One entry as callers see it. `hash` is in hex; `actor_key` names the API key that was shown."""

    seq: int
    at: datetime
    actor_kind: ActorKind
    actor_id: int | None
    actor_name: str
    actor_key: str | None
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
            actor_key=body["actor"].get("key"),
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
    """The audit chain of one installation. `public_key` is of the key that signs its checkpoints."""

    begin: BeginWork
    read: BeginWork
    installation_key: str
    public_key: bytes | None = None
    unseal: Unseal | None = None

    def append(self, event: Audited, work: Work) -> None:
        """Chain one entry within `work`; if it can't be written, nothing of `work` is.

        Subscribe it last: from here to the end of the transaction nobody else appends, so nothing that
        waits may follow. What Autom8 does by itself is told by runs and logs, not here, unless the event
        says that it is always kept.

        Raises:
            AuditRefused: the event's details can't be kept.
        """
        if work.actor.kind is ActorKind.SYSTEM and not event.kept_always:
            return
        work.audit.take_turn()
        last = work.audit.last()
        previous = genesis(self.installation_key) if last is None else last.hash
        entry = Entry(seq=1 if last is None else last.seq + 1, at=work.now(), actor=work.actor, event=event)
        canonical = entry.canonical()
        hash_ = chained(previous, canonical)
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
                "hash": hash_,
            },
        )
        work.record(AuditAppended(seq=entry.seq, hash=hash_, told=event))

    def list_(self, page: Page, *, actor: Actor) -> Paged[AuditView]:
        """Entries, newest first.

        Filters: `actor` (a name), `action`, `object_type`, `object_id`, `since` (inclusive), `until`
        (exclusive). The faces check that the caller may read the trail. What an entry holds of a contact is
        opened for who may see personal data, and for nobody once the contact was erased.
        """
        with self.read(actor) as work:
            found = work.audit.page(page)
        views = [AuditView.of(row) for row in found.items]
        return Paged([self._opened(view, actor) for view in views], found.next)

    def checkpoints(self, page: Page, *, actor: Actor) -> Paged[Checkpoint]:
        """Checkpoints, those that cover most first."""
        with self.read(actor) as work:
            found = work.audit.checkpoints(page)
        return Paged([self._checkpoint(row) for row in found.items], found.next)

    def verify(self, progress: Callable[[int], None] | None = None, *, actor: Actor = SYSTEM) -> Verification:
        """Check the whole chain, and tell `progress` how many entries were good so far.

        A chain that was cut off or rebuilt is good in itself: hold it against checkpoints kept elsewhere.
        """
        step = self.verify_step(None, actor=actor)
        while step.next is not None:
            if progress is not None:
                progress(step.found.last)
            step = self.verify_step(step.next, actor=actor)
        if progress is not None:
            progress(step.found.last)
        return step.found

    def verify_step(self, cursor: str | None, *, actor: Actor) -> Step:
        """Check some thousand entries more; what a cursor of the step before stands for is not checked again.

        Raises:
            Invalid: the cursor is none of a check.
        """
        pins = frozenset() if self.public_key is None else frozenset({self.public_key})
        with self.read(actor) as work:
            return prove(work.audit.trail, self.installation_key, cursor, pins=pins, limit=STEP_ENTRIES)

    def export(
        self, *, first: int = 1, last: int | None = None, actor: Actor
    ) -> tuple[Span, Iterator[bytes]]:
        """The lines of an export of entries `first` to `last` (None: the newest), a batch at a time.

        It is audited before the first line is given, so that an export of all has its own entry as the last.

        Raises:
            Invalid: there are no such entries.
        """
        with self.read(actor) as work:
            Span.within(work.audit.trail, first=first, last=last)
        with self.begin(actor) as work:
            told = {"first": first} | ({} if last is None else {"last": last})
            event = TrailExported(action="audit.exported", object_type="audit", object_id="", details=told)
            work.record(event)
            work.commit()
        with self.read(actor) as work:
            span = Span.within(work.audit.trail, first=first, last=last)
            now = work.now()

        @contextmanager
        def look() -> Iterator[Trail]:
            with self.read(actor) as work:
                yield work.audit.trail

        lines = write_export(look, self.installation_key, span, at=now, public_key=self.public_key)
        return span, lines

    def _checkpoint(self, row: Row[Any]) -> Checkpoint:
        return Checkpoint(
            origin=self.installation_key,
            size=row.size,
            root=row.root,
            last_hash=row.last_hash,
            at=row.at,
            public_key=row.public_key,
            signature=row.signature,
        )

    def _opened(self, view: AuditView, actor: Actor) -> AuditView:
        sealed = view.details.get("sealed")
        if not isinstance(sealed, Mapping) or self.unseal is None:
            return view
        contact, data = sealed.get("contact"), sealed.get("data")
        if not isinstance(contact, int) or not isinstance(data, str):
            return view
        shown: Mapping[str, Any] = {"contact": contact, "hidden": True}
        if actor.may(PII):
            opened = self.unseal(contact, data)
            shown = {"contact": contact, "erased": True} if opened is None else {"contact": contact, **opened}
        return replace(view, details={**view.details, "sealed": shown})
