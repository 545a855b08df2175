"""The map of ASVS 5.0 is whole, and each test that it names exists."""

from __future__ import annotations

import pytest

from tests import asvs
from tests.asvs import PAGE, Row

A_TEST = "`tests/test_asvs.py::test_the_map_is_whole_and_all_that_it_names_exists`"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_map_is_whole_and_all_that_it_names_exists(page: str) -> None:
    assert list(asvs.faults(asvs.rows(page))) == []


def test_the_counts_at_its_head_are_right(page: str) -> None:
    assert f"**{asvs.counts(asvs.rows(page))}**" in page


def test_at_least_sixty_requirements_are_shown_by_tests(page: str) -> None:
    shown = {item for row in asvs.rows(page) if row.tests for item in row.items}
    assert len(shown) >= 60


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (Row(("1.1.1",), "met", "words", "`tests/test_asvs.py::test_gone`"), "there is no test"),
        (Row(("1.1.1",), "met", "words", "`tests/gone.py::test_gone`"), "there is no test"),
        (Row(("1.1.1",), "met", "words", "[a page](security.md#gone)"), "there is no heading"),
        (Row(("1.1.1",), "met", "words", ""), "without evidence"),
        (Row(("1.1.1",), "met", "words", f"{A_TEST} by hand"), "neither a test nor a page"),
        (Row(("1.1.1",), "not met", "words", A_TEST), "with evidence"),
        (Row(("1.1.1",), "not applicable", "", ""), "says nothing"),
        (Row(("1.1.1",), "fine", "words", A_TEST), "is no state"),
        (Row(("1.1.3",), "met", "words", A_TEST), "1.1.3 is no requirement"),
        (Row(("1.1.1", "1.1.1"), "met", "words", A_TEST), "stands there 2 times"),
    ],
)
def test_a_fault_of_the_map_is_named(row: Row, fault: str) -> None:
    told = [each for each in asvs.faults([row]) if "is missing" not in each]
    assert len(told) == 1
    assert fault in told[0]


def test_a_requirement_that_is_left_out_is_missed(page: str) -> None:
    without = [row for row in asvs.rows(page) if "9.1.2" not in row.items]
    assert "9.1.2 is missing" in asvs.faults(without)
