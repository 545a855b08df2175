from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autom8.cli.durations import parse_duration, show_duration

# What is asked is whether it holds, not how quick a busy machine is.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("30s", 30),
        ("0.5s", 0.5),
        ("250ms", 0.25),
        ("1s500ms", 1.5),
        ("5m", 300),
        ("2h", 7_200),
        ("1d", 86_400),
        ("1h30m", 5_400),
        ("1d2h3m4s", 93_784),
        ("90m", 5_400),
        ("0", 0),
        ("2.5", 2.5),
    ],
)
def test_a_length_of_time_is_read_as_people_type_it(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", " ", "m", "-5s", "1h30", "30m1h", "5 m", "1.5h", "1w", "1e3", "٣s", "s", "9" * 400]
)
def test_what_is_no_length_of_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"length of time|million days"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (0.0123, "12.3ms"),
        (1.5, "1.5s"),
        (59, "59s"),
        (60, "1m"),
        (90, "1m 30s"),
        (3_600, "1h"),
        (86_399.7, "1d"),
        (93_784, "1d 2h"),
        (86_460, "1d 1m"),
    ],
)
def test_a_length_of_time_is_shown_by_its_two_greatest_units(seconds: float, shown: str) -> None:
    assert show_duration(seconds) == shown


@PATIENT
@given(st.integers(min_value=0, max_value=10**9))
def test_what_is_shown_can_be_typed_again(seconds: int) -> None:
    again = parse_duration(show_duration(seconds).replace(" ", "")) if seconds >= 60 else None

    assert again is None or abs(again.total_seconds() - seconds) <= seconds / 24
