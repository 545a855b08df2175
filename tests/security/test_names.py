"""User names: which are taken, and which are the same."""

from __future__ import annotations

import pytest

from autom8.kernel.errors import Invalid
from autom8.security.names import checked_name, hinted, name_key


@pytest.mark.parametrize(
    "name", ["a", "Ada", "ada.lovelace@example.org", "Åsa Öberg", "李", "user 7", "x" * 64]
)
def test_what_a_reader_can_read_is_taken(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x" * 65,
        "7",
        "٤٢",
        " ada",
        "ada ",
        "a\nb",
        "a\0b",
        "a\x7fb",
        "a\u200bda",  # zero width
        "a\u202eda",  # writes backwards
        "\ud800",
        "a\u2028b",
        "\ue000",
    ],
)
def test_what_misleads_a_reader_is_refused_and_the_field_named(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_name(name)
    assert set(refused.value.fields) == {"name"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada", "ADA"), ("straße", "STRASSE"), ("ﬁnn", "finn"), ("cafe\u0301", "café"), ("\uff21da", "ada")],
)
def test_names_that_read_the_same_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_a_name_of_a_megabyte_takes_no_longer_than_a_short_one() -> None:
    assert len(name_key("\ufdfa" * 1_000_000)) < 10_000


def test_of_a_name_that_nobody_has_only_the_beginning_is_kept() -> None:
    """People type their password into the field for the name."""
    assert hinted("my secret password") == "my …"
    assert hinted("\n\0\u202e") == "???…"
