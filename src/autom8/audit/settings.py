"""Tells the trail of settings that a server starts with, when they are others than at its last start.

What a server had before is read from the trail itself. A secret's value is never kept: a keyed hash of it
shows that it is another.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

import orjson

from autom8.kernel.events import SettingsChanged
from autom8.kernel.secrets import Secret
from autom8.repositories.unit_of_work import BeginWork

ACTION: Final = "settings.changed"
OBJECT: Final = "server"
_MARK_CHARS: Final = 16


def note_settings(begin: BeginWork, server: str, values: Mapping[str, object], *, seed: bytes) -> bool:
    """Audit a server's settings if they changed; whether they did. `seed` keys what is kept of secrets."""
    key = hmac.digest(seed, b"autom8 settings", hashlib.sha256)
    now = {name: _told(name, value, key) for name, value in values.items()}
    with begin() as work:
        row = work.audit.newest(action=ACTION, object_type=OBJECT, object_id=server)
        before = {} if row is None else orjson.loads(row.canonical)["details"].get("settings", {})
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        if not changed:
            return False
        details = {"changed": changed, "settings": now}
        work.record(SettingsChanged(action=ACTION, object_type=OBJECT, object_id=server, details=details))
        work.commit()
    return True


def _told(name: str, value: object, key: bytes) -> Any:
    if isinstance(value, Secret):
        mark = hmac.digest(key, f"{name}\0{value.reveal()}".encode(), hashlib.sha256).hex()
        return {"secret": mark[:_MARK_CHARS]}
    if isinstance(value, Mapping):
        return {str(each): _told(name, part, key) for each, part in value.items()}
    if isinstance(value, set | frozenset):  # in no order that stays
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_told(name, part, key) for part in value]
    return value if value is None or isinstance(value, bool | int) else str(value)
