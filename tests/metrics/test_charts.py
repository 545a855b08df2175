"""Charts say the same whichever tier they are made from, and name it."""

from __future__ import annotations

import random
from array import array
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from autom8.kernel.errors import Invalid
from autom8.metrics import charts, tiers
from autom8.metrics.charts import Asked, Charts, TooMuchAsked
from autom8.metrics.instants import instant_of, milliseconds
from autom8.metrics.ports import Measured
from autom8.metrics.steps import Aggregate, Stepped, in_steps, joined, values_of
from autom8.metrics.tiers import HOUR, MINUTE, RAW, Choice
from autom8.persistence.engines import Database
from autom8.repositories.series.reading import SeriesReader
from autom8.repositories.series.store import SeriesStore

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEPT = {
    RAW: timedelta(days=14),
    MINUTE: timedelta(days=3),
    5 * MINUTE: timedelta(days=45),
    HOUR: timedelta(days=750),
}
DAY = 24 * HOUR


class Points(NamedTuple):
    times: array[int]
    values: array[float]


def points(*samples: tuple[int, float]) -> Points:
    return Points(array("q", [time for time, _ in samples]), array("d", [value for _, value in samples]))


def filled(series: Database, *, hours: int) -> tuple[Charts, dict[int, float]]:
    """A counter that begins anew now and then, each 15 s, rolled up as far as it goes; and its samples."""
    chance, store = random.Random(7), SeriesStore(series)
    end = milliseconds(NOON)
    samples, value = {}, 0.0
    for at in range(end - hours * HOUR, end, 15_000):
        value = 0.0 if chance.random() < 0.002 else value + chance.randrange(9)
        samples[at] = value
    labels = (("host", "a"),)
    store.write([Measured("jobs", labels, at, value) for at, value in samples.items()], now=NOON)
    while store.roll_up():
        pass
    return Charts(reader=SeriesReader(series), kept=KEPT), samples


def drawn(chart: dict[str, Any]) -> dict[int, float]:
    return dict(chart["series"][0]["points"])


@pytest.mark.parametrize(
    ("step", "age", "choice"),
    [
        (1_000, HOUR, Choice(RAW, 1_000)),
        (58_001, HOUR, Choice(RAW, 59_000)),
        (MINUTE, HOUR, Choice(MINUTE, MINUTE)),
        (90_000, HOUR, Choice(MINUTE, 2 * MINUTE)),
        (MINUTE, 4 * DAY, Choice(RAW, MINUTE)),
        (7 * MINUTE, HOUR, Choice(5 * MINUTE, 10 * MINUTE)),
        (MINUTE, 20 * DAY, Choice(5 * MINUTE, 5 * MINUTE)),
        (2 * HOUR, HOUR, Choice(HOUR, 2 * HOUR)),
        (MINUTE, 60 * DAY, Choice(HOUR, HOUR)),
        (MINUTE, 3_000 * DAY, Choice(HOUR, HOUR)),
        (DAY + 1, 3_000 * DAY, Choice(HOUR, 25 * HOUR)),
    ],
)
def test_the_coarsest_tier_that_fits_and_reaches_back_is_chosen(step: int, age: int, choice: Choice) -> None:
    assert tiers.choose(step, age, KEPT) == choice


@pytest.mark.parametrize("minutes", [1, 5, 60, 120])
@pytest.mark.parametrize("aggregate", [each for each in Aggregate if each not in {"rate", "increase"}])
def test_rollups_and_fresh_samples_together_tell_what_the_samples_do(
    series: Database, minutes: int, aggregate: Aggregate
) -> None:
    made, samples = filled(series, hours=7)
    step = minutes * MINUTE
    start = NOON - timedelta(hours=6)

    chart = made.chart(
        Asked(name="jobs", start=start, end=NOON, step=timedelta(minutes=minutes), aggregate=aggregate),
        now=NOON,
    )

    by_hand = {
        at: value
        for at, value in values_of(list(in_steps(points(*samples.items()), step)), aggregate, step)
        if at >= milliseconds(start)
    }
    assert drawn(chart) == pytest.approx(by_hand)
    assert chart["tier"] == {1: "1m", 5: "5m", 60: "1h", 120: "1h"}[minutes]


