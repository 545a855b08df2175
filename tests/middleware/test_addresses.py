"""Where a request comes from and how it came, and what of that is believed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from autom8.middleware.addresses import Proxies, site_of

PROXY = "10.0.0.1"
OURS = Proxies(networks=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")), end_tls=True)


def _forwarded(by: str, **said: str) -> dict[str, str]:
    return {"REMOTE_ADDR": by, **{f"HTTP_X_FORWARDED_{name.upper()}": text for name, text in said.items()}}


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("203.0.113.9,127.0.0.1 , 2001:db8::7", "2001:db8::7"),
        ("192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7, 10.0.0.2, fd00::3", "192.0.2.7"),
        ("10.0.0.9, 10.0.0.2", "10.0.0.9"),  # all ours: the one furthest away asked
        ("", PROXY),
        ("nonsense", PROXY),
        ("192.0.2.7, nonsense", PROXY),
        ("192.0.2.7, nonsense, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.7:4711", PROXY),
        ("::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_the_address_is_the_first_from_the_right_that_is_not_a_proxy_of_ours(
    forwarded: str, address: str
) -> None:
    assert OURS.address_of(_forwarded(PROXY, **{"for": forwarded})) == address


def test_a_proxy_that_a_socket_for_both_shows_as_ipv6_is_known() -> None:
    assert OURS.address_of(_forwarded("::ffff:10.0.0.1", **{"for": "192.0.2.7"})) == "192.0.2.7"


@pytest.mark.parametrize("peer", ["192.0.2.7", "2001:db8::7", "110.0.0.1", "unknown"])
def test_nobody_else_is_believed(peer: str) -> None:
    spoofed = _forwarded(peer, **{"for": "203.0.113.9"}, proto="https", host="localhost")

    assert OURS.address_of(spoofed) == peer
    assert not OURS.is_https(spoofed)
    assert not OURS.is_secure(spoofed)
    assert OURS.host_of({**spoofed, "HTTP_HOST": "here"}) == "here"


def test_without_proxies_nothing_is_believed_but_the_connection() -> None:
    environ = _forwarded("127.0.0.1", **{"for": "203.0.113.9"}, proto="https")

    assert Proxies().address_of(environ) == "127.0.0.1"
    assert not Proxies().is_https(environ)


def test_a_connection_without_an_address_is_unknown() -> None:
    assert Proxies().address_of({}) == "unknown"
    assert OURS.address_of({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}) == "unknown"


@pytest.mark.parametrize(
    ("proto", "https"),
    [(None, True), ("https", True), ("HTTPS", True), ("http", False), ("https, http", False)],
)
def test_what_a_proxy_that_ends_tls_forwards_is_https_unless_it_says_no(
    proto: str | None, *, https: bool
) -> None:
    environ = _forwarded(PROXY) if proto is None else _forwarded(PROXY, proto=proto)

    assert OURS.is_https(environ) is https
    assert OURS.is_secure({**environ, "HTTP_HOST": "server.example"}) is https


def test_a_proxy_that_is_not_said_to_end_tls_has_to_say_so_itself() -> None:
    proxies = Proxies(networks=OURS.networks)

    assert not proxies.is_https(_forwarded(PROXY))
    assert proxies.is_https(_forwarded(PROXY, proto="https"))


def test_a_proxy_tells_which_host_was_asked_for() -> None:
    assert OURS.host_of(_forwarded(PROXY, host="a.example, b.example") | {"HTTP_HOST": "x"}) == "b.example"
    assert OURS.host_of({"REMOTE_ADDR": PROXY, "HTTP_HOST": "x"}) == "x"


@pytest.mark.parametrize(
    ("host", "secure"),
    [
        ("localhost", True),
        ("localhost:8008", True),
        ("LOCALHOST:8008", True),
        ("autom8.localhost", True),
        ("127.0.0.1:8008", True),
        ("127.8.9.10", True),
        ("[::1]:8008", True),
        ("127.0.0.1.evil.example", False),
        ("server.example:8008", False),
        ("192.0.2.7:8008", False),
        ("notlocalhost", False),
        ("[bad", False),
        ("", False),
    ],
)
def test_over_plain_http_only_this_machine_takes_a_secure_cookie(host: str, *, secure: bool) -> None:
    environ = {"wsgi.url_scheme": "http", "HTTP_HOST": host}

    assert Proxies().is_secure(environ) is secure


def test_over_https_the_cookie_is_secure_whatever_the_host() -> None:
    environ = {"wsgi.url_scheme": "https", "HTTP_HOST": "server.example"}

    assert Proxies().is_secure(environ)


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_a_customers_ipv6_network_is_one_stranger(address: str, site: str) -> None:
    assert site_of(address) == site
