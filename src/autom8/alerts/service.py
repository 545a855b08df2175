"""Everything that tells, built together: what callers may ask of alerts, and the thread's work."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from autom8.alerts.channels.senders import Senders, WayOut
from autom8.alerts.channels.service import ChannelService, Vault
from autom8.alerts.checks.check import CronAfter
from autom8.alerts.checks.pinging import Pinging
from autom8.alerts.checks.service import CheckService
from autom8.alerts.incidents.casebook import Casebook
from autom8.alerts.incidents.escalating import Escalator
from autom8.alerts.incidents.service import IncidentService
from autom8.alerts.looking import noting
from autom8.alerts.looking.checks import look_at_checks
from autom8.alerts.looking.looker import Looker
from autom8.alerts.looking.tasks import look_at_tasks
from autom8.alerts.looking.things import look_at_channels, look_at_pushed
from autom8.alerts.messages.composing import AddressOf, Composer
from autom8.alerts.messages.links import Links
from autom8.alerts.messages.preview import Previews
from autom8.alerts.outbox.planning import Planner
from autom8.alerts.outbox.sending import Outbox
from autom8.alerts.outbox.service import MessageService
from autom8.alerts.outbox.settling import Settler
from autom8.alerts.own.signs import look_at_own
from autom8.alerts.policies.targets import policy_of, reached
from autom8.alerts.pushed.service import PushService
from autom8.alerts.rules import service as rule_service
from autom8.alerts.rules.service import RuleService, rules_of
from autom8.alerts.shelf import Shelf
from autom8.alerts.silences.holding import changes_at, holding
from autom8.alerts.silences.service import SilenceService, dependencies
from autom8.alerts.telling import Telling
from autom8.kernel.clock import Clock
from autom8.kernel.events import Bus, ContactErased
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import LookKind
from autom8.repositories.unit_of_work import BeginWork

BATCH: Final = 500  # rows that retention removes in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What alerts stand on. `base_url` is where people reach this server, empty where that is not known."""

    begin: BeginWork
    read: BeginWork
    clock: Clock
    telemetry: Telemetry
    vault: Vault
    check_vault: Vault
    cron_after: CronAfter
    way_out: WayOut
    address_of: AddressOf
    installation_key: str
    base_url: str
    links_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertServices:
    """What callers may ask, and the work of the thread."""

    incidents: IncidentService
    rules: RuleService
    channels: ChannelService
    checks: CheckService
    pinging: Pinging
    silences: SilenceService
    dependencies: Shelf
    pushed: PushService
    messages: MessageService
    links: Links
    composer: Composer
    previews: Previews
    telling: Telling
    begin: BeginWork

    def prune(self, age_max: timedelta) -> None:
        """Forget what ended longer ago than this: incidents with their stories, messages, links, signs,
        silences, and alerts that others pushed.
        """
        for name in ("incidents", "messages", "silences", "pushed"):
            while self._prune(name, age_max) == BATCH:
                pass
        with self.begin() as work:
            work.links.forget_expired(work.now())
            work.own_signs.forget_before(work.now() - age_max)
            work.commit()
        self.checks.prune()

    def _prune(self, name: str, age_max: timedelta) -> int:
        with self.begin() as work:
            before = work.now() - age_max
            remove = {
                "incidents": work.incidents.remove_resolved_before,
                "messages": work.messages.remove_ended_before,
                "silences": work.silences.remove_over_before,
                "pushed": work.pushed.remove_over_before,
            }[name]
            removed = remove(before, limit=BATCH)
            work.commit()
        return removed


def build_alerts(ground: Ground, bus: Bus) -> AlertServices:
    """The services that tell; what they look at is heard from `bus`."""
    begin, read = ground.begin, ground.read
    with read() as work:
        serving_since = work.now()  # by the clock that says when something was pushed
    noting.subscribe(bus)
    rule_service.subscribe(bus)
    casebook = Casebook(Escalator(policy_of=policy_of, reached=reached, holding=holding))
    incidents = IncidentService(begin=begin, read=read, casebook=casebook)
    links = Links(
        key=ground.links_key,
        base_url=ground.base_url,
        begin=begin,
        read=read,
        acknowledge=incidents.acknowledge_within,
    )
    composer = Composer(address_of=ground.address_of, base_url=ground.base_url, ack_url=links.url)
    channels = _channels(ground, composer)
    bus.within(ContactErased, channels.follow_contact)
    return AlertServices(
        incidents=incidents,
        rules=RuleService(begin=begin, read=read),
        channels=channels,
        checks=CheckService(
            begin=begin,
            read=read,
            vault=ground.check_vault,
            cron_after=ground.cron_after,
            base_url=ground.base_url,
        ),
        pinging=Pinging(begin=begin, read=read, cron_after=ground.cron_after),
        silences=SilenceService(begin=begin, read=read),
        dependencies=dependencies(begin, read),
        pushed=PushService(begin=begin, read=read, started_at=serving_since),
        messages=MessageService(begin=begin, read=read),
        links=links,
        composer=composer,
        previews=Previews(read=read, base_url=ground.base_url),
        telling=Telling(
            read=read,
            looker=_looker(ground, casebook, serving_since),
            planner=Planner(begin=begin, holding=holding),
            outbox=Outbox(
                begin=begin,
                read=read,
                compose=composer.compose,
                sender_of=channels.sender_of,
                settler=Settler(holding=holding),
                telemetry=ground.telemetry,
            ),
            clock=ground.clock,
            telemetry=ground.telemetry,
        ),
        begin=begin,
    )


def _channels(ground: Ground, composer: Composer) -> ChannelService:
    source = ground.base_url or f"urn:autom8:{ground.installation_key}"
    return ChannelService(
        begin=ground.begin,
        read=ground.read,
        vault=ground.vault,
        senders=Senders(way_out=ground.way_out, now=ground.clock.now, source=source),
        test_message=composer.test_message,
    )


def _looker(ground: Ground, casebook: Casebook, serving_since: datetime) -> Looker:
    return Looker(
        begin=ground.begin,
        sources={
            LookKind.TASK: look_at_tasks,
            LookKind.CHECK: look_at_checks,
            LookKind.CHANNEL: look_at_channels,
            LookKind.OWN: look_at_own,
            LookKind.PUSHED: partial(look_at_pushed, serving_since=serving_since),
        },
        rules_of=rules_of,
        casebook=casebook,
        telemetry=ground.telemetry,
        changes_at=changes_at,
    )
