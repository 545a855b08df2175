"""Webhooks: a CloudEvents 1.0 body, signed as Standard Webhooks has it, with an idempotency key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.channels.results import of_error, of_status
from autom8.alerts.retrying import Result
from autom8.egress.errors import EgressError
from autom8.egress.service import Answer, Ask, Limits
from autom8.kernel.secrets import Secret

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what such a secret begins with
SECRET_BYTES_MIN: Final = 24
_LIMITS: Final = Limits(time=timedelta(seconds=30), body_bytes_max=64 * 1024, head_is_enough=True)
TYPE_PREFIX: Final = "io.autom8."


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSender:
    """Sends to one URL. Without a secret it does not sign."""

    url: Secret
    secret: Secret | None
    source: str  # of the events: this installation
    ask: Callable[[Ask], Answer]
    now: Callable[[], datetime]

    def send(self, outgoing: Outgoing) -> Sent:
        """Post the event once."""
        now = self.now()
        try:
            body = orjson.dumps(event_of(outgoing, source=self.source, at=now))
        except TypeError:  # orjson's own error is one
            return Sent(result=Result.REFUSED, detail="no JSON can be made of it")
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "Idempotency-Key": f'"{outgoing.key}"',
            **signature_of(self.secret, outgoing.key, now, body),
        }
        ask = Ask(
            url=self.url.reveal(),
            purpose="webhook",
            method="POST",
            headers=headers,
            body=body,
            limits=_LIMITS,
        )
        outgoing.handing_over()
        try:
            answer = self.ask(ask)
        except EgressError as error:
            return of_error(error)
        return of_status(answer.status, retry_after=answer.header("retry-after"), now=now)


def event_of(outgoing: Outgoing, *, source: str, at: datetime) -> dict[str, object]:
    """The CloudEvents form of a message. `id` is the message's key, the same in each try."""
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": outgoing.key,
        "source": source,
        "type": TYPE_PREFIX + outgoing.event_type,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": {"subject": outgoing.subject, "text": outgoing.text, "url": outgoing.url, **outgoing.event},
    }
    if outgoing.thread:
        event["subject"] = outgoing.thread
    return event


def signature_of(secret: Secret | None, key: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows that a body comes from who has the secret, and when."""
    timestamp = str(int(at.timestamp()))
    headers = {"webhook-id": key, "webhook-timestamp": timestamp}
    if secret is None:
        return headers
    signed = b".".join((key.encode(), timestamp.encode(), body))
    digest = hmac.new(secret_bytes(secret.reveal()), signed, hashlib.sha256).digest()
    return headers | {"webhook-signature": "v1," + base64.b64encode(digest).decode()}


def secret_bytes(text: str) -> bytes:
    """The bytes of a secret such as `whsec_` and base64.

    Raises:
        ValueError: it is none, or shorter than SECRET_BYTES_MIN.
    """
    try:
        value = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        value = b""
    if not text.startswith(SECRET_PREFIX) or len(value) < SECRET_BYTES_MIN:
        raise ValueError(f"must be {SECRET_PREFIX} and the base64 of {SECRET_BYTES_MIN} bytes or more")
    return value
