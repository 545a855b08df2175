"""Which addresses may be reached, in whatever form they are written."""

from __future__ import annotations

import socket
from datetime import timedelta
from ipaddress import ip_address

import pytest

from autom8.egress.addresses import special_kind
from autom8.egress.errors import EgressError, EgressRefused, EgressRequestInvalid, EgressUnresolved
from autom8.egress.policy import Policy
from autom8.egress.service import Ask
from autom8.kernel.destinations import Destination
from autom8.kernel.events import OutgoingRefused
from tests.egress.far_side import Names, far_side, way_out

SPECIAL = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.255.254"),
    *("168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:10.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:db8::1"),
    *("2002:7f00:1::", "2002:808:808::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1"),
    *("ff02::1", "4000::1", "5f00::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.15.0.1", "172.32.0.1", "193.0.0.1", "2606:4700::1"]

# Each is this machine, or means it to some reader.
FORMS_OF_LOOPBACK = [
    *("127.0.0.1", "2130706433", "017700000001", "0x7f000001", "0x7F.1", "127.1", "127.0.1", "0177.0.0.1"),
    *("0x7f.0x0.0x0.0x1", "127.0.0.1.", "2130706433.", "00000127.0.0.1", "0", "0.0.0.0", "0x0"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::ffff:0:127.0.0.1]", "[fe80::1%25lo]", "[fe80::1%lo]"),
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    ),
    *("%31%32%37.0.0.1", "127.0.0.1%00.example", "[::1", "::1", "[localhost]", "127.0.0.1\\@example"),
    *("256.0.0.1", "127.0.0.1.1", "4294967297", "1.2.3.0x7f"),
]


@pytest.mark.parametrize("address", SPECIAL)
def test_what_is_not_out_in_the_public_network_is_refused(address: str) -> None:
    assert special_kind(ip_address(address)) is not None
    assert Policy().refusal("some.example", ip_address(address), 443) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_reached(address: str) -> None:
    assert Policy().refusal("some.example", ip_address(address), 443) is None


@pytest.mark.parametrize("host", FORMS_OF_LOOPBACK)
def test_no_form_of_this_machines_address_is_connected_to(host: str) -> None:
    with far_side() as inside, pytest.raises(EgressError) as caught:
        way_out().ask(Ask(url=f"http://{host}:{inside.port}/", purpose="test"))

    assert isinstance(caught.value, EgressRefused | EgressRequestInvalid)
    assert inside.connections == 0


def test_the_c_library_would_have_taken_such_forms() -> None:
    """What the strict reading is for."""
    for form in ("2130706433", "0x7f000001", "0177.0.0.1", "127.1"):
        assert socket.inet_ntoa(socket.inet_aton(form)) == "127.0.0.1"


def test_one_inner_address_is_enough_to_refuse_a_name() -> None:
    names = Names({"both.example": ["8.8.8.8", "127.0.0.1"]})
    heard: list[OutgoingRefused] = []

    with pytest.raises(EgressRefused) as caught:
        way_out(resolve=names, heard=heard).ask(Ask(url="http://both.example/", purpose="webhook"))

    assert heard == [
        OutgoingRefused(
            host="both.example",
            port=80,
            address="127.0.0.1",
            reason="its address is loopback",
            purpose="webhook",
        )
    ]
    assert caught.value.permanent
    assert "127.0.0.1" not in str(caught.value)  # who asks need not learn where an inner name leads


def test_an_international_name_is_asked_for_in_its_ascii_form() -> None:
    names = Names({"xn--mnchen-3ya.example": ["127.0.0.1"]})

    with far_side() as side:
        answer = way_out("127.0.0.1", resolve=names).ask(
            Ask(url=f"http://MÜNCHEN.example.:{side.port}/straße?q=ü", purpose="test")
        )

        assert answer.status == 200
        assert names.asked == ["xn--mnchen-3ya.example"]
        assert side.asked[0].startswith(b"GET /stra%C3%9Fe?q=%C3%BC HTTP/1.1\r\n")
        assert f"Host: xn--mnchen-3ya.example:{side.port}\r\n".encode() in side.asked[0]


@pytest.mark.parametrize(
    ("allow", "host", "address", "port", "open_"),
    [
        ("10.0.0.0/8", "db.example", "10.1.2.3", 5432, True),
        ("10.0.0.0/8", "db.example", "11.1.2.3", 5432, True),
        ("10.0.0.0/8", "db.example", "192.168.1.1", 5432, False),
        ("10.0.0.1:443", "db.example", "10.0.0.1", 443, True),
        ("10.0.0.1:443", "db.example", "10.0.0.1", 80, False),
        ("localhost:5556", "localhost", "127.0.0.1", 5556, True),
        ("localhost:5556", "localhost", "127.0.0.1", 22, False),
        ("localhost:5556", "other.example", "127.0.0.1", 5556, False),
        ("LocalHost", "localhost", "::1", 1, True),
        ("[::1]:80", "x.example", "::1", 80, True),
        ("[::1]:80", "x.example", "::1", 81, False),
        ("fd00::/8", "x.example", "fd00::5", 443, True),
        ("64:ff9b::/96", "x.example", "64:ff9b::8.8.8.8", 443, True),
        ("64:ff9b::/96", "x.example", "64:ff9b::10.0.0.1", 443, False),  # the translator leads inside
        ("::ffff:0:0/96", "x.example", "::ffff:127.0.0.1", 443, False),
        ("127.0.0.0/8", "x.example", "::ffff:127.0.0.1", 443, False),
        ("2002::/16", "x.example", "2002:7f00:1::", 443, False),
    ],
)
def test_the_operator_opens_a_network_a_name_or_one_port(
    allow: str, host: str, address: str, port: int, open_: bool
) -> None:
    refusal = Policy([Destination.read(allow)]).refusal(host, ip_address(address), port)

    assert (refusal is None) is open_


def test_only_open_ports_are_reached_out_in_the_public_network() -> None:
    policy = Policy([Destination.read("10.0.0.0/8")], [range(443, 444), range(8000, 8100)])

    assert policy.refusal("x.example", ip_address("8.8.8.8"), 443) is None
    assert policy.refusal("x.example", ip_address("8.8.8.8"), 8099) is None
    assert policy.refusal("x.example", ip_address("8.8.8.8"), 25) == "port 25 is not open"
    assert policy.refusal("x.example", ip_address("10.0.0.1"), 25) is None  # listed by itself


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "a b",
        "http://x",
        "x:0",
        "x:65536",
        "x:port",
        "127.1",
        "0x7f.1",
        "[::1",
    ],
)
def test_what_is_no_destination_can_not_be_listed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is neither|is no network|port"):
        Destination.read(text)


def test_a_name_without_an_address_is_said_to_have_none() -> None:
    with pytest.raises(EgressUnresolved):
        way_out(resolve=Names({})).ask(Ask(url="https://gone.example/", purpose="test"))
    with pytest.raises(EgressUnresolved):
        way_out(resolve=Names({})).connect("gone.example", 25, purpose="test", time=timedelta(seconds=5))


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "x", "\uff18\uff10"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(EgressRequestInvalid):
        way_out(resolve=Names({"x.example": ["8.8.8.8"]})).ask(
            Ask(url=f"http://x.example:{port}/", purpose="test")
        )
