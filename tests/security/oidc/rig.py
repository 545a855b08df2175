"""Browsers that go to a provider and come back, on a house that is set up with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from autom8.kernel.destinations import Destination
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role
from tests.api.rig import Answer, Caller, House, Json, opened
from tests.security.oidc.provider import CLIENT_ID, CLIENT_SECRET, Provider

PUBLIC_URL = "http://localhost:8008"


@dataclass
class Browser:
    """One browser: its cookies, by name."""

    caller: Caller
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.caller.get(path, headers={"Host": "localhost:8008", "Cookie": sent})
        for header in answer.headers.getlist("Set-Cookie"):
            name, _, rest = header.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return answer

    def start(self, query: str = "") -> str:
        """Where the provider's page is."""
        answer = self.get(f"/auth/oidc/start{query}")
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def come_back(self, returned: Json) -> Answer:
        return self.get(f"/auth/oidc/callback?{urlencode(returned)}")

    def sign_in(self, provider: Provider, **claims: Any) -> Answer:
        return self.come_back(provider.let_in(self.start(), **claims))

    def session(self) -> Json:
        answer = self.get("/auth/session")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json
        return found

    @property
    def is_in(self) -> bool:
        return self.get("/auth/session").status_code == 200


@dataclass
class Site:
    """A house and the provider that it trusts."""

    house: House
    provider: Provider

    def browser(self) -> Browser:
        return Browser(self.house.stranger)

    def trail(self) -> list[Json]:
        """What the audit trail tells of sign-ins, newest first."""
        items: list[Json] = self.house.local.get("/audit").json["items"]
        return items

    def users(self) -> list[Json]:
        found: list[Json] = self.house.local.get("/users").json["items"]
        return found


@contextmanager
def site(home: Path, provider: Provider, url: str | None = None, **settings: Any) -> Iterator[Site]:
    given = {
        "public_url": PUBLIC_URL,
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": Secret(CLIENT_SECRET),
        "oidc_label": "Our login",
        "oidc_role_claim": "groups",
        "oidc_roles": (("ops", Role.OPERATOR), ("admins", Role.ADMIN)),
        "egress_allow": (Destination.read("127.0.0.1"),),
        **settings,
    }
    with opened(home, url, **given) as house:
        yield Site(house, provider)


def problem(answer: Answer) -> str:
    """The code with which a browser is sent to the login."""
    assert answer.status_code == 302, (answer.status_code, answer.text)
    found = re.fullmatch(r"/login\?problem=([a-z_]+)", answer.headers["Location"])
    assert found is not None, answer.headers["Location"]
    assert answer.data == b""
    return found[1]


def forget_keys(here: Site) -> None:
    """As if the provider had never been asked for its keys."""
    assert here.house.services.oidc is not None
    here.house.services.oidc.client._keys = None


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
