"""An incident's story: what happened to it and who did what, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from autom8.kernel.vocabulary import EntryKind
from autom8.repositories.unit_of_work import Work


def say(
    work: Work,
    incident_id: int,
    kind: EntryKind,
    details: Mapping[str, Any] | None = None,
    *,
    at: datetime | None = None,
    by: str = "",
) -> None:
    """Add a line, as of now unless `at` says otherwise; details that are None are left out.

    `by` names who did it, and is empty for what Autom8 did itself.
    """
    known = {name: value for name, value in (details or {}).items() if value is not None}
    line = {"incident_id": incident_id, "at": at or work.now(), "kind": kind, "actor": by, "details": known}
    work.incidents.add_entries([line])
