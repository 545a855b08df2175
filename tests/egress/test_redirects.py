"""Redirects: not followed unless asked for, and each judged as if it had been asked for itself."""

from __future__ import annotations

import pytest

from autom8.egress.errors import (
    EgressAnswerInvalid,
    EgressError,
    EgressRefused,
    EgressTooManyRedirects,
)
from autom8.egress.service import Answer, Ask, Egress, Limits
from autom8.kernel.events import OutgoingRefused
from tests.egress.far_side import OK, far_side, redirect, way_out

FOLLOW = Limits(redirects_max=3)
OPEN, INSIDE = "127.0.0.2", "127.0.0.1"


def follow(egress: Egress, url: str, **more: object) -> Answer:
    return egress.ask(Ask(url=url, purpose="test", limits=FOLLOW, **more))  # type: ignore[arg-type]


def test_a_redirect_is_the_answer_unless_it_shall_be_followed() -> None:
    with far_side(redirect("http://127.0.0.1:1/")) as side:
        answer = way_out(INSIDE).ask(Ask(url=side.url, purpose="test"))

    assert answer.status == 302
    assert answer.header("location") == "http://127.0.0.1:1/"


def test_a_followed_redirect_ends_where_it_leads() -> None:
    with far_side() as there, far_side(redirect(f"{there.url}here?x=1")) as side:
        answer = follow(way_out(INSIDE), side.url)

        assert (answer.status, answer.url) == (200, f"{there.url}here?x=1")


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://localhost:{port}/",
    ],
)
def test_a_redirect_inside_is_refused_and_told(location: str) -> None:
    heard: list[OutgoingRefused] = []
    with (
        far_side(address=INSIDE) as inside,
        far_side(redirect(location.format(port=inside.port)), address=OPEN) as side,
    ):
        with pytest.raises(EgressRefused):
            follow(way_out(OPEN, heard=heard), side.url)

        assert (side.connections, inside.connections) == (1, 0)
        assert [(each.port, each.purpose) for each in heard] == [(inside.port, "test")]


@pytest.mark.parametrize(
    ("location", "refused"),
    [
        ("http://2130706433/", EgressAnswerInvalid),
        ("http://user:secret@127.0.0.2/", EgressAnswerInvalid),
        ("http://[::1", EgressAnswerInvalid),
        ("file:///etc/passwd", EgressRefused),
        ("gopher://127.0.0.2/", EgressRefused),
    ],
)
def test_a_redirect_to_what_is_not_asked_is_not_followed(location: str, refused: type[EgressError]) -> None:
    with far_side(redirect(location), address=OPEN) as side, pytest.raises(refused):
        follow(way_out("127.0.0.0/8"), side.url)


def test_redirects_in_a_circle_end() -> None:
    with far_side(redirect("/again")) as side:
        with pytest.raises(EgressTooManyRedirects):
            follow(way_out(INSIDE), side.url)

        assert side.connections == 4


def test_credentials_stay_with_the_origin_that_they_are_for() -> None:
    secret = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Cookie": "s3cret", "Accept": "a/b"}
    with far_side() as there, far_side(redirect(there.url)) as side:
        follow(way_out(INSIDE), side.url, headers=secret)

        assert side.asked[0].count(b"s3cret") == 3
        assert b"s3cret" not in there.asked[0]
        assert b"Accept: a/b" in there.asked[0]


def test_credentials_go_along_within_one_origin() -> None:
    answers = iter([redirect("/second"), OK])
    with far_side(lambda connection: connection.sendall(next(answers))) as side:
        follow(way_out(INSIDE), side.url, headers={"Authorization": "Bearer s3cret"})

        assert [b"s3cret" in asked for asked in side.asked] == [True, True]


@pytest.mark.parametrize(("status", "method"), [("303 See Other", b"GET"), ("302 Found", b"GET")])
def test_what_was_posted_is_not_posted_again(status: str, method: bytes) -> None:
    with far_side() as there, far_side(redirect(there.url, status)) as side:
        follow(
            way_out(INSIDE), side.url, method="POST", body=b"s3cret", headers={"Content-Type": "text/plain"}
        )

        assert there.asked[0].startswith(method)
        assert b"s3cret" not in there.asked[0]
        assert b"Content-Type" not in there.asked[0]


def test_a_body_is_not_taken_to_another_origin() -> None:
    with far_side() as there, far_side(redirect(there.url, "307 Temporary Redirect")) as side:
        with pytest.raises(EgressRefused):
            follow(way_out(INSIDE), side.url, method="POST", body=b"s3cret")

        assert there.connections == 0
