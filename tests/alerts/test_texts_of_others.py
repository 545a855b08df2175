"""Whatever others write, it is told: no byte of it keeps an alert from being raised, on either database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.looking.sight import Sight, storable
from autom8.alerts.looking.things import look_at_channels, look_at_pushed
from autom8.alerts.pushed.service import PushService
from autom8.kernel.vocabulary import LookKind, PingKind
from tests.alerts.check_rig import GRACE_S, Jobs
from tests.alerts.rig import Teller
from tests.scheduler.house import ADA

CONTROLS = "".join(map(chr, (*range(32), 127)))


@pytest.mark.parametrize("exit_code", [2, None])
def test_a_nul_in_what_a_ping_says_keeps_nothing_from_being_told(
    teller: Teller, exit_code: int | None
) -> None:
    jobs = Jobs(teller)
    jobs.add()
    jobs.ping(PingKind.FAIL, exit_code=exit_code, body=b"tar: file\0name: cannot open\r\n\x1b[31mgone")
    teller.pass_time(60)
    (incident,) = teller.incidents()
    assert incident.annotations["output"] == "tar: file\ufffdname: cannot open\n\ufffd[31mgone"
    teller.pass_time(3_600 + GRACE_S)
    assert jobs.missed() == 1, "nor what does not come after it"


def test_no_text_of_a_pushed_alert_keeps_it_from_being_told(teller: Teller) -> None:
    teller.looker = replace(teller.looker, sources={LookKind.PUSHED: look_at_pushed})
    units = teller.house.units
    text = CONTROLS.replace("\0", "")  # which is refused
    labels = {"alertname": f"Disk{text}", "instance": text, "severity": text}
    alert = {"labels": labels, "annotations": {"title": text, "summary": f"full{text}", text: text}}
    PushService(begin=units.writing, read=units.reading).push([alert], actor=ADA)
    teller.pass_time()
    (incident,) = teller.incidents()
    assert set(incident.title) <= {"\ufffd", "\t", "\n"}
    assert incident.annotations["summary"].startswith("full\ufffd")


def test_no_answer_of_a_channels_other_side_keeps_its_failing_from_being_told(teller: Teller) -> None:
    teller.looker = replace(teller.looker, sources={LookKind.CHANNEL: look_at_channels})
    with teller.house.units.writing() as work:
        work.channels.note_failed(teller.mail, work.now(), CONTROLS.replace("\0", ""))
        work.looks.bring_forward(LookKind.CHANNEL, [teller.mail], work.now())
        work.commit()
    teller.pass_time(900)
    assert [each.rule for each in teller.incidents()] == ["failing"]


def test_all_texts_of_a_sight_are_made_storable() -> None:
    bad = "a\0b\ud800c"
    sight = Sight(
        name=bad, labels={bad: bad}, rules={}, judgements={}, annotations={"failed": {bad: bad, "x": "y"}}
    )
    good = "a\ufffdb\ufffdc"
    assert (sight.name, sight.labels) == (good, {good: good})
    assert sight.annotations == {"failed": {good: good, "x": "y"}}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("Grüße, 世界 🎉", "Grüße, 世界 🎉"),
        (CONTROLS.replace("\r", ""), "\ufffd" * 9 + "\t\n" + "\ufffd" * 21),
    ],
)
def test_what_people_read_stays_as_it_was(text: str, kept: str) -> None:
    assert storable(text) == kept


@given(st.text(alphabet=st.characters(categories=["L", "N", "Cc", "Cs", "So"])))
def test_what_is_storable_stays_so_and_can_be_encoded(text: str) -> None:
    kept = storable(text)
    assert storable(kept) == kept
    assert "\0" not in kept
    kept.encode()
