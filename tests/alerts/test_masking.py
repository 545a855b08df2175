"""No secret that is known by its variable's name or by its form is quoted."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.messages.facts import CHARS_MAX, LINES_MAX, last_lines, quoted_output
from autom8.alerts.messages.masking import MASK, masked, secrets_of

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----"


def test_what_a_variable_with_a_telling_name_holds_is_masked_wherever_it_stands() -> None:
    secrets = secrets_of([{"PGPASSWORD": "s3cr3t!", "HOME": "/root"}, {"api_key": "abcd\n", "count": 3}])

    assert masked("login s3cr3t! at /root with abcd", secrets) == f"login {MASK} at /root with {MASK}"


def test_the_password_of_a_url_in_any_variable_is_masked_alone_too() -> None:
    secrets = secrets_of([{"DATABASE_URL": "postgresql://app:hunter2@db/app"}])

    assert masked("password authentication failed for hunter2", secrets).endswith(MASK)


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
        ("redis://:hunter2@cache:6379/0", "hunter2"),
        ("https://ada:hunter2@example.org/", "hunter2"),
        ("key AKIAABCDEFGHIJKLMNOP used", "AKIAABCDEFGHIJKLMNOP"),
        ("ghp_abcdefghijklmnop", "ghp_abcdefghijklmnop"),
        ("t=eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "eyJzdWIiOiIx"),
        ("DB_PASSWORD=hunter2 ok", "hunter2"),
        ('{"client_secret": "hunter2"}', "hunter2"),
        ("password: 'two words'", "two words"),
        (f"before {KEY} after", "MIIE"),
        (KEY[33:], "abc"),  # its beginning was cut off
        (KEY[:45], "MIIE"),  # its end too
    ],
)
def test_what_has_the_form_of_a_secret_is_masked(said: str, secret: str) -> None:
    assert secret in said
    assert secret not in masked(said)
    assert MASK in masked(said)


@pytest.mark.parametrize(
    "said", ["12 files copied", "http://example.org/a?b=c", "author: Ada", "2026-05-04 12:00:00 done", ""]
)
def test_what_is_no_secret_stays(said: str) -> None:
    assert masked(said) == said


@pytest.mark.parametrize(
    "piece", ["a.", "a", "://a", "token", "eyJa.", "-----BEGIN PRIVATE KEY-----", " ", 'secret="', "a:b@"]
)
def test_no_output_makes_it_slow(piece: str) -> None:
    text = piece * (32_768 // len(piece))
    started = time.process_time()

    masked(text)

    assert time.process_time() - started < 1.0


@given(st.text(st.characters(), max_size=300), st.lists(st.text(min_size=4, max_size=8), max_size=3))
def test_it_never_fails_and_leaves_no_known_secret(text: str, values: list[str]) -> None:
    secrets = secrets_of([{"TOKEN": value} for value in values])
    left = masked(text + "".join(values), secrets)

    assert not [each for each in secrets if each in left and each not in MASK]


def test_an_output_is_quoted_by_its_last_lines_and_no_more_than_a_message_takes() -> None:
    many = "\n".join(str(number) for number in range(50)) + "\n\n"

    assert last_lines(many).splitlines() == [str(number) for number in range(30, 50)]
    assert len(last_lines("é" * 10_000)) == CHARS_MAX
    assert last_lines("") == ""
    assert len(quoted_output({"output": "x=1\n" * 1_000_000}).splitlines()) == LINES_MAX
    assert quoted_output({"output": "TOKEN=hunter2"}) == f"TOKEN={MASK}"
    assert quoted_output({}) == ""
