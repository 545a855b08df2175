"""Settings of what may be reached, and of the provider by which people sign in."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from autom8.config import Settings, read_settings
from autom8.kernel.destinations import Destination
from autom8.kernel.errors import Misconfigured
from autom8.kernel.vocabulary import Role

PROVIDER = {
    "AUTOM8_PUBLIC_URL": "https://autom8.example.org",
    "AUTOM8_OIDC_ISSUER": "https://login.example.org/realms/ops",
    "AUTOM8_OIDC_CLIENT_ID": "autom8",
    "AUTOM8_OIDC_CLIENT_SECRET": "hunter2",
    "AUTOM8_OIDC_ROLE_CLAIM": "groups",
    "AUTOM8_OIDC_ROLES": "CN=ops=operator, admins=admin",
}
PRODUCTION = {
    "AUTOM8_ENV": "production",
    "AUTOM8_SECRET_KEY": string.ascii_lowercase * 2,
    "AUTOM8_PASSWORD_PEPPER": string.ascii_uppercase * 2,
    "AUTOM8_BEHIND_TLS_PROXY": "1",
    "AUTOM8_KEYRING_FILE": "/run/keyring.json",
}


def settled(tmp_path: Path, **env: str) -> Settings:
    return read_settings({"AUTOM8_HOME": str(tmp_path), **env})


def refused(tmp_path: Path, **env: str) -> str:
    with pytest.raises(Misconfigured) as caught:
        settled(tmp_path, **env)
    return str(caught.value)


def test_nothing_private_may_be_reached_and_nobody_signs_in_elsewhere_by_default(tmp_path: Path) -> None:
    settings = settled(tmp_path)

    assert (settings.egress_allow, settings.egress_ports, settings.egress_ca_file) == ((), (), None)
    assert settings.oidc_issuer == ""


def test_what_may_be_reached_is_a_list(tmp_path: Path) -> None:
    settings = settled(
        tmp_path,
        AUTOM8_EGRESS_ALLOW="10.0.0.0/8, localhost:5556,[fd00::7]:443,",
        AUTOM8_EGRESS_PORTS="443,8000-8099",
    )

    listed = [Destination.read(each) for each in ("10.0.0.0/8", "localhost:5556", "[fd00::7]:443")]
    assert list(settings.egress_allow) == listed
    assert [str(each) for each in listed] == ["10.0.0.0/8", "localhost:5556", "[fd00::7/128]:443"]
    assert settings.egress_ports == (range(443, 444), range(8000, 8100))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AUTOM8_EGRESS_ALLOW", "10.0.0.1/8", "lists '10.0.0.1/8', which is no network"),
        ("AUTOM8_EGRESS_ALLOW", "http://x", "lists 'http://x', which is no network"),
        ("AUTOM8_EGRESS_ALLOW", "x:99999", "lists 'x:99999', which has a port that is none"),
        ("AUTOM8_EGRESS_ALLOW", "127.1", "is neither a network nor a host"),
        ("AUTOM8_EGRESS_PORTS", "0", "lists '0', which is no port"),
        ("AUTOM8_EGRESS_PORTS", "90-80", "lists '90-80'"),
        ("AUTOM8_EGRESS_PORTS", "http", "lists 'http'"),
        ("AUTOM8_OIDC_ISSUER", "login.example.org", "must be an address"),
        ("AUTOM8_OIDC_ISSUER", "https://login.example.org?x", "must be an address"),
        ("AUTOM8_OIDC_ISSUER", "https://me@login.example.org", "must be an address"),
        ("AUTOM8_OIDC_ROLES", "ops", "must give each a role"),
        ("AUTOM8_OIDC_ROLES", "ops=root", "must give each a role"),
        ("AUTOM8_OIDC_DEFAULT_ROLE", "root", "must be one of viewer, operator, admin"),
        ("AUTOM8_OIDC_SCOPES", "profile", "with openid among them"),
    ],
)
def test_an_odd_value_is_named(tmp_path: Path, name: str, value: str, words: str) -> None:
    assert words in refused(tmp_path, **{name: value})


def test_a_provider_is_set_up_whole(tmp_path: Path) -> None:
    settings = settled(tmp_path, **PROVIDER)

    assert settings.oidc_roles == (("CN=ops", Role.OPERATOR), ("admins", Role.ADMIN))
    assert settings.oidc_scopes == "openid profile email"
    assert settings.oidc_default_role is None
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("AUTOM8_PUBLIC_URL", "needs AUTOM8_PUBLIC_URL"),
        ("AUTOM8_OIDC_CLIENT_ID", "needs AUTOM8_OIDC_CLIENT_ID"),
        ("AUTOM8_OIDC_ROLE_CLAIM", "belong together"),
        ("AUTOM8_OIDC_ROLES", "belong together"),
    ],
)
def test_a_provider_with_something_missing_stops_the_start(tmp_path: Path, missing: str, words: str) -> None:
    given = {name: value for name, value in PROVIDER.items() if name != missing}

    assert words in refused(tmp_path, **given)


def test_a_provider_by_which_nobody_could_come_in_stops_the_start(tmp_path: Path) -> None:
    given = {name: value for name, value in PROVIDER.items() if not name.startswith("AUTOM8_OIDC_ROLE")}

    assert "nobody could come in" in refused(tmp_path, **given)
    assert settled(tmp_path, **given, AUTOM8_OIDC_DEFAULT_ROLE="viewer").oidc_default_role is Role.VIEWER


@pytest.mark.parametrize("name", ["AUTOM8_OIDC_ISSUER", "AUTOM8_PUBLIC_URL"])
def test_production_speaks_with_a_provider_by_https_only(tmp_path: Path, name: str) -> None:
    plain = PROVIDER[name].replace("https://", "http://")

    assert settled(tmp_path, **PRODUCTION, **PROVIDER).production
    assert f"{name} must begin with https://" in refused(tmp_path, **PRODUCTION, **PROVIDER | {name: plain})
