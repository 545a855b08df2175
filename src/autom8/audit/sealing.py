"""Makes checkpoints while a server runs, and keeps them elsewhere too.

It signs only what it has checked: entries that are whole, and that continue what was signed before. What does
not is told in the log as critical, each minute, until somebody has seen to it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from autom8.audit.checkpoint import Checkpoint, NotACheckpoint, Signer
from autom8.audit.checkpoint_file import CheckpointFile
from autom8.audit.entry import genesis
from autom8.audit.inquiry import Claim, beginning
from autom8.audit.proving import BATCH, claims
from autom8.audit.verify import Walk
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unavailable
from autom8.repositories.trail import BEFORE_ALL, Trail
from autom8.repositories.unit_of_work import BeginWork

log = logging.getLogger(__name__)

LOOK_EVERY: Final = timedelta(seconds=5)
SEAL_AFTER: Final = timedelta(seconds=55)  # so that with the next look a minute is not exceeded
SEAL_AT: Final = 1_000  # entries
TELL_EVERY_S: Final = 60.0  # what is wrong, for as long as it is
_CAUGHT_UP_MAX: Final = 10_000  # checkpoints that are copied to the file at a time


class _NotSealedError(Exception):
    """The trail is not what was signed before, so nothing more is signed; it never leaves this module."""

    def __init__(self, name: str, **fields: Any) -> None:
        super().__init__(name)
        self.name = name
        self.fields = fields

    @property
    def told(self) -> Mapping[str, Any]:
        """Its facts by names that do not hide its own."""
        return {"why" if name == "what" else name: value for name, value in self.fields.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """The checkpoints of one server. Any number of servers on one database make one each time."""

    begin: BeginWork
    read: BeginWork
    signer: Signer
    file: CheckpointFile
    clock: Clock
    _told: dict[str, float] = field(default_factory=dict)
    _standing: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def standing(self) -> Mapping[str, Any] | None:
        """What was wrong with the trail when it was last looked at: `what`, and facts that are safe to show.

        Empty when nothing was; None while it was not looked at.
        """
        return self._standing[-1] if self._standing else None

    def look(self) -> Checkpoint | None:
        """Make a checkpoint if one is due: a minute or a thousand entries after the last one.

        Raises:
            Unavailable: the database can't be reached now.
        """
        return self._seal(at_once=False)

    def seal(self) -> Checkpoint | None:
        """Make a checkpoint of what there is, at a stop; what can't be done now is done at the next start."""
        try:
            return self._seal(at_once=True)
        except Unavailable as error:
            log.warning("audit_checkpoint_postponed", extra={"fields": {"error": str(error)}})
            return None

    def _seal(self, *, at_once: bool) -> Checkpoint | None:
        made = None
        try:
            kept = self._kept_elsewhere()
            with self.read() as work:
                walk, before = self._walk(work.audit.trail, kept, work.now(), at_once=at_once)
                now = work.now()
            if walk is not None:
                made = self._add(walk, before, now)
        except _NotSealedError as refusal:
            self._tell(logging.CRITICAL, refusal.name, refusal.fields)
            self._stands({"what": refusal.name.replace("_", " "), **refusal.told})
            return None
        self._stands({})
        self._keep_elsewhere()
        return made

    def _walk(
        self, trail: Trail, kept: Checkpoint | None, now: datetime, *, at_once: bool
    ) -> tuple[Walk | None, int]:
        """The chain to its end if that is to be signed now, and how much was signed before.

        Raises:
            _NotSealedError: it is not whole, or not what was signed before.
        """
        before = _newest(trail, self.signer.origin)
        signed = 0 if before is None else before.checkpoint.size
        last = trail.last()
        if kept is not None:  # even where more was signed since: by whom is anybody's guess
            _refuse_other(trail, kept, last[0] if last else 0)
        if last is None or (last[0] == signed and before is not None):
            if before is not None and (last is None or last[1] != before.checkpoint.last_hash):
                raise _NotSealedError("audit_chain_differs", size=signed)
            return None, signed
        if not at_once and not self._due(last[0] - signed, before, now):
            return None, signed
        if before is not None:
            _refuse_other(trail, before.checkpoint, last[0])
        walk = self._resumed(before)
        while rows := trail.entries(after=walk.count or BEFORE_ALL, through=last[0], limit=BATCH):
            walk.go(rows)
            if walk.fault is not None:
                raise _NotSealedError("audit_chain_broken", seq=walk.fault.seq, what=walk.fault.what)
        return walk, signed

    def _due(self, new: int, before: Claim | None, now: datetime) -> bool:
        if before is None or new >= SEAL_AT or before.checkpoint.public_key != self.signer.public_key:
            return True
        return abs(now - before.checkpoint.at) >= SEAL_AFTER  # a clock that was set back must not stop it

    def _resumed(self, before: Claim | None) -> Walk:
        """A walk that goes on after a checkpoint of our own key, or from the beginning if there is none.

        With another key anybody may have signed it who can write the database, over a tree that is none.
        """
        if before is not None and before.checkpoint.public_key == self.signer.public_key:
            stated = before.checkpoint
            try:
                walk = beginning(stated.last_hash, stated.size, before.frontier or b"")
            except ValueError:
                walk = None
            if walk is not None and walk.tree.root() == stated.root and stated.genuine:
                return walk
            self._tell(logging.ERROR, "audit_checkpoint_damaged", {"size": stated.size})
        return beginning(genesis(self.signer.origin))

    def _add(self, walk: Walk, before: int, now: datetime) -> Checkpoint | None:
        made = self.signer.sign(size=walk.count, root=walk.tree.root(), last_hash=walk.previous, at=now)
        with self.begin() as work:
            if not work.audit.take_sealing():
                return None  # another server is at it
            newest = work.audit.trail.newest_checkpoint()
            if (newest[0] if newest else 0) != before:
                return None  # another server was
            work.audit.add_checkpoint(_row(made, walk.tree.frontier))
            work.commit()
        log.info("audit_checkpoint", extra={"fields": made.as_json()})
        return made

    def _kept_elsewhere(self) -> Checkpoint | None:
        """The newest checkpoint in the file, if it is ours; a file that can't be read stops nothing."""
        try:
            kept = self.file.last()
        except (OSError, NotACheckpoint) as error:
            self._complain(error)
            return None
        if kept is None or (kept.origin == self.signer.origin and kept.genuine):
            return kept
        self._complain(NotACheckpoint("its last checkpoint is another installation's, or was changed"))
        return None

    def _keep_elsewhere(self) -> None:
        """Copy to the file what it lacks, whichever server made it."""
        try:
            kept = self.file.last()
            if kept is not None and kept.origin != self.signer.origin:
                return  # it was complained of
            with self.read() as work:
                trail = work.audit.trail
                newest = trail.newest_checkpoint()
                if newest is None or (kept is not None and newest[0] <= kept.size):
                    return
                rows = [newest] if kept is None else trail.checkpoints(after=kept.size, limit=_CAUGHT_UP_MAX)
            found = [each.checkpoint for each in claims(self.signer.origin, rows)]
            ours = self.signer.public_key
            self.file.add([each for each in found if each.genuine and each.public_key == ours])
        except (OSError, NotACheckpoint) as error:
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        fields = {"file": str(self.file.path), "error": str(error)}
        self._tell(logging.ERROR, "audit_checkpoint_not_kept", fields)

    def _stands(self, standing: Mapping[str, Any]) -> None:
        self._standing[:] = [standing]

    def _tell(self, level: int, name: str, fields: Mapping[str, Any]) -> None:
        now = self.clock.monotonic()
        if now - self._told.get(name, -TELL_EVERY_S) >= TELL_EVERY_S:
            self._told[name] = now
            log.log(level, name, extra={"fields": fields})


def _newest(trail: Trail, origin: str) -> Claim | None:
    row = trail.newest_checkpoint()
    return None if row is None else claims(origin, [row])[0]


def _refuse_other(trail: Trail, signed: Checkpoint, last: int) -> None:
    """See that the chain still holds the entry that was the last one when `signed` was made.

    Raises:
        _NotSealedError: it does not.
    """
    fields = {"size": signed.size, "signed_at": signed.as_json()["at"]}
    if signed.size > last:
        raise _NotSealedError("audit_tail_missing", entries=last, **fields)
    if trail.hash_of(signed.size) != signed.last_hash:
        raise _NotSealedError("audit_chain_differs", **fields)


def _row(made: Checkpoint, frontier: bytes) -> Mapping[str, Any]:
    return {
        "size": made.size,
        "at": made.at,
        "root": made.root,
        "last_hash": made.last_hash,
        "frontier": frontier,
        "key_id": made.key_id,
        "public_key": made.public_key,
        "signature": made.signature,
    }
