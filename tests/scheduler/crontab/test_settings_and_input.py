"""Settings of the environment and `%`, exactly as the daemon reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.scheduler.crontab.line import read_setting, split_command


@pytest.mark.parametrize(
    ("line", "setting"),
    [
        ("A=b", ("A", "b")),
        ("A = b c ", ("A", "b c")),
        ("A\t=\tb\r", ("A", "b")),
        ('A=""', ("A", "")),
        ("A=' b'", ("A", " b")),
        ("A='b '", ("A", "b")),  # whatever the man page says
        ('A="b" ', ("A", "b")),
        ("A=\"'b'\"", ("A", "b")),  # unquoted twice
        ('"A B"=c', ("A B", "c")),
        ("A=b=c", ("A", "b=c")),
        ('A=b"c"', ("A", 'b"c"')),
        ("A=b # c", ("A", "b # c")),
        ("A=$HOME/x", ("A", "$HOME/x")),
        ("A=", None),
        ("A= ", None),
        ("=b", ("", "b")),
        ("A='b", None),
        ("A='b'c", None),
        ("A B=c", None),
        ("* * * * * A=b c", None),
        ("@reboot A=b c", None),
    ],
)
def test_a_setting_is_read_as_the_daemon_reads_it(line: str, setting: tuple[str, str] | None) -> None:
    assert read_setting(line) == setting


@pytest.mark.parametrize(
    ("text", "command", "stdin"),
    [
        ("x", "x", None),
        ("date +\\%F", "date +%F", None),
        ("mail joe%Joe,%%Where are you?%", "mail joe", "Joe,\n\nWhere are you?\n"),
        ("cat%one\\%two", "cat", "one%two\n"),
        ("cat%a\\b", "cat", "a\\b\n"),
        ("cat%", "cat", None),
        ("a\\\\b", "a\\b", None),  # cron takes one of two backslashes
        ("a\\b", "a\\b", None),
        ("a\\\\%in", "a\\", "in\n"),
        ("a\\", "a\\", None),
        ("%in", "", "in\n"),
    ],
)
def test_a_percent_sign_parts_the_command_from_its_input(text: str, command: str, stdin: str | None) -> None:
    assert split_command(text) == (command, stdin)


@given(st.text(alphabet="a %\\\n", max_size=12))
def test_splitting_follows_the_daemons_loop(text: str) -> None:
    assert split_command(text) == _as_in_do_command_c(text)


def _as_in_do_command_c(text: str) -> tuple[str, str | None]:
    """The rule told as the daemon goes about it: a character at a time, with a flag."""
    command: list[str] = []
    escaped, rest = False, ""
    for position, char in enumerate(text):
        if escaped:
            if char in "%\\":
                command.pop()
            escaped = False
        elif char == "%":
            rest = text[position + 1 :]
            break
        else:
            escaped = char == "\\"
        command.append(char)
    if not rest:
        return "".join(command), None
    given: list[str] = []
    escaped = False
    for char in rest:
        if escaped and char != "%":
            given.append("\\")
        written = "\n" if char == "%" and not escaped else char
        escaped = char == "\\"
        if not escaped:
            given.append(written)
    stdin = "".join(given) + ("\\" if escaped else "")
    return "".join(command), stdin if stdin.endswith("\n") else stdin + "\n"


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_a_setting(text: str) -> None:
    setting = read_setting(text)

    assert setting is None or "=" in text
