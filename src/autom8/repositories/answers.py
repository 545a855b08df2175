"""Answers of requests that may be repeated, beside the keys that their transactions left."""

from __future__ import annotations

from dataclasses import dataclass, field

from autom8.kernel.repeats import KeptAnswer, KeptRequest
from autom8.repositories.unit_of_work import BeginWork


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequests:
    """Where carried-out requests are kept. The ETag goes as the first line of the stored answer.

    `secret` keys what is kept of their content.
    """

    begin: BeginWork
    read: BeginWork
    secret: bytes = field(repr=False)

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
