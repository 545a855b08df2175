"""Texts as services take them: what matters is whole, however little they take, and nothing is markup."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.channels.shaping import CUT, as_markdown, fitting
from autom8.alerts.messages.rendering import rendered
from autom8.alerts.retrying import Result
from autom8.kernel.vocabulary import ChannelKind
from tests.alerts.channels.services import FIELDS, TOLD, Got, send
from tests.alerts.message_rig import BASE, line, reader, run_facts


@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize("lines", [0, 1, 20])
def test_a_link_reaches_each_service_whole_however_long_the_output_is(kind: ChannelKind, lines: int) -> None:
    token = "AAAAAAAAAAcAAAAA_" + "a_B-c*" * 13 + "_"
    output = "\n".join("<x_y> & *z* `w` " * 12 for _ in range(lines))
    told = rendered([line(run=run_facts(output=output))], replace(reader(), ack_url=lambda _: BASE + token))
    got = send(kind, replace(TOLD, subject=told.subject, text=told.text))

    assert got.sent.result is Result.DELIVERED
    text = html.unescape(" ".join(_texts(got)))
    assert BASE + token in text.replace("%5F", "_").replace("%2A", "*")
    assert f"{BASE}/runs/41" in text


def _texts(got: Got) -> Iterator[str]:
    """All texts in what a service was asked."""
    waiting = [got.json if got.body.startswith(b"{") else got.form]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each


def _starred(text: str) -> str:
    return text.replace("*", "\\*").replace("_", "\\_")


def test_in_markdown_a_url_stays_one_and_all_else_is_text() -> None:
    told = "see *this*: https://wiki/a_b?c=*d*, or [x](https://evil/_y_)"

    assert as_markdown(told, _starred) == (
        "see \\*this\\*: https://wiki/a%5Fb?c=%2Ad%2A, or [x](https://evil/%5Fy%5F)"
    )


@given(st.text(max_size=300), st.integers(10, 200))
def test_as_much_as_fits_is_told_and_a_cut_shows(text: str, chars_max: int) -> None:
    made = fitting(text, chars_max, html.escape)

    assert len(made) <= chars_max
    if made != html.escape(text):
        told = html.unescape(made).removesuffix(CUT)
        assert made.endswith(CUT)
        assert text.startswith(told)
        longer = text[: len(told) + 1].rstrip()
        assert len(longer) == len(told) or len(html.escape(longer + CUT)) > chars_max
