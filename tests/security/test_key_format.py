"""The text of an API key: made so that nobody guesses it, read so that nothing else passes for one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.security.key_format import API_KEY_PREFIX, new_key, read_key

KEY = "a8_live_AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_2LaULs"


def test_a_key_is_read_as_it_was_made() -> None:
    made = new_key()
    read = read_key(made.text().reveal())

    assert read == made
    assert re.fullmatch(r"a8_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}", made.text().reveal())


def test_no_two_keys_share_anything() -> None:
    made = [new_key() for _ in range(1_000)]

    assert len({key.key_id for key in made}) == len({key.secret for key in made}) == 1_000


def test_a_key_shows_its_secret_to_nobody() -> None:
    made = new_key()

    assert made.secret.reveal() not in repr(made) + repr(made.text())


def test_the_check_value_stays_what_it_is() -> None:
    """Scanners and other servers compute it too: CRC-32 of what stands before it, in base 62."""
    assert read_key(KEY) is not None


def test_any_mistyped_character_is_seen_without_asking_anybody() -> None:
    for at in range(len(API_KEY_PREFIX), len(KEY)):
        for other in set("0Az_é") - {KEY[at]}:
            assert read_key(KEY[:at] + other + KEY[at + 1 :]) is None, at


@pytest.mark.parametrize(
    "text",
    ["", "a8_live_", KEY + "\n", " " + KEY, KEY[:-1], KEY + "0", KEY.upper(), KEY.replace("_", "-"), KEY * 2],
)
def test_anything_but_a_whole_key_is_none(text: str) -> None:
    assert read_key(text) is None


@given(st.text(max_size=100) | st.text("Aa0_-é\ud800", max_size=50).map(API_KEY_PREFIX.__add__))
def test_made_up_texts_are_none_and_never_fail(text: str) -> None:
    assert read_key(text) is None
