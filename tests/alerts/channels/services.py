"""What the tests of services share: a form of each, and what its API gets, over our own way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from autom8.alerts.channels.outgoing import Address, Outgoing, Sent
from autom8.alerts.channels.senders import Senders, filled_in
from autom8.alerts.channels.through_apprise import AppriseSender
from autom8.egress.service import Answer, Ask, Egress
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ChannelKind
from tests.egress.far_side import OK, FarSide, Serve, far_side, way_out

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ZERO_WIDTH = "\u200b"
TOLD = Outgoing(
    key="6f1c64d5-53a7-4a4e-8a0b-3b4a5a0c1f10",
    subject="FIRING: bäckup <1>",
    text='File "<stdin>", line 1\n<!channel> @everyone *x* & `y`\n',
    pages=True,
    to=Address(name="Ada", phone="+4930123456"),
)
FIELDS: Mapping[ChannelKind, dict[str, Any]] = {
    ChannelKind.SLACK: {
        "webhook_url": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    },
    ChannelKind.TEAMS: {
        "webhook_url": "https://prod-12.westus.logic.azure.com:443/workflows/0123456789abcdef0123456789abcdef"
        "/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a_B-1"
    },
    ChannelKind.TELEGRAM: {
        "bot_token": "123456789:AAabcdefghijklmnop_qrstuv-wxyz",
        "chat_id": "-100123",
    },
    ChannelKind.NTFY: {"topic": "ops-a1b2", "token": "tk_0123456789abcdef"},
    ChannelKind.PUSHOVER: {"user_key": "u" * 30, "api_token": "a" * 30},
    ChannelKind.TWILIO: {
        "account_sid": "AC" + "a" * 32,
        "auth_token": "b" * 32,
        "from_phone": "+15005550006",
    },
    ChannelKind.DISCORD: {"webhook_url": f"https://discord.com/api/webhooks/{'1' * 18}/{'a' * 68}"},
    ChannelKind.APPRISE: {"url": "jsons://hooks.example/deploy"},
}


@dataclass
class Rerouted:
    """Our way out, with each service's host led to a receiver on loopback; all else is real."""

    side: FarSide
    egress: Egress = field(default_factory=lambda: way_out("127.0.0.1"))
    asked: list[Ask] = field(default_factory=list)

    def ask(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        parts = urlsplit(ask.url)
        here = urlunsplit(("http", f"127.0.0.1:{self.side.port}", parts.path, parts.query, ""))
        return self.egress.ask(replace(ask, url=here))

    def connect(self, *_: Any, **__: Any) -> Any:
        raise AssertionError

    secure = connect


@dataclass
class Got:
    """What a service's API was asked, and how it went."""

    sent: Sent
    ask: Ask
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


def send(kind: ChannelKind, told: Outgoing = TOLD, *, answer: Serve | bytes = OK) -> Got:
    """Fill in a kind's form, and send by it."""
    fields = filled_in(kind, FIELDS[kind], {})
    with far_side(answer) as side:
        way = Rerouted(side)
        sent = Senders(way_out=way, now=lambda: NOON, source="x").of(kind, fields).send(told)
    assert len(way.asked) == 1
    return Got(sent, way.asked[0], side.asked[0].partition(b"\r\n\r\n")[2])


def by_url(url: str, side: FarSide, **changes: Any) -> tuple[Sent, Rerouted]:
    way = Rerouted(side)
    made = AppriseSender(url_for=lambda _: Secret(url), ask=way.ask, now=lambda: NOON)
    return made.send(replace(TOLD, **changes)), way
