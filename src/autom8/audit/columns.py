"""Whether an entry's columns say what its canonical bytes say, told without parsing these. Rules only.

What the canonical form has before and after an entry's address, details and request id follows from the
columns. So it is built from them and compared as bytes, and only the details are parsed: what remains is then
known to be one JSON object of this form. Where a text holds an escape, the bytes are parsed whole.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from autom8.audit.entry import EPOCH

_KEPT_MAX: Final = 20_000
_MILLION: Final = 1_000_000


class Columns:
    """Compares rows; it remembers what it has built, since actors, objects and seconds come again."""

    __slots__ = ("_heads", "_seconds", "_things")

    def __init__(self) -> None:
        self._heads: dict[tuple[Any, ...], bytes] = {}
        self._things: dict[tuple[Any, ...], bytes] = {}
        self._seconds: dict[int, bytes] = {}

    def repeat(self, row: tuple[Any, ...]) -> bool:
        """Whether the columns of a row repeat what its canonical bytes say.

        The row holds `seq`, `at` in microseconds since 1970, kind, id and name of the actor, `action`, type and
        id of the object, and `canonical`.

        Raises:
            TypeError: a column holds what it can't hold.
        """
        seq, at, kind, actor_id, name, action, object_type, object_id, canonical = row[:9]
        head = self._heads.get((action, actor_id, kind, name)) or self._head(action, actor_id, kind, name)
        second, microsecond = divmod(at, _MILLION)
        instant = b'%b%06dZ","details":' % (self._seconds.get(second) or self._second(second), microsecond)
        thing = self._things.get((object_type, object_id)) or self._thing(object_type, object_id)
        tail = b'","seq":%d,"v":1}' % seq
        begin = canonical.find(b'"', len(head))  # where the address ends
        details = begin + len(instant)
        end = canonical.rfind(b'"', 0, -len(tail)) + 1 - len(thing)  # where the details end
        if not (
            details <= end
            and canonical.startswith(head)
            and canonical.startswith(instant, begin)
            and canonical.startswith(thing, end)
            and canonical.endswith(tail)
            and b"\\" not in canonical[len(head) : begin]
            and b"\\" not in canonical[end + len(thing) : -len(tail)]
        ):
            return said(canonical) == (seq, at, kind, actor_id, name, action, object_type, object_id)
        between = canonical[details:end]
        return between == b"{}" or _is_object(between)

    def _head(self, action: str, actor_id: int | None, kind: str, name: str) -> bytes:
        actor = {"id": actor_id, "kind": kind, "name": name}
        head = orjson.dumps({"action": action, "actor": actor, "address": ""})[:-2]
        _keep(self._heads, (action, actor_id, kind, name), head)
        return head

    def _thing(self, object_type: str, object_id: str) -> bytes:
        thing = orjson.dumps({"object": {"id": object_id, "type": object_type}, "request_id": ""})
        thing = b"," + thing[1:-2]
        _keep(self._things, (object_type, object_id), thing)
        return thing

    def _second(self, second: int) -> bytes:
        at = EPOCH + timedelta(seconds=second)
        text = b'","at":"%b.' % at.strftime("%Y-%m-%dT%H:%M:%S").encode()
        _keep(self._seconds, second, text)
        return text


def said(canonical: bytes) -> tuple[Any, ...] | None:
    """What canonical bytes say of the columns, in their order; None when they are no entry."""
    try:
        body = orjson.loads(canonical)
        actor, thing = body["actor"], body["object"]
        at = datetime.strptime(body["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        return (
            body["seq"],
            (at - EPOCH) // timedelta(microseconds=1),
            actor["kind"],
            actor["id"],
            actor["name"],
            body["action"],
            thing["type"],
            thing["id"],
        )
    except (ValueError, KeyError, TypeError):
        return None


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _keep(kept: dict[Any, bytes], key: Any, value: bytes) -> None:
    if len(kept) >= _KEPT_MAX:
        kept.clear()
    kept[key] = value
