"""What stories of incidents say of those who were told, or could not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from autom8.kernel.vocabulary import EntryKind
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryEnd:
    """How it ended to tell somebody; `contact_id` 0 is the channel's room."""

    kind: EntryKind
    at: datetime
    contact_id: int
    channel_id: int
    message_id: int | None = None
    error: str | None = None

    @property
    def details(self) -> dict[str, Any]:
        """What the line says beside its kind."""
        said = {"contact": self.contact_id, "message": self.message_id, "error": self.error}
        return {"channel": self.channel_id} | {name: value for name, value in said.items() if value}


def tell_stories(work: Work, notices: Sequence[AnyRow], end: StoryEnd) -> None:
    """A line in the story of each incident that these notices tell."""
    told = {each.incident_id: each.kind for each in notices}
    line = {"at": end.at, "kind": end.kind, "actor": ""}
    work.incidents.add_entries(
        [
            {**line, "incident_id": incident_id, "details": {**end.details, "notice": notice}}
            for incident_id, notice in sorted(told.items())
        ]
    )
