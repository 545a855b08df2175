"""Where a request comes from, and what of that is believed."""

from __future__ import annotations

import pytest

from autom8.middleware.addresses import address_of, site_of

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("203.0.113.9,127.0.0.1 , 2001:db8::7", "2001:db8::7"),
        ("", PROXY),
        ("nonsense", PROXY),
        ("192.0.2.7, nonsense", PROXY),
        ("192.0.2.7:4711", PROXY),
    ],
)
def test_behind_a_proxy_only_what_it_wrote_itself_is_believed(forwarded: str, address: str) -> None:
    environ = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": forwarded}

    assert address_of(environ, behind_proxy=True) == address


def test_without_a_proxy_nothing_is_believed_but_the_connection() -> None:
    environ = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}

    assert address_of(environ, behind_proxy=False) == "192.0.2.7"


def test_a_connection_without_an_address_is_a_stranger_nowhere() -> None:
    assert address_of({}, behind_proxy=False) == "unknown"
    assert address_of({"REMOTE_ADDR": ""}, behind_proxy=True) == "unknown"


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
