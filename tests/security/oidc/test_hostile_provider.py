"""What a provider, or somebody between, might send: all refused, and nothing of it told to the browser."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.security.oidc.provider import (
    CLIENT_ID,
    EC,
    ED,
    OTHER,
    RSA,
    Json,
    sign,
    signed_with_the_public_key,
    unsigned,
)
from tests.security.oidc.rig import Site, forget_keys, problem

NOW = int(time.time())
FRESH = "subject-of-nobody"


@pytest.mark.parametrize("key", [RSA, EC, ED], ids=["RS256", "ES256", "EdDSA"])
def test_each_algorithm_that_is_taken_lets_in(here: Site, key: Any) -> None:
    here.provider.make_token = lambda claims: sign(claims, key)
    browser = here.browser()

    assert browser.sign_in(here.provider).status_code == 200
    assert browser.is_in


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 1}, "nonce"),
        ({"aud": "another-client"}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": [CLIENT_ID, "another"]}, "authorized_party"),
        ({"aud": [CLIENT_ID, "another"], "azp": "another"}, "authorized_party"),
        ({"azp": "another"}, "authorized_party"),
        ({"iss": "https://another.example"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"exp": NOW - 3_600}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "9999999999"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": NOW - 86_400}, "issued_at"),
        ({"iat": NOW + 3_600}, "issued_at"),
        ({"nbf": NOW + 3_600}, "not_before"),
        ({"sub": None}, "subject"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": "x" * 256}, "subject"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "access_token"),
    ],
)
def test_a_token_that_says_the_wrong_thing_lets_nobody_in(here: Site, claims: Json, reason: str) -> None:
    browser = here.browser()

    assert problem(browser.sign_in(here.provider, **claims)) == "oidc_refused"
    assert not browser.is_in
    told = here.trail()[0]
    assert (told["action"], told["details"]) == ("sign_in.failed", {"method": "oidc", "reason": reason})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda claims: unsigned(claims, {"alg": "none"}), "algorithm"),
        (lambda claims: unsigned(claims, {"alg": "None"}), "algorithm"),
        (lambda claims: unsigned(claims, {"alg": ["RS256"]}), "algorithm"),
        (lambda claims: unsigned(claims, {}), "algorithm"),
        (signed_with_the_public_key, "algorithm"),
        (lambda claims: unsigned(claims, {"alg": "RS256", "kid": "rsa-1"}), "signature"),
        (lambda claims: sign(claims, OTHER), "signature"),
        (lambda claims: sign(claims)[:-6] + "AAAAAA", "signature"),
        (lambda claims: sign(claims, RSA, kid="ec-1"), "key"),
        (lambda claims: sign(claims, RSA, kid="unknown"), "key"),
        (lambda claims: unsigned(claims, {"alg": "RS256", "kid": 7}), "header"),
        (lambda claims: sign(claims, RSA, jwk=OTHER.as_dict(private=False)) + "x", "signature"),
        (
            lambda claims: unsigned(claims, {"alg": "RS256", "kid": "rsa-1", "crit": ["b64"], "b64": False}),
            "header",
        ),
        (lambda _: "not a token", "no_token"),
        (lambda _: "a.b.c", "no_token"),
        (lambda claims: sign(claims) + "." + "A" * 40_000, "no_token"),
        (lambda _: "", "no_token"),
    ],
)
def test_a_token_that_is_not_signed_right_lets_nobody_in(
    here: Site, make: Callable[[Json], str], reason: str
) -> None:
    here.provider.make_token = make
    browser = here.browser()

    assert problem(browser.sign_in(here.provider)) == "oidc_refused"
    assert not browser.is_in
    assert here.trail()[0]["details"] == {"method": "oidc", "reason": reason}


def test_a_key_that_is_too_short_is_not_believed(here: Site) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        short = RSAKey.generate_key(1024, parameters={"kid": "short"})
    forget_keys(here)
    here.provider.keys = [RSA, short]
    here.provider.make_token = lambda claims: sign(claims, short)

    assert problem(here.browser().sign_in(here.provider)) == "oidc_refused"
    assert here.trail()[0]["details"]["reason"] == "key"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((400, b'{"error": "invalid_grant", "error_description": "PROVIDER TEXT <b>"}'), "oidc_refused"),
        ((200, b"PROVIDER TEXT"), "oidc_unreachable"),
        ((500, b"PROVIDER TEXT"), "oidc_unreachable"),
        ((200, b'["PROVIDER TEXT"]'), "oidc_unreachable"),
        ((200, b'{"access_token": "x"}'), "oidc_refused"),
        ((200, b'{"access_token": 1, "id_token": 2}'), "oidc_refused"),
        ((302, b""), "oidc_unreachable"),
    ],
)
def test_what_the_provider_writes_is_never_passed_on(
    here: Site, caplog: pytest.LogCaptureFixture, answer: tuple[int, bytes], code: str
) -> None:
    here.provider.token_answer = answer
    came_back = here.browser().sign_in(here.provider)

    assert problem(came_back) == code
    assert "PROVIDER TEXT" not in str(came_back.headers)
    assert "PROVIDER TEXT" not in caplog.text


def test_an_error_in_the_address_says_no_and_nothing_else(here: Site) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start())
    said = {"error": "access_denied", "error_description": "<script>alert(1)</script>"}

    answer = browser.come_back({"state": returned["state"], **said})

    assert problem(answer) == "oidc_denied"
    assert here.provider.posted == []


@pytest.mark.parametrize("issuer", ["https://another.example", "", "http://127.0.0.1"])
def test_another_providers_answer_is_not_mixed_up_with_ours(here: Site, issuer: str) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start())

    assert problem(browser.come_back({**returned, "iss": issuer})) == "oidc_refused"
    assert here.provider.posted == []  # the code was shown to nobody


def test_the_providers_own_name_in_the_address_is_right(here: Site) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start())

    assert browser.come_back({**returned, "iss": here.provider.url}).status_code == 200


@pytest.mark.parametrize(
    "userinfo",
    [{"sub": "another", "groups": ["admins"]}, {"groups": ["admins"]}, {"sub": ["subject-1"]}],
)
def test_userinfo_of_another_person_is_refused(here: Site, userinfo: Json) -> None:
    here.provider.userinfo = userinfo

    assert problem(here.browser().sign_in(here.provider, groups=None)) == "oidc_refused"


def test_userinfo_gives_what_the_token_lacks_but_not_what_it_says_otherwise(here: Site) -> None:
    here.provider.userinfo = {"sub": "subject-2", "groups": ["admins"], "preferred_username": "grace"}
    browser = here.browser()

    assert (
        browser.sign_in(here.provider, sub="subject-2", preferred_username="hopper", groups=None).status_code
        == 200
    )
    user = browser.session()["user"]
    assert (user["name"], user["role"]) == ("hopper", "admin")
