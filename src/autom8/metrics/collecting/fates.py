"""What becomes of a batch after a try, and when the next try is. Rules only: no I/O, no clock."""

from __future__ import annotations

from enum import Enum
from typing import Final

from autom8.metrics.collecting.ports import Reply

RETRY_FIRST_S: Final = 1.0  # doubling
RETRY_LONGEST_S: Final = 60.0
RETRY_AFTER_S_MAX: Final = 900.0  # whatever a server asks for
# Answers that say something of the way or of the key, and nothing of the batch: another would fare no better.
_NOT_ABOUT_THE_BATCH: Final = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 429})
_ALREADY_DONE: Final = "already_done"  # our server's word for a repeat whose first answer is lost


class Fate(Enum):
    """What becomes of a batch."""

    DELIVERED = "delivered"
    LATER = "later"
    REFUSED = "refused"


def fate_of(reply: Reply) -> Fate:
    """What an answer means: 2xx is delivered, other 4xx about the batch refuse it, all else is for later."""
    if 200 <= reply.status < 300 or (reply.status == 409 and reply.code == _ALREADY_DONE):
        return Fate.DELIVERED
    if 400 <= reply.status < 500 and reply.status not in _NOT_ABOUT_THE_BATCH:
        return Fate.REFUSED
    return Fate.LATER


def wait_s(failures: int, *, asked_s: float | None, chance: float) -> float:
    """Seconds until the next try after so many failures in a row (from 1 up).

    `chance` (0 to 1) shortens it by up to a half, so that many hosts don't come back at once. What the
    server asked for is the least, and not shortened.
    """
    longest = min(RETRY_LONGEST_S, RETRY_FIRST_S * (1 << min(failures - 1, 16)))
    own = longest * (1 - chance / 2)
    return max(own, min(asked_s or 0.0, RETRY_AFTER_S_MAX))
