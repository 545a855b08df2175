"""What an imported task is called, and by what it is known when it is imported again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.scheduler.crontab import Entry, parse_crontab


def entries(text: str, *, system: bool = False, path: str = "/c") -> tuple[Entry, ...]:
    return parse_crontab(text, path=path, system=system, user="alice").entries


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("# Rotate the logs.", "Rotate the logs"),
        ("#Rotate the logs. Then compress them.", "Rotate the logs"),
        ("# Rotate\n#   the logs", "Rotate the logs"),
        ("### --- Rotate the logs --- ###", "Rotate the logs"),
        ("# Copyright\n#\n# Rotate the logs", "Rotate the logs"),
        ("# Rotate the logs\n# m h  dom mon dow   command", "Rotate the logs"),
        ("# Rotate the logs\n#0 3 * * * old command", "Rotate the logs"),
        ("# Rotate\x1b[31m the\tlogs", "Rotate [31m the logs"),
        ("# 1. Copy all", "1. Copy all"),
        ("# 12345", "true"),
        ("# m h dom mon dow command", "true"),
        ("# Example of job definition:\n# .---- minute (0 - 59)\n# |  .-- hour (0 - 23)", "true"),
        ("# For more information see the manual pages of crontab(5) and cron(8)", "true"),
        ("# MAILTO=root", "true"),
        ("# Rotate the logs\n", "true"),  # a blank line between
        ("# Rotate the logs\nA=1", "true"),
    ],
)
def test_the_comment_directly_above_names_a_task(comment: str, name: str) -> None:
    (entry,) = entries(f"{comment}\n@daily true\n")

    assert entry.name == name


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("/usr/lib/php/sessionclean", "sessionclean"),
        ("cd / && run-parts --report /etc/cron.hourly", "run-parts cron.hourly"),
        (
            "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }",
            "run-parts cron.daily",
        ),
        ("if [ -x /x/checkarray ]; then nice -n 19 /x/checkarray --cron all; fi", "checkarray all"),
        (
            "flock -n /run/x.lock timeout 10m A=1 python3 /srv/app/manage.py mail",
            "python3 manage.py",
        ),
        ("perl -e 'sleep int(rand(43200))' && certbot -q renew", "certbot renew"),
        ("12 34", "cron: 12 34"),
        ("cd /srv", "cd"),
    ],
)
def test_else_the_program_names_it(command: str, name: str) -> None:
    (entry,) = entries(f"@daily {command}\n")

    assert entry.name == name


def test_equal_names_are_numbered_in_order() -> None:
    text = "@daily x a\n@weekly x a\n# x a (2)\n@hourly x a\n@monthly x a\n"

    assert [entry.name for entry in entries(text)] == ["x a", "x a (2)", "x a (3)", "x a (4)"]


def test_a_long_comment_is_cut_at_a_word_and_kept_whole_as_the_description() -> None:
    sentence = "word " * 40 + "end"
    (entry,) = entries(f"# {sentence}\n@daily x\n")

    assert len(entry.name) <= 80
    assert entry.name.endswith("word…")
    assert entry.description == sentence


@given(st.lists(st.text(max_size=90), max_size=4), st.text(max_size=90))
def test_any_name_is_fit_to_be_one(comments: list[str], command: str) -> None:
    comment = "".join("#" + text.replace("\n", "\n#") + "\n" for text in comments)
    line = "@daily " + command.replace("\n", " ") + "\n"
    names = [entry.name for entry in entries(comment + line + line + comment + line)]

    assert len(set(names)) == len(names)
    for name in names:
        assert 1 <= len(name) <= 80
        assert name.isprintable()
        assert name == name.strip()
        assert not name.isdigit()


def test_blanks_between_fields_do_not_change_the_identity() -> None:
    (plain,) = entries("*/5 * * * * root x  y\n", system=True)
    (spaced,) = entries("  */5\t*  * * *\troot   x  y \t\n", system=True)

    assert plain.source.line == spaced.source.line == "*/5 * * * * root x  y"
    assert plain.source.text != spaced.source.text


def test_what_stands_around_a_line_does_not_change_its_identity() -> None:
    (before,) = entries("@daily x\n")
    after = entries("A=1\n@weekly y\n\n# new comment\n@daily x\n")[1]

    assert after.source == before.source
    assert after.name != before.name


def test_equal_lines_of_one_user_are_counted() -> None:
    text = "@daily root x\n@daily www-data x\n@daily  root x\n@daily root y\n"
    sources = [entry.source for entry in entries(text, system=True)]

    assert [(source.user, source.ordinal) for source in sources] == [
        ("root", 1),
        ("www-data", 1),
        ("root", 2),
        ("root", 1),
    ]
    assert len({(s.path, s.user, s.line, s.ordinal) for s in sources}) == len(sources)


def test_the_path_is_part_of_the_identity() -> None:
    assert entries("@daily x\n", path="/a")[0].source != entries("@daily x\n", path="/b")[0].source
