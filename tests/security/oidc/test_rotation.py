"""The provider's keys and description: remembered, followed when they change, and not asked for at will."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from autom8.kernel.destinations import Destination
from tests.security.oidc.provider import RSA, Json, provided, sign
from tests.security.oidc.rig import Site, forget_keys, problem, site

NEW = RSAKey.generate_key(2048, parameters={"kid": "rsa-2"})


def age_keys(here: Site, seconds: float) -> None:
    """As if the keys had been asked for that much earlier."""
    assert here.house.services.oidc is not None
    client = here.house.services.oidc.client
    assert client._keys is not None
    client._keys = client._keys[0], client._keys[1] - seconds


def test_description_and_keys_are_asked_for_once(here: Site) -> None:
    forget_keys(here)
    for _ in range(3):
        assert here.browser().sign_in(here.provider).status_code == 200

    assert here.provider.asked.count("/keys") == 1
    assert here.provider.asked.count("/.well-known/openid-configuration") <= 1


def test_a_new_key_is_fetched_when_it_is_first_seen(here: Site) -> None:
    forget_keys(here)
    assert here.browser().sign_in(here.provider).status_code == 200
    age_keys(here, 61)
    here.provider.keys, here.provider.make_token = [RSA, NEW], lambda claims: sign(claims, NEW)

    assert here.browser().sign_in(here.provider).status_code == 200
    assert here.provider.asked.count("/keys") == 2


def test_a_key_that_was_withdrawn_is_forgotten_within_the_hour(here: Site) -> None:
    forget_keys(here)
    assert here.browser().sign_in(here.provider).status_code == 200
    here.provider.keys = [NEW]
    age_keys(here, 3_601)

    assert problem(here.browser().sign_in(here.provider)) == "oidc_refused"


def test_a_flood_of_made_up_key_ids_asks_for_keys_once(here: Site) -> None:
    forget_keys(here)
    assert here.browser().sign_in(here.provider).status_code == 200
    age_keys(here, 61)

    for number in range(10):
        here.provider.make_token = lambda claims, number=number: sign(claims, NEW, kid=f"made-up-{number}")  # type: ignore[misc]
        assert problem(here.browser().sign_in(here.provider)) == "oidc_refused"

    assert here.provider.asked.count("/keys") == 2


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "ftp://127.0.0.1/"},
        {"token_endpoint": "https://127.0.0.1/ x"},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https:///x"},
    ],
)
def test_a_description_that_is_not_the_providers_is_not_believed(tmp_path: Path, described: Json) -> None:
    with provided() as provider, site(tmp_path / "home", provider) as here:
        provider.described = described

        assert problem(here.browser().get("/auth/oidc/start")) == "oidc_unreachable"


def test_a_provider_that_must_not_be_reached_is_not(tmp_path: Path) -> None:
    """The provider, too, is reached through egress: an address inside needs to be listed."""
    with provided() as provider, site(tmp_path / "home", provider, egress_allow=()) as here:
        assert problem(here.browser().get("/auth/oidc/start")) == "oidc_unreachable"
        assert provider.asked == []
        assert here.house.services.telemetry.snapshot()["egress.refused"] == 1


def test_endpoints_elsewhere_are_judged_by_themselves(tmp_path: Path) -> None:
    """A provider whose description names an address inside does not get us there."""
    with provided() as inside, provided() as provider:
        port = int(provider.url.rpartition(":")[2])
        allow = (Destination.read(f"127.0.0.1:{port}"),)
        with site(tmp_path / "home", provider, egress_allow=allow) as here:
            provider.described = {"token_endpoint": f"{inside.url}/token"}

            assert problem(here.browser().sign_in(provider)) == "oidc_unreachable"
            assert inside.asked == []


def test_an_answer_without_the_providers_name_is_refused_where_it_always_says_it(tmp_path: Path) -> None:
    with provided() as provider, site(tmp_path / "home", provider) as here:
        provider.described = {"authorization_response_iss_parameter_supported": True}

        assert problem(here.browser().sign_in(provider)) == "oidc_refused"


def test_a_slow_provider_does_not_take_every_thread(tmp_path: Path) -> None:
    with provided() as provider, site(tmp_path / "home", provider) as here:
        provider.delay_s = 3
        found: list[str] = []
        threads = [
            threading.Thread(target=lambda: found.append(_told(here.browser().get("/auth/oidc/start"))))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert found.count("oidc_busy") == 4
        assert found.count("let go") == 2


def _told(answer: Any) -> str:
    location: str = answer.headers["Location"]
    return location.rpartition("=")[2] if location.startswith("/login") else "let go"
