"""What counts as a URL: of a runbook, of a link in a message, of a receiver."""

from __future__ import annotations

import pytest

from autom8.alerts.channels.forms import FORMS
from autom8.alerts.rules.rule import changed, default
from autom8.alerts.urls import URL_CHARS_MAX, is_url
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import AlertKind, ChannelKind

RIGHT = ["http://a", "https://wiki.example.org/backup?x=1#y", "https://[::1]:8443/", "HTTP://A/"]
WRONG = [
    "",
    "javascript:alert(1)",
    "//a",
    "https://",
    "http://a b",
    "http://a\n",
    "http://[",
    "http://a:0/",
    "http://a:99999/",
    "http://a/" + "x" * URL_CHARS_MAX,
]


@pytest.mark.parametrize("text", RIGHT)
def test_an_address_is_a_url_for_each_that_asks(text: str) -> None:
    (field,) = (each for each in FORMS[ChannelKind.WEBHOOK] if each.name == "url")

    assert is_url(text)
    assert field.read(text) == text
    assert changed(default(AlertKind.TASK, "failed"), {"runbook": text}).runbook == text


@pytest.mark.parametrize("text", WRONG)
def test_what_only_looks_like_one_is_none_for_any(text: str) -> None:
    (field,) = (each for each in FORMS[ChannelKind.WEBHOOK] if each.name == "url")

    assert not is_url(text)
    with pytest.raises(ValueError, match="must be"):
        field.read(text)
    if text:  # an empty one takes the runbook away
        with pytest.raises(Invalid, match="must be an http or https URL"):
            changed(default(AlertKind.TASK, "failed"), {"runbook": text})


def test_a_receiver_s_url_names_no_user() -> None:
    (field,) = (each for each in FORMS[ChannelKind.WEBHOOK] if each.name == "url")

    assert is_url("https://ada@example.org/")
    with pytest.raises(ValueError, match="without a user's name"):
        field.read("https://ada@example.org/")
