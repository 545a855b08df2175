"""Random names: request ids, lease tokens, worker incarnations."""

from __future__ import annotations

import secrets
import uuid


def new_request_id() -> str:
    """22 URL-safe characters, unguessable."""
    return secrets.token_urlsafe(16)


def new_lease_token() -> str:
    """A fence: 32 hex characters, never given twice."""
    return uuid.uuid4().hex
