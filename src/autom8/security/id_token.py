"""Verifies ID tokens (OpenID Connect Core 1.0, 3.1.3.7). No I/O and no clock.

The key is chosen by the token's `kid` among the provider's own, and its kind must fit the algorithm, which
must be one of three: `none` and everything symmetric is refused before any key is looked at.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from autom8.security.oidc_provider import Identity, OidcRefused

ALGORITHMS: Final = {"RS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}
SKEW_S: Final = 60  # between the provider's clock and ours
AGE_MAX_S: Final = 600  # since it was issued: it comes straight from the token endpoint
_TOKEN_CHARACTERS_MAX: Final = 32_768
_SUBJECT_CHARACTERS_MAX: Final = 255  # OpenID Connect Core 1.0, 2
_RSA_BITS_MIN: Final = 2_048
_KEYS: Final[Mapping[str, type[RSAKey | ECKey | OKPKey]]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_HASHES: Final = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


class _Registry(jws.JWSRegistry):
    """joserfc's rules, but for two: providers add words to the header, and still say EdDSA.

    (RFC 9864 renames it, joserfc warns of the old name, and OpenID Connect knows no other.)
    """

    max_header_length = 8_192  # with a chain of certificates
    max_payload_length = _TOKEN_CHARACTERS_MAX

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


_REGISTRY: Final = _Registry(strict_check_header=False)
Jwk = Mapping[str, Any]
FindKeys = Callable[[str | None], list[Jwk]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say to be the answer to our question."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """A token whose signature is right: what it says is the provider's word, and may still be another's."""

    algorithm: str
    claims: Mapping[str, Any]

    @classmethod
    def read(cls, token: str, find_keys: FindKeys) -> IdToken:
        """The token, its signature checked with a key that `find_keys` has for its key id.

        Raises:
            OidcRefused: it is no token, its algorithm is not taken, or no key of the provider signed it.
        """
        if len(token) > _TOKEN_CHARACTERS_MAX or token.count(".") != 2:
            raise OidcRefused("no_token")
        header = _header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise OidcRefused("algorithm")
        if "crit" in header or not isinstance(kid, str | None):
            raise OidcRefused("header")
        fitting = [key for key in find_keys(kid) if _fits(key, algorithm, kid)]
        if len(fitting) != 1:  # none, or a choice that we would have to guess
            raise OidcRefused("key")
        try:
            key = _KEYS[fitting[0]["kty"]].import_key(_public(fitting[0]))
            payload = jws.deserialize_compact(token, key, [algorithm], registry=_REGISTRY).payload
            claims = orjson.loads(payload)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OidcRefused("signature") from error
        if not isinstance(claims, dict):
            raise OidcRefused("no_token")
        return cls(algorithm=algorithm, claims=claims)

    def prove(self, expected: Expected, *, access_token: str, now: float) -> Identity:
        """Whom the token proves.

        Raises:
            OidcRefused: it is another issuer's, for another client, too old, or answers another question.
        """
        claims = self.claims
        if claims.get("iss") != expected.issuer:
            raise OidcRefused("issuer")
        _refuse_other_audience(claims, expected.client_id)
        expires, issued = _number(claims, "exp"), _number(claims, "iat")
        if expires <= now - SKEW_S:
            raise OidcRefused("expired")
        if not now - AGE_MAX_S <= issued <= now + SKEW_S:
            raise OidcRefused("issued_at")
        if "nbf" in claims and _number(claims, "nbf") > now + SKEW_S:
            raise OidcRefused("not_before")
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
            raise OidcRefused("nonce")
        if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token, self.algorithm):
            raise OidcRefused("access_token")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_CHARACTERS_MAX or "\0" in subject:
            raise OidcRefused("subject")
        authenticated_at = int(_number(claims, "auth_time")) if "auth_time" in claims else None
        return Identity(
            issuer=expected.issuer, subject=subject, claims=claims, authenticated_at=authenticated_at
        )


def _header(token: str) -> dict[str, Any]:
    try:
        part = token.partition(".")[0]
        header = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError as error:
        raise OidcRefused("no_token") from error
    if not isinstance(header, dict):
        raise OidcRefused("no_token")
    return header


def _fits(key: Jwk, algorithm: str, kid: str | None) -> bool:
    kind, curve = ALGORITHMS[algorithm]
    return (
        key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
        and (kind != "RSA" or _bits(key.get("n")) >= _RSA_BITS_MIN)
    )


def _bits(number: object) -> int:
    """How long an RSA modulus is; no modulus has no length."""
    try:
        raw = base64.urlsafe_b64decode(f"{number}==")
    except ValueError:
        return 0
    return int.from_bytes(raw).bit_length()


def _public(key: Jwk) -> dict[str, Any]:
    """The key without what a provider should not have published, and without words that narrow its use."""
    return {name: key[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in key}


def _refuse_other_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    for_whom = audience if isinstance(audience, list) else [audience]
    if client_id not in for_whom:
        raise OidcRefused("audience")
    authorized = claims.get("azp")
    if authorized != client_id and (authorized is not None or len(for_whom) > 1):
        raise OidcRefused("authorized_party")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OidcRefused(name)
    return value


def _half_hash(text: str, algorithm: str) -> str:
    digest = _HASHES[algorithm](text.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
