"""A provider of our own on loopback, which is right in everything but what a test has it do wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

Json = dict[str, Any]
CLIENT_ID, CLIENT_SECRET = "autom8-here", "the client's s3cret"
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec-1"})
ED = OKPKey.generate_key("Ed25519", parameters={"kid": "ed-1"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "rsa-1"})  # says it is the first


def sign(claims: Json, key: Any = RSA, **header: Any) -> str:
    """An ID token, as a provider signs it."""
    algorithm = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}[key.as_dict()["kty"]]
    protected = {"alg": algorithm, "kid": key.kid, **header}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # joserfc deplores the name EdDSA
        return jws.serialize_compact(protected, json.dumps(claims), key, algorithms=[algorithm])


def unsigned(claims: Json, header: Json, signature: bytes = b"") -> str:
    """A token put together by hand."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def signed_with_the_public_key(claims: Json, _key: Any = None) -> str:
    """The old trick: HMAC, keyed with what the provider publishes as its public RSA key."""
    header = {"alg": "HS256", "kid": "rsa-1"}
    said = unsigned(claims, header).rpartition(".")[0]
    return unsigned(claims, header, hmac.digest(RSA.as_pem(private=False), said.encode(), hashlib.sha256))


@dataclass
class Provider:
    """What it publishes and says; a test changes it. `asked` counts what it was asked, by path."""

    url: str = ""
    claims: Json = field(default_factory=dict)
    userinfo: Json = field(default_factory=dict)
    keys: list[Any] = field(default_factory=lambda: [RSA, EC, ED])
    make_token: Callable[[Json], str] = sign
    described: Json = field(default_factory=dict)
    token_answer: tuple[int, bytes] | None = None
    asked: list[str] = field(default_factory=list)
    posted: list[tuple[str, Json]] = field(default_factory=list)
    challenges: Json = field(default_factory=dict)
    delay_s: float = 0

    def description(self) -> Json:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            **self.described,
        }

    def let_in(self, authorization_url: str, **claims: Any) -> Json:
        """The person says yes: what the provider sends their browser back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = asked
        now = int(time.time())
        self.claims = {
            "iss": self.url,
            "sub": "subject-1",
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "preferred_username": "ada",
            "groups": ["ops"],
            **claims,
        }
        self.claims = {name: value for name, value in self.claims.items() if value is not None}
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        self.asked.append(path)
        time.sleep(self.delay_s)
        match path:
            case "/.well-known/openid-configuration":
                return 200, json.dumps(self.description()).encode()
            case "/keys":
                return 200, json.dumps(KeySet(self.keys).as_dict(private=False)).encode()
            case "/userinfo":
                return 200, json.dumps(self.userinfo).encode()
            case "/token":
                return self.token_answer or self._token(headers, body)
        return 404, b"{}"

    def _token(self, headers: Any, body: bytes) -> tuple[int, bytes]:
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.posted.append((headers.get("Authorization", ""), said))
        asked = self.challenges.pop(said.get("code", ""), None)  # a code is good once
        proof = base64.urlsafe_b64encode(hashlib.sha256(said.get("code_verifier", "").encode()).digest())
        if asked is None or proof.decode().rstrip("=") != asked["code_challenge"]:
            return 400, b'{"error": "invalid_grant", "error_description": "PROVIDER TEXT"}'
        if said["redirect_uri"] != asked["redirect_uri"]:
            return 400, b'{"error": "invalid_grant"}'
        tokens = {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "id_token": self.make_token(self.claims),
        }
        return 200, json.dumps(tokens).encode()


@contextmanager
def provided() -> Iterator[Provider]:
    """A provider that answers for as long as the block lasts."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            status, said = provider.answer(urlsplit(self.path).path, self.headers, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
