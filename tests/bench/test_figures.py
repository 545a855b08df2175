"""What a figure says of its aim, and how reports are told."""

from __future__ import annotations

import pytest

from bench.figures import Figure, Report, Taken, quantile, table


@pytest.mark.parametrize(
    ("q", "expected"), [(0.0, 1.0), (0.25, 1.0), (0.5, 2.0), (0.51, 3.0), (0.99, 4.0), (1.0, 4.0)]
)
def test_a_quantile_is_a_value_that_was_measured(q: float, expected: float) -> None:
    assert quantile([4.0, 2.0, 1.0, 3.0], q) == expected


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_an_aim_is_met_at_its_very_edge_and_missed_beyond() -> None:
    assert Figure(name="n", value=15, unit="ms", at_most=15).met is True
    assert Figure(name="n", value=15.1, unit="ms", at_most=15).met is False
    assert Figure(name="n", value=100, unit="/s", at_least=100).met is True
    assert Figure(name="n", value=99, unit="/s", at_least=100).met is False
    assert Figure(name="n", value=99, unit="/s").met is None


def test_a_table_names_the_database_the_load_and_each_aim_that_was_missed() -> None:
    report = Report(
        name="lateness",
        what="from slot to start",
        database="sqlite",
        figures=[Figure(name="p50", value=20.0, unit="ms", at_most=15)],
        notes=["By hand."],
    )

    said = table(Taken(report=report, load_before=0.5, load_after=1.25))

    assert said.splitlines()[0] == "lateness: from slot to start (sqlite)"
    assert "load 0.5 before, 1.25 after" in said
    assert "≤ 15  MISSED" in said
    assert said.endswith("By hand.")
