"""A template fills in fields and does nothing else, whatever anybody has put into them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.templates import (
    CUT,
    FIELD_CHARS_MAX,
    LINE_CHARS_MAX,
    TEMPLATE_CHARS_MAX,
    Place,
    Template,
    one_line,
    shortened,
)
from autom8.kernel.errors import Invalid

FIELDS = ("task.name", "run.reason")
ANY = st.text(st.characters(), max_size=60) | st.sampled_from(
    [
        "a\r\nBcc: eve@example.org",
        "{{ task.name }}",
        "<script>alert(1)</script>",
        "\ud800",
        "\u202egpj.exe",
        "x\0y",
        '" onclick="alert(1)',
    ]
)


def rendered(text: str, place: Place = Place.TEXT, **values: str) -> str:
    named = {name.replace("_", "."): value for name, value in values.items()}
    return Template.read(text, FIELDS).render(named, place)


def test_fields_are_filled_in_and_all_else_stands_as_it_is() -> None:
    text = "{{task.name}} failed: {{ run.reason }}.\n100 % {sure} $HOME %s }"

    assert rendered(text, task_name="backup", run_reason="exit code 3") == (
        "backup failed: exit code 3.\n100 % {sure} $HOME %s }"
    )
    assert rendered("[{{ run.reason }}]") == "[]"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ task.nme }}", "names task.nme in line 1, column 1; there is no such field"),
        ("a\nb {{ os.environ }}", "names os.environ in line 2, column 3; there is no such field"),
        ("a {{ task.name }", "has {{ without a field in line 1, column 3"),
        ("a {{ task.name | upper }}", "has {{ without a field in line 1, column 3"),
        ("{{ task.name }} }}", "has }} without a field in line 1, column 17"),
        ("{{ task.name() }}", "has {{ without a field in line 1, column 1"),
        ("x" * (TEMPLATE_CHARS_MAX + 1), f"has more than {TEMPLATE_CHARS_MAX} characters"),
    ],
)
def test_what_is_no_field_is_refused_when_it_is_saved_with_its_place(text: str, why: str) -> None:
    with pytest.raises(Invalid) as caught:
        Template.read(text, FIELDS)
    assert caught.value.fields == {"template": why}


@given(value=ANY)
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert rendered("{{ task.name }}", task_name=value, run_reason="SECRET").count("SECRET") == 0


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attrs: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attrs += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@given(value=ANY)
def test_in_html_a_value_is_text_and_no_markup(value: str) -> None:
    tags = Tags()
    tags.feed(rendered('<p title="{{ task.name }}">{{ task.name }}</p>', Place.HTML, task_name=value))
    tags.close()

    plain = rendered("{{ task.name }}", task_name=value)
    assert (tags.tags, tags.text, tags.attrs) == (["p"], plain, [("title", plain)])


@given(value=ANY, other=ANY)
def test_a_line_is_one_line_and_no_longer_than_it_may_be(value: str, other: str) -> None:
    line = rendered("{{ task.name }}\r\n{{ run.reason }}" * 9, Place.LINE, task_name=value, run_reason=other)

    assert len(line.splitlines()) <= 1
    assert len(line) <= LINE_CHARS_MAX
    assert "\0" not in line
    line.encode()  # no half of a character, which no mail can hold
    assert "\u202e" not in line


def test_what_is_not_seen_is_left_out_so_that_nothing_reads_as_something_else() -> None:
    text = rendered("{{ task.name }}", task_name="bill\u202efdp.exe\0\x1b[31m\nnext\tline")

    assert text == "billfdp.exe[31m\nnext\tline"


def test_a_megabyte_in_a_field_is_cut_and_says_so() -> None:
    text = rendered("{{ task.name }} failed", task_name="é" * (1 << 20))

    assert text == "é" * (FIELD_CHARS_MAX - len(CUT)) + CUT + " failed"
    assert rendered("{{ task.name }}", Place.HTML, task_name="<" * (1 << 20)).count("&lt;") < FIELD_CHARS_MAX


@given(text=ANY, chars_max=st.integers(len(CUT), 80))
def test_what_is_shortened_keeps_to_its_length(text: str, chars_max: int) -> None:
    short = shortened(text, chars_max)
    assert len(short) <= chars_max
    assert short == text or (short.endswith(CUT) and len(text) > chars_max)


def test_blanks_and_breaks_run_together_in_a_line() -> None:
    assert one_line(" a\r\n\tb\u2028c\x0bd  e ") == "a b c d e"
    assert one_line("می\u200cشود") == "می\u200cشود"