def test_a_counter_rises_by_the_same_in_all_tiers(series: Database) -> None:
    made, samples = filled(series, hours=7)
    start = milliseconds(NOON) - 6 * HOUR
    rises = {
        at: (value - before if value >= before else value)
        for (_, before), (at, value) in zip(list(samples.items()), list(samples.items())[1:], strict=False)
    }
    total = sum(rise for at, rise in rises.items() if at >= start)
    for seconds in (15, 60, 300):
        asked = Asked(
            name="jobs",
            start=instant_of(start),
            end=NOON,
            step=timedelta(seconds=seconds),
            aggregate=Aggregate.INCREASE,
        )
        assert sum(drawn(made.chart(asked, now=NOON)).values()) == pytest.approx(total, rel=0.02), seconds


def test_a_rate_is_by_the_second_and_counts_from_the_sample_before() -> None:
    steps = list(in_steps(points((0, 10.0), (30_000, 40.0), (60_000, 70.0), (90_000, 5.0)), MINUTE))

    assert list(values_of(steps, Aggregate.RATE, MINUTE)) == [(MINUTE, 35 / 60)]
    assert list(values_of(steps, Aggregate.INCREASE, MINUTE)) == [(MINUTE, 35.0)]


def test_steps_that_two_spans_share_are_one() -> None:
    older, newer = Stepped(0, 2, 3.0, 1.0, 2.0, 2.0), Stepped(0, 1, 5.0, 5.0, 5.0, 5.0)

    assert joined([older], [newer]) == [Stepped(0, 3, 8.0, 1.0, 5.0, 5.0)]


def test_the_largest_are_shown_and_the_rest_counted(series: Database) -> None:
    store = SeriesStore(series)
    at = milliseconds(NOON) - MINUTE
    store.write([Measured("x", (("n", str(n)),), at, float(n)) for n in range(25)], now=NOON)
    made = Charts(reader=SeriesReader(series), kept=KEPT)
    asked: dict[str, Any] = {"name": "x", "start": NOON - timedelta(hours=1), "end": NOON}

    chart = made.chart(Asked(**asked, top=2), now=NOON)
    assert [each["labels"]["n"] for each in chart["series"]] == ["24", "23"]
    assert chart["left_out"] == 23

    chart = made.chart(Asked(**asked, match='n=~"1.", n!="11"'), now=NOON)
    found = {each["labels"]["n"] for each in chart["series"]}
    assert found == {"10", *map(str, range(12, 20))}


def test_what_asks_for_too_much_is_refused_by_its_number(
    series: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = filled(series, hours=2)

    def ask(seconds: int) -> None:
        step = timedelta(seconds=seconds)
        made.chart(Asked(name="jobs", start=NOON - timedelta(hours=4), end=NOON, step=step), now=NOON)

    with pytest.raises(TooMuchAsked, match="14,400 steps, and 11,000 is the most"):
        ask(1)
    monkeypatch.setattr(charts, "POINTS_MAX", 100)
    with pytest.raises(TooMuchAsked, match="240 points, and 100 is the most"):
        ask(60)
    monkeypatch.setattr(charts, "SAMPLES_MAX", 30)
    with pytest.raises(TooMuchAsked, match="more than 30 samples"):
        ask(300)
    monkeypatch.setattr(charts, "SERIES_MAX", 0)
    with pytest.raises(TooMuchAsked, match="1 series, and 0 is the most"):
        ask(60)
    with pytest.raises(Invalid, match="from must be before until"):
        made.chart(Asked(name="jobs", start=NOON, end=NOON), now=NOON)
