"""The dead-man's switch: somebody else's watch is pinged while this server is well, and not otherwise.

Silence is the alarm, since a frozen machine can say nothing. So nothing is sent in place of a ping that is
held back, and none is sent later. Does not know what being well is made of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from autom8.egress.errors import EgressError
from autom8.egress.service import Answer, Ask, Limits
from autom8.kernel.secrets import Secret
from autom8.kernel.telemetry import Telemetry

log = logging.getLogger(__name__)

_LIMITS: Final = Limits(time=timedelta(seconds=10), body_bytes_max=64 * 1024, redirects_max=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadMan:
    """Pings one URL. `ailing` names what is amiss with this server; empty when it is well."""

    url: Secret  # who knows it could ping in our place
    ask: Callable[[Ask], Answer]
    ailing: Callable[[], Sequence[str]]
    telemetry: Telemetry

    def look(self) -> bool:
        """Ping once if this server is well; whether the far side took it. Never raises for the far side."""
        if amiss := self.ailing():
            self.telemetry.count("dead_man.held_back")
            log.error("dead_man_held_back", extra={"fields": {"stalled": list(amiss)}})
            return False
        try:
            status = self.ask(Ask(url=self.url.reveal(), purpose="dead_man", limits=_LIMITS)).status
        except EgressError as error:
            return self._failed(error.code)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return self._failed(f"status {status}")
        self.telemetry.count("dead_man.sent")
        return True

    def _failed(self, why: str) -> bool:
        self.telemetry.count("dead_man.failed")
        log.warning("dead_man_failed", extra={"fields": {"reason": why}})
        return False
