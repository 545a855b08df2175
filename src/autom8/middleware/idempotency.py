"""Repeated requests: a POST with an Idempotency-Key is carried out once, and its answer is given again.

The operation's own transaction keeps the key (`Actor.request_key`), so a crash can't part the two.
The answer is stored after it; when a crash comes in between, a repeat is told that it was done.
Knows neither the database nor any resource.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final, Protocol

from autom8.kernel.actor import Actor, RequestKey
from autom8.kernel.errors import Autom8Error, Conflict, Invalid
from autom8.kernel.repeats import KeptAnswer, KeptRequest

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")


class KeyReused(Conflict):
    """The same Idempotency-Key came with another request."""

    code = "idempotency_key_reused"


class AnswerUnknown(Conflict):
    """The request was carried out, but its answer was lost, or is not kept yet."""

    code = "already_done"


class KeptRequests(Protocol):
    """Where carried-out requests are kept."""

    def digest(self, content: bytes) -> str:
        """What is kept of a request's content: it tells another from it, and nothing else."""
        ...

    def find(self, key: str) -> KeptRequest | None:
        """The request that left this key."""
        ...

    def store(self, key: str, answer: KeptAnswer) -> None:
        """Keep the answer of the request that left this key; if none did, nothing is kept."""
        ...


def request_key(given: str, *, actor: Actor, route: str, digest: str) -> RequestKey:
    """The identity of a request that may be repeated: who asks, what, and by which key.

    `digest` is of its content (`KeptRequests.digest`).

    Raises:
        Invalid: the key can't be one.
    """
    if not _KEY.fullmatch(given):
        text = "must have 1 to 200 visible ASCII characters"
        raise Invalid(f"{HEADER} {text}.", fields={HEADER: text})
    who = str(actor.id) if actor.key_id is None else f"{actor.id} {actor.key_id}"  # keys differ in scopes
    asked = f"{actor.kind}\0{who}\0{route}\0{given}"
    return RequestKey(key=hashlib.sha256(asked.encode()).hexdigest(), digest=digest)


def answer_once(
    kept: KeptRequests, key: RequestKey, carry_out: Callable[[], KeptAnswer]
) -> tuple[KeptAnswer, bool]:
    """The answer of the first request with this key, and whether it had been carried out before.

    Raises:
        KeyReused: the key belongs to another request.
        AnswerUnknown: it was carried out, and its answer was lost or is not kept yet.
    """
    if (before := _find(kept, key)) is not None:
        return before, True
    try:
        answer = carry_out()
    except Autom8Error:
        # A twin may have been quicker, so that this one found the name taken or the key there.
        if (twins := _find(kept, key)) is None:
            raise
        return twins, True
    kept.store(key.key, answer)
    return answer, False


def _find(kept: KeptRequests, key: RequestKey) -> KeptAnswer | None:
    found = kept.find(key.key)
    if found is None:
        return None
    if found.digest != key.digest:
        raise KeyReused(f"This {HEADER} was used with another body.")
    if found.answer is None:
        raise AnswerUnknown("This request was carried out; its answer is not known. Look for what it made.")
    return found.answer
