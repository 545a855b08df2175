"""Answers of requests that may be repeated, beside the keys that their transactions left."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from autom8.kernel.repeats import KeptAnswer, KeptRequest
from autom8.repositories.unit_of_work import BeginWork


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequests:
    """Where carried-out requests are kept. The ETag goes as the first line of the stored answer."""

    begin: BeginWork
    read: BeginWork
    key: bytes = field(repr=False)  # in no database, so that who has one can't try out what was asked

    def digest(self, content: bytes) -> str:
        """What is kept of a request's content: it tells another from it, and nothing else.

        A phone number has so few digits that a plain hash of its request would tell it.
        """
        return hmac.digest(self.key, content, hashlib.sha256).hex()

    def find(self, key: str) -> KeptRequest | None:
        """The request that left this key."""
        with self.read() as work:
            row = work.installation.find_answer(key)
            if row is None:
                return None
            answer = None
            if row.status is not None:
                etag, _, body = (row.answer or b"").partition(b"\n")
                answer = KeptAnswer(
                    status=row.status, body=body, etag=etag.decode() or None, location=row.location
                )
            return KeptRequest(digest=row.request_hash, answer=answer)

    def store(self, key: str, answer: KeptAnswer) -> None:
        """Keep the answer of the request that left this key; if none did, nothing is kept."""
        with self.begin() as work:
            row = work.installation.find_answer(key)
            if row is not None:
                row.status, row.location = answer.status, answer.location
                row.answer = (answer.etag or "").encode() + b"\n" + answer.body
                work.commit()
