"""Bodies: no more bytes are taken than the settings say, announced or not."""

from __future__ import annotations

import io

from tests.api.rig import House, Open

LIMIT = 2_000


def _body(size: int) -> bytes:
    start = b'{"name": "a", "command": ["x"], "description": "'
    return start + b"x" * (size - len(start) - 2) + b'"}'


def _send_chunked(house: House, body: bytes) -> int:
    """As granian hands over a body whose length was not announced."""
    answer = house.local.post(
        "/tasks",
        input_stream=io.BytesIO(body),
        environ_overrides={
            "wsgi.input_terminated": True,
            "CONTENT_TYPE": "application/json",
            "HTTP_TRANSFER_ENCODING": "chunked",  # so that the length which the client adds is not looked at
        },
    )
    return answer.status_code


def test_a_body_of_just_the_limit_is_taken(open_house: Open) -> None:
    house = open_house(body_bytes_max=LIMIT)

    assert house.local.post("/tasks", data=_body(LIMIT), content_type="application/json").status_code == 201


def test_a_larger_body_is_refused_by_what_it_announces(open_house: Open) -> None:
    house = open_house(body_bytes_max=LIMIT)

    answer = house.local.post("/tasks", data=_body(LIMIT + 1), content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert str(LIMIT) in answer.json["detail"]


def test_a_body_that_announces_to_be_too_large_is_not_even_read(open_house: Open) -> None:
    house = open_house(body_bytes_max=LIMIT)
    stream = io.BytesIO(_body(LIMIT + 1))

    answer = house.local.post("/tasks", input_stream=stream, content_type="application/json")

    assert (answer.status_code, stream.tell()) == (413, 0)


def test_a_larger_body_is_refused_though_it_announces_nothing(open_house: Open) -> None:
    house = open_house(body_bytes_max=LIMIT)

    assert _send_chunked(house, _body(LIMIT)) == 201
    assert _send_chunked(house, _body(LIMIT + 1)) == 413
    assert _send_chunked(house, _body(LIMIT * 100)) == 413


def test_what_was_cut_off_at_the_limit_is_never_taken_for_whole(open_house: Open) -> None:
    house = open_house(body_bytes_max=LIMIT)
    whole = b'{"name": "a", "command": ["x"]}'

    assert _send_chunked(house, whole.ljust(LIMIT) + b"and more") == 413
    assert house.local.get("/tasks").json["items"] == []


def test_a_stranger_is_refused_before_the_size_of_a_body_matters(open_house: Open) -> None:
    house = open_house(body_bytes_max=LIMIT)

    answers = [
        house.stranger.post(path, data=_body(LIMIT * 2), content_type="application/json")
        for path in ("/tasks", "/auth/login")
    ]

    assert [each.status_code for each in answers] == [401, 413]
