"""Runs over HTTP: started, read, cancelled, and what they wrote."""

from __future__ import annotations

from autom8.kernel.vocabulary import RunState
from tests.api.rig import Caller, House, Json


def _write(house: House, run: Json, *pieces: tuple[str, bytes], attempt: int = 1) -> None:
    """Put output where a worker puts it."""
    with house.services.units.writing() as work:
        before = len(work.outputs.after(run["id"], attempt=attempt, seq=-1, limit=10_000))
        work.outputs.append(
            [
                {
                    "run_id": run["id"],
                    "attempt": attempt,
                    "seq": before + index,
                    "stream": stream,
                    "at": work.now(),
                    "tail": False,
                    "dropped_before": 0,
                    "chunk": chunk,
                }
                for index, (stream, chunk) in enumerate(pieces)
            ],
        )
        work.commit()


def _end(house: House, run: Json, state: RunState) -> None:
    with house.services.units.writing() as work:
        row = work.runs.lock(run["id"])
        row.state, row.ended_at = state, work.now()
        work.commit()


def _started(api: Caller) -> Json:
    run: Json = api.post(f"/tasks/{api.add_task()['id']}/run").json or {}
    return run


def test_a_run_started_by_hand_waits_and_says_who_asked_for_it(api: Caller) -> None:
    task = api.add_task()

    answer = api.post(f"/tasks/{task['id']}/run", {"parameters": {"TARGET": "web-1", "size": ""}})

    run = answer.json
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    assert (run["task_id"], run["task"], run["state"]) == (task["id"], task["name"], "queued")
    assert (run["trigger"], run["slot_at"], run["requested_by"]) == ("manual", None, "local")
    assert run["parameters"] == {"TARGET": "web-1", "size": ""}
    assert api.get(f"/runs/{run['id']}").json == run | {"attempts": []}


def test_cancelling_twice_is_the_same_and_what_has_ended_otherwise_can_not_be_cancelled(
    each_house: House,
) -> None:
    api = each_house.local
    run, done = _started(api), api.post("/tasks/1/run").json
    _end(each_house, done, RunState.SUCCEEDED)

    first = api.post(f"/runs/{run['id']}/cancel")
    second = api.post(f"/runs/{run['id']}/cancel")
    refused = api.post(f"/runs/{done['id']}/cancel")

    assert (first.status_code, second.status_code) == (202, 202)
    assert (first.json["state"], first.json["reason"]) == ("cancelled", "by_person")
    assert second.json == first.json
    assert (refused.status_code, refused.json["code"]) == (409, "run_ended")


def test_a_run_that_is_not_there_is_not_found(local: Caller) -> None:
    answers = [
        local.get("/runs/4711"),
        local.get("/runs/4711/output"),
        local.get("/runs/4711/output", headers={"Accept": "text/plain"}),
        local.post("/runs/4711/cancel"),
    ]

    assert [(each.status_code, each.json["code"]) for each in answers] == [(404, "run_not_found")] * 4


def test_output_is_followed_by_asking_again_after_what_was_seen(house: House) -> None:
    api = house.local
    run = _started(api)
    _write(house, run, ("stdout", b"one\n"), ("stderr", b"oh\xff\n"))

    first = api.get(f"/runs/{run['id']}/output").json
    nothing = api.get(f"/runs/{run['id']}/output?after={first['next']}").json
    _write(house, run, ("stdout", b"two\n"), attempt=2)
    _end(house, run, RunState.FAILED)
    last = api.get(f"/runs/{run['id']}/output?after={nothing['next']}").json

    assert [(piece["attempt"], piece["stream"], piece["text"]) for piece in first["items"]] == [
        (1, "stdout", "one\n"),
        (1, "stderr", "oh\ufffd\n"),
    ]
    assert (first["complete"], nothing["items"], nothing["complete"]) == (False, [], False)
    assert [piece["text"] for piece in last["items"]] == ["two\n"]
    assert last["complete"] is True


def test_output_comes_in_as_many_pieces_as_are_asked_for(house: House) -> None:
    api = house.local
    run = _started(api)
    _write(house, run, *[("stdout", b"%d\n" % number) for number in range(5)])
    _end(house, run, RunState.SUCCEEDED)

    page = api.get(f"/runs/{run['id']}/output?limit=2").json
    rest = api.get(f"/runs/{run['id']}/output?after={page['next']}").json

    assert ([piece["text"] for piece in page["items"]], page["complete"]) == (["0\n", "1\n"], False)
    assert ([piece["text"] for piece in rest["items"]], rest["complete"]) == (["2\n", "3\n", "4\n"], True)


def test_all_output_comes_as_text_to_who_wants_text(house: House) -> None:
    api = house.local
    run = _started(api)
    _write(house, run, *[("stdout", b"x" * 99_999 + b"\n")] * 25)

    answer = api.get(f"/runs/{run['id']}/output", headers={"Accept": "text/plain"})

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == ("x" * 99_999 + "\n") * 25
    assert api.get(f"/runs/{run['id']}/output", headers={"Accept": "*/*"}).is_json


def test_a_cursor_of_another_run_is_refused(local: Caller) -> None:
    first, second = _started(local), local.post("/tasks/1/run").json
    cursor = local.get(f"/runs/{first['id']}/output").json["next"]

    for after in (cursor, "x", "\u00e9", "MS4xLjE="):
        refused = local.get(f"/runs/{second['id']}/output?after={after}")
        assert (refused.status_code, list(refused.json["fields"])) == (400, ["after"])


def test_a_run_that_is_as_the_caller_knows_it_is_not_sent_again(house: House) -> None:
    run = _started(house.local)
    path = f"/runs/{run['id']}"
    etag = house.local.get(path).headers["ETag"]

    assert etag.startswith("W/")
    assert house.local.get(path, headers={"If-None-Match": etag}).status_code == 304
    _end(house, run, RunState.SUCCEEDED)
    assert house.local.get(path, headers={"If-None-Match": etag}).status_code == 200
