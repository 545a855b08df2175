"""An access token is believed only when we made it, for this installation, and its time is not over."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from autom8.kernel.errors import Unauthenticated
from autom8.security.keys import WeakKey
from autom8.security.tokens import AccessTokens, Claims, TokenExpired, TokenRefused

KEY = b"k" * 32
NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
SESSION = "0123456789abcdef" * 2
CLAIMS = Claims(user_id=7, session_id=SESSION, user_version=3)
HEADER = {"alg": "HS256", "typ": "at+jwt"}
BODY: dict[str, Any] = {
    "iss": "autom8",
    "aud": "here",
    "sub": "7",
    "sid": SESSION,
    "ver": 3,
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 600,
}


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(KEY, audience="here")


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def forged(
    *,
    header: dict[str, Any] | None = None,
    key: bytes = KEY,
    sign: Callable[..., Any] = hashlib.sha256,
    leave_out: str = "",
    **changes: Any,
) -> str:
    """A token made by hand, so that no library of ours stands between the attack and the reader."""
    body = {name: value for name, value in {**BODY, **changes}.items() if name != leave_out}
    signed = f"{_part(json.dumps(header or HEADER).encode())}.{_part(json.dumps(body).encode())}"
    return f"{signed}.{_part(hmac.digest(key, signed.encode(), sign))}"


def test_a_token_says_what_it_was_made_with(tokens: AccessTokens) -> None:
    assert tokens.read(tokens.make(CLAIMS, now=NOW).reveal(), now=NOW) == CLAIMS


def test_a_token_made_by_hand_with_all_right_is_read_so_that_the_attacks_fail_for_their_own_reason(
    tokens: AccessTokens,
) -> None:
    assert tokens.read(forged(), now=NOW) == CLAIMS


def test_a_token_is_good_for_ten_minutes_and_not_a_second_more(tokens: AccessTokens) -> None:
    token = tokens.make(CLAIMS, now=NOW).reveal()

    tokens.read(token, now=NOW + timedelta(minutes=10, seconds=-1))
    with pytest.raises(TokenExpired):
        tokens.read(token, now=NOW + timedelta(minutes=10))


ATTACKS: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: forged(header={"alg": "none", "typ": "at+jwt"}),
    "no algorithm and no signature": lambda: (
        forged(header={"alg": "none", "typ": "at+jwt"}).rpartition(".")[0] + "."
    ),
    "NONE in capitals": lambda: forged(header={"alg": "NONE", "typ": "at+jwt"}),
    "another hash, rightly signed": lambda: forged(
        header={"alg": "HS512", "typ": "at+jwt"}, sign=hashlib.sha512
    ),
    "another hash named": lambda: forged(header={"alg": "HS384", "typ": "at+jwt"}),
    "a public-key algorithm named": lambda: forged(header={"alg": "RS256", "typ": "at+jwt"}),
    "another type": lambda: forged(header={"alg": "HS256", "typ": "JWT"}),
    "no type": lambda: forged(header={"alg": "HS256"}),
    "a critical extension": lambda: forged(header={**HEADER, "crit": ["exp"], "exp": 1}),
    "a key named in the header": lambda: forged(header={**HEADER, "kid": "../../dev/null"}),
    "a key inside the header": lambda: forged(header={**HEADER, "jwk": {"kty": "oct", "k": _part(KEY)}}),
    "an unencoded payload": lambda: forged(header={**HEADER, "b64": False, "crit": ["b64"]}),
    "another key": lambda: forged(key=b"x" * 32),
    "an empty key": lambda: forged(key=b""),
    "no expiry": lambda: forged(leave_out="exp"),
    "an expiry in text": lambda: forged(exp="9999999999"),
    "a true expiry": lambda: forged(exp=True),
    "an expiry that is no number": lambda: forged(exp=float("inf")),
    "a broken second": lambda: forged(exp=BODY["exp"] + 0.5),
    "no time of issue": lambda: forged(leave_out="iat"),
    "issued in the future": lambda: forged(iat=BODY["iat"] + 3600, exp=BODY["exp"] + 3600),
    "another issuer": lambda: forged(iss="autom9"),
    "no issuer": lambda: forged(leave_out="iss"),
    "another installation": lambda: forged(aud="there"),
    "a list of installations": lambda: forged(aud=["here", "there"]),
    "no installation": lambda: forged(leave_out="aud"),
    "no user": lambda: forged(leave_out="sub"),
    "a user as a number": lambda: forged(sub=7),
    "a user that is no id": lambda: forged(sub="7 OR 1=1"),
    "user zero": lambda: forged(sub="0"),
    "a user in other digits": lambda: forged(sub="\u0667"),
    "no session": lambda: forged(leave_out="sid"),
    "a session that is none": lambda: forged(sid="../" + SESSION[3:]),
    "no version": lambda: forged(leave_out="ver"),
    "a version in text": lambda: forged(ver="3"),
    "nothing": lambda: "",
    "two parts": lambda: forged().rpartition(".")[0],
    "four parts": lambda: forged() + ".x",
    "no base64": lambda: "é.é.é",
    "a payload that is no object": lambda: _signed(b"[1]"),
    "a payload that is no JSON": lambda: _signed(b"{"),
    "padding": lambda: forged() + "==",
    "a very long one": lambda: forged(extra="x" * 5_000),
    "a refresh token": lambda: f"a8r_{SESSION}_1_{'m' * 43}",
}


def _signed(payload: bytes) -> str:
    signed = f"{_part(json.dumps(HEADER).encode())}.{_part(payload)}"
    return f"{signed}.{_part(hmac.digest(KEY, signed.encode(), hashlib.sha256))}"


@pytest.mark.parametrize("attack", ATTACKS)
def test_anything_else_is_refused(tokens: AccessTokens, attack: str) -> None:
    with pytest.raises(TokenRefused):
        tokens.read(ATTACKS[attack](), now=NOW)


def test_no_flipped_bit_of_a_token_goes_unseen(tokens: AccessTokens) -> None:
    header, body, signature = tokens.make(CLAIMS, now=NOW).reveal().split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "="))
    for place in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(Unauthenticated):
            tokens.read(f"{header}.{body}.{_part(bytes(flipped))}", now=NOW)


def test_an_expired_token_with_another_fault_is_refused_and_not_called_expired(tokens: AccessTokens) -> None:
    with pytest.raises(TokenRefused):
        tokens.read(forged(aud="there", exp=1), now=NOW)


def test_a_key_shorter_than_the_hash_is_not_taken() -> None:
    with pytest.raises(WeakKey):
        AccessTokens(b"k" * 31, audience="here")
