"""The look thread's work: looks at objects that are due, and at open incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from autom8.alerts.incidents.casebook import Casebook
from autom8.alerts.looking.batches import Batches
from autom8.alerts.looking.objects import Objects, RulesOf
from autom8.alerts.looking.open_incidents import Bell, ChangesAt, Timers
from autom8.alerts.looking.sight import Source
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import LookKind
from autom8.repositories.unit_of_work import BeginWork, Work


def _never(_work: Work, _at: datetime) -> None:
    """Nothing changes by the calendar alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Looks at what is due.

    `changes_at` says when by the calendar alone another incident may be held back, or let go.
    """

    begin: BeginWork
    sources: Mapping[LookKind, Source]
    rules_of: RulesOf
    casebook: Casebook
    telemetry: Telemetry
    changes_at: ChangesAt = _never

    def look(self) -> bool:
        """Look at a batch of each that is due; False when nothing was.

        Each has its turn whatever is due of the others: else an escalation would wait for as long as runs end
        faster than they are looked at. Locks are held by none of them for the next.
        """
        batches = Batches(begin=self.begin, telemetry=self.telemetry)
        objects = Objects(sources=self.sources, rules_of=self.rules_of, casebook=self.casebook)
        bell = Bell(begin=self.begin, changes_at=self.changes_at)
        looked = [batches.look(objects), bell.answer(), batches.look(Timers(self.casebook.escalator))]
        return any(looked)
