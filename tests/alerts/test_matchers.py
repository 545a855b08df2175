"""Matchers read and mean what Alertmanager's do, and no expression costs more than its length."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autom8.alerts.silences.matchers import (
    MATCHERS_MAX,
    NAME_CHARS_MAX,
    VALUE_CHARS_MAX,
    Matcher,
    Operator,
    check_all,
    check_some,
    matcher_json,
    matcher_of,
    matches,
    read_all,
)
from autom8.kernel.errors import Invalid

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
PLAIN = st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL])
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True) | TEXT.filter(bool)
LITERAL = st.builds(Matcher, name=NAMES, operator=PLAIN, value=TEXT)
REGULAR = st.builds(
    lambda name, operator, value: Matcher(name=name, operator=operator, value=re.escape(value)),
    NAMES,
    st.sampled_from([Operator.MATCHES, Operator.NOT_MATCHES]),
    st.text("ab.c*", max_size=8),
)
MATCHERS = LITERAL | REGULAR
LABELS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text("ab", max_size=3))


def said(text: str) -> list[tuple[str, str, str]]:
    return [(each.name, str(each.operator), each.value) for each in read_all(text)]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", []),
        ("{}", []),
        ("{foo=bar}", [("foo", "=", "bar")]),
        ('{foo="bar"}', [("foo", "=", "bar")]),
        ("foo=~bar.*", [("foo", "=~", "bar.*")]),
        ('{foo!~"bar.*"}', [("foo", "!~", "bar.*")]),
        ('{foo="bar", baz!="quux"}', [("foo", "=", "bar"), ("baz", "!=", "quux")]),
        (
            '{foo="bar",baz!~".*quux", derp="wat"}',
            [("foo", "=", "bar"), ("baz", "!~", ".*quux"), ("derp", "=", "wat")],
        ),
        ('{foo=""}', [("foo", "=", "")]),
        ("job=", [("job", "=", "")]),
        ('{foo="bar,quux", job="job1"}', [("foo", "=", "bar,quux"), ("job", "=", "job1")]),
        ('{foo = "bar", dings != "bums", }', [("foo", "=", "bar"), ("dings", "!=", "bums")]),
        ("foo=bar,dings!=bums", [("foo", "=", "bar"), ("dings", "!=", "bums")]),
        (r'quote="She said: \"Hi, ladies!\""', [("quote", "=", 'She said: "Hi, ladies!"')]),
        ('statuscode=~"5.."', [("statuscode", "=~", "5..")]),
        ("tricky=~~~", [("tricky", "=~", "~~")]),
        (r"trickier==\\=\=\"", [("trickier", "=", r'=\=\="')]),
        (
            r'contains_quote != "\"" , contains_comma !~ "foo,bar" , ',
            [("contains_quote", "!=", '"'), ("contains_comma", "!~", "foo,bar")],
        ),
        ("{foo=bar}}", [("foo", "=", "bar}")]),
        ("summary=the disk is full ", [("summary", "=", "the disk is full")]),
        (r'path="C:\\new\ntab\t"', [("path", "=", "C:\\new\ntab\\t")]),
        ('"service.name"="shop", a:b="c"', [("service.name", "=", "shop"), ("a:b", "=", "c")]),
        ('"größe \\"x\\""=~"1|2"', [('größe "x"', "=~", "1|2")]),
    ],
)
def test_text_means_what_it_means_to_alertmanager(text: str, means: Any) -> None:
    assert said(text) == means


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "{,}",
        "foo",
        'job="value',
        'job=value"',
        'contains_unescaped_quote = foo"bar',
        '{invalid-name = "valid label"}',
        '{foo=~"invalid[regexp"}',
        '"{foo=\\"bar"}',
        '"foo="bar""',
        "{{foo=",
        'a="1" b="2"',
        '""="x"',
        "a=~*",
        r"a=~(?<name>x)(?=y)",
        "a=" + "x" * (VALUE_CHARS_MAX + 1),
        "a" * (NAME_CHARS_MAX + 1) + "=x",
        "a=\0",
        ",".join(["a=b"] * (MATCHERS_MAX + 1)),
        "x" * 1_000_000,
    ],
)
def test_other_text_is_refused_and_quickly(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(Invalid) as refused:
        read_all(text)
    assert list(refused.value.fields) == ["matchers"]
    assert time.monotonic() - began < 1


@given(st.lists(MATCHERS, max_size=6), st.booleans())
def test_what_is_written_is_read_again(matchers: list[Matcher], braces: bool) -> None:
    text = ", ".join(map(str, matchers))
    assert read_all("{" + text + "}" if braces else text) == tuple(matchers)
    assert [matcher_of(matcher_json(each)) for each in matchers] == matchers


@given(st.text(max_size=60) | st.text('ab="~!\\,{} \n', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = read_all(text)
    except Invalid:
        return
    assert read_all(", ".join(map(str, read))) == read


@given(LABELS, st.sampled_from(["a", "b", "c"]), st.text("ab", max_size=3))
def test_opposites_are_opposites_and_a_missing_label_is_empty(labels: Any, name: str, value: str) -> None:
    for positive, negative in (
        (Operator.EQUAL, Operator.NOT_EQUAL),
        (Operator.MATCHES, Operator.NOT_MATCHES),
    ):
        yes, no = (Matcher(name=name, operator=each, value=value) for each in (positive, negative))
        assert yes.matches(labels) is not no.matches(labels)
        assert yes.matches(labels) == (labels.get(name, "") == value)
        assert yes.matches({**labels, name: labels.get(name, "")}) == yes.matches(labels)


@given(st.text("ab", max_size=4), st.text("ab", max_size=4))
def test_an_expression_matches_the_whole_value(part: str, rest: str) -> None:
    assume(rest)
    matcher = Matcher(name="a", operator=Operator.MATCHES, value=part)
    assert matcher.matches({"a": part})
    assert not matcher.matches({"a": part + rest + "b"})
    assert not Matcher(name="a", operator=Operator.MATCHES, value="a|b").matches({"a": "ax"})
    assert not Matcher(name="a", operator=Operator.MATCHES, value="x.y").matches({"a": "x\ny"})


def test_an_expression_that_would_take_a_backtracking_engine_years_takes_no_time() -> None:
    matcher = Matcher(name="a", operator=Operator.MATCHES, value="(x+x+)+y").check()
    began = time.monotonic()
    assert not matcher.matches({"a": "x" * 10_000})
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("value", ["x{1001}", "((a{100}){100}){100}", "\\C\\8"])
def test_an_expression_that_is_too_large_is_refused(value: str) -> None:
    with pytest.raises(Invalid):
        Matcher(name="a", operator=Operator.MATCHES, value=value).check()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there must be 1"),
        ("a=", "at least one must ask for something"),
        ('a!="x"', "at least one must ask for something"),
        ('a=~".*"', "at least one must ask for something"),
    ],
)
def test_what_matches_everything_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        check_some(read_all(text))
    if text:
        assert check_all(read_all(text)) == read_all(text)  # as a side of a dependency it may be meant


def test_all_must_match() -> None:
    both = read_all('a="1", b!="2"')
    assert matches(both, {"a": "1"})
    assert not matches(both, {"a": "1", "b": "2"})
    assert not matches(both, {"b": "1"})
    assert matches((), {})


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "a"},
        {"name": "a", "value": 1},
        {"name": "a", "value": "x", "isRegex": "yes"},
        {"name": "a", "value": "x", "isEqual": None},
        {"name": "", "value": "x"},
        {"name": "a", "value": "[", "isRegex": True},
    ],
)
def test_other_json_is_refused(data: Any) -> None:
    with pytest.raises(Invalid):
        matcher_of(data)
