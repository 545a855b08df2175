"""Mends what waits in the database after a clock was set back: it would wait for as long as the step was.

Any number of servers may do it, and do it again: what was mended lies no more in the future.
"""

from __future__ import annotations

from datetime import datetime

from autom8.alerts.checks.check import CronAfter, rhythm_from, set_back
from autom8.alerts.checks.pinging import columns_of, standing_of
from autom8.alerts.incidents.escalating import FOR_EVER
from autom8.alerts.outbox.sending import LEASE
from autom8.kernel.vocabulary import LookKind
from autom8.repositories.unit_of_work import Work


def mend(work: Work, now: datetime, before: datetime, cron_after: CronAfter) -> None:
    """Have all that waits go on by a clock that says `now`, and said `before` or later.

    Looks, lanes and tries that are due later are due now: each says anew what it waits for, and an escalation
    holds itself to the delays of its policy. Checks and acknowledgements that began later than now are moved
    by the step. What else a person or another program said by the clock stays as it was said: silences,
    overrides, the ends of pushed alerts.
    """
    work.task_facts.draw_back(now)
    for check in work.checks.of_the_future(now):
        rhythm = rhythm_from(check.schedule, check.grace_s)
        after = set_back(standing_of(check), rhythm, cron_after, at=now, before=before)
        work.checks.change(check.id, columns_of(after))
        work.looks.bring_forward(LookKind.CHECK, [check.id], now)
    work.looks.bring_within(now, latest=now)
    for incident in work.incidents.acknowledged_after(now):
        until = incident.acknowledged_until
        ends = until is not None and until < FOR_EVER
        at = min(incident.acknowledged_at - (before - now), now)
        moved = {"acknowledged_at": at} | ({"acknowledged_until": until - (before - now)} if ends else {})
        work.incidents.change(incident.id, moved)
    work.incidents.bring_within(now)
    work.notices.bring_within(now, latest=now)
    work.messages.bring_within(now, latest=now, lease=LEASE)
    work.own_signs.draw_back(now)
