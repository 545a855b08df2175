"""What callers send to be read by us, damaged in every way: it is refused in words, or it is what it was.

Each is a token, cookie, key or cursor that was good, with bytes changed, added or cut out; and texts that
never were one. Nothing of it may get in, and nothing may break.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autom8.bootstrap import parts as bootstrap
from autom8.kernel.vocabulary import Role
from autom8.security.service import build_security
from tests.api.rig import PASSWORD, Answer, Caller, House, opened

EXAMPLES = 60
LONG = 5_000
# What a header can carry over WSGI: Latin-1 without what ends the line.
HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=300)
ANYTHING = st.text(max_size=300)


def damaged(good: str, alphabet: st.SearchStrategy[str] = HEADER) -> st.SearchStrategy[str]:
    """`good` with a piece of it replaced by something else, or twice, or cut; never `good` itself."""

    @st.composite
    def build(draw: st.DrawFn) -> str:
        start = draw(st.integers(0, len(good)))
        end = draw(st.integers(start, len(good)))
        piece = draw(st.one_of(st.just(""), st.just(good), alphabet))
        return good[:start] + piece + good[end:]

    return st.one_of(build(), alphabet).filter(lambda text: text.strip() != good)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home: Path = tmp_path_factory.mktemp("fuzzed") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "build_security", partial(build_security, password_cost=4))
        with opened(home) as house:
            yield house


@pytest.fixture(scope="module")
def admin(house: House) -> Caller:
    return house.user(Role.ADMIN)


def try_many(
    strategy: st.SearchStrategy[str], ask: Callable[[str], Answer], allowed: set[int], *, examples: int
) -> None:
    @settings(max_examples=examples, deadline=None, database=None)
    @given(strategy)
    def attempt(text: str) -> None:
        answer = ask(text)
        assert answer.status_code in allowed, (answer.status_code, text)
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"

    attempt()


@pytest.fixture(params=[EXAMPLES, pytest.param(LONG, marks=pytest.mark.full)], ids=["short", "long"])
def examples(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


def test_no_damaged_bearer_token_gets_in(house: House, admin: Caller, examples: int) -> None:
    for caller in (admin, house.local):
        good = caller.headers["Authorization"]
        assert caller.get("/users").status_code == 200
        # The scheme's name may be written in any case and followed by spaces: damage only what follows it.
        spoilt = damaged(good.removeprefix("Bearer ")).map(lambda text: f"Bearer {text}")
        try_many(
            spoilt,
            lambda text: house.stranger.having(Authorization=text).get("/users"),
            {401},
            examples=examples,
        )


def test_no_damaged_header_of_another_scheme_gets_in(house: House, examples: int) -> None:
    try_many(
        HEADER, lambda text: house.stranger.having(Authorization=text).get("/users"), {401}, examples=examples
    )


def test_no_damaged_cookie_gets_in(house: House, admin: Caller, examples: int) -> None:
    signed_in = house.stranger.post("/auth/login", {"name": "admin", "password": PASSWORD, "cookie": True})
    name, _, value = signed_in.headers["Set-Cookie"].partition(";")[0].partition("=")
    assert house.stranger.having(Cookie=f"{name}={value}").get("/users").status_code == 200

    # Whatever ends a cookie's value ends what was sent of it; the good value before that is the good value.
    spoilt = damaged(value).filter(lambda text: not text.strip(' "').startswith(value))
    try_many(
        spoilt,
        lambda text: house.stranger.having(Cookie=f"{name}={text}").get("/users"),
        {401},
        examples=examples,
    )


def test_no_damaged_refresh_token_gives_another(house: House, admin: Caller, examples: int) -> None:
    granted = house.stranger.post("/auth/login", {"name": "admin", "password": PASSWORD}).json
    try_many(
        damaged(granted["refresh_token"], ANYTHING),
        lambda text: house.stranger.post("/auth/refresh", {"refresh_token": text}),
        {400, 401},
        examples=examples,
    )
    again = house.stranger.post("/auth/refresh", {"refresh_token": granted["refresh_token"]})
    assert again.status_code == 200  # none of it has ended the session


def test_no_damaged_etag_changes_anything(house: House, examples: int) -> None:
    task = house.local.add_task("kept as it is")
    path = f"/tasks/{task['id']}"
    etag = house.local.get(path).headers["ETag"]
    number = etag.partition("-r")[2].partition("-")[0]

    # The version is what counts (a proxy may add to the rest of it), so it must be another or none.
    spoilt = damaged(etag).filter(lambda text: f'"t{task["id"]}-r{number}' not in text)
    try_many(
        spoilt,
        lambda text: house.local.patch(path, {"description": "changed"}, text),
        {412, 428},
        examples=examples,
    )
    assert house.local.get(path).headers["ETag"] == etag


def test_a_damaged_idempotency_key_is_another_key_or_none(house: House, examples: int) -> None:
    body = {"name": "once", "command": ["/bin/true"]}
    assert house.local.post("/tasks", body, headers={"Idempotency-Key": "key-1"}).status_code == 201

    try_many(
        damaged("key-1"),
        lambda text: house.local.post("/tasks", body, headers={"Idempotency-Key": text}),
        {400, 409},  # no key, or another key for a name that is taken
        examples=examples,
    )


def test_a_damaged_cursor_is_refused_or_a_place_in_the_list(house: House, examples: int) -> None:
    for number in range(3):
        house.local.add_task(f"listed {number}")
    cursor = house.local.get("/tasks?limit=1").json["next"]
    try_many(
        damaged(cursor, ANYTHING),
        lambda text: house.local.get("/tasks", query_string={"limit": "1", "cursor": text}),
        {200, 400},
        examples=examples,
    )


def test_odd_headers_that_proxies_set_break_nothing(house: House, examples: int) -> None:
    names = (
        "X-Request-Id",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Origin",
        "Sec-Fetch-Site",
        "If-None-Match",
    )
    for name in names:
        try_many(
            HEADER,
            lambda text, name=name: house.local.get("/tasks", headers={name: text}),  # type: ignore[misc]
            {200, 304},
            examples=examples // 3,
        )


def test_odd_ids_lead_nowhere(house: House, examples: int) -> None:
    texts = st.text(
        st.characters(exclude_characters="/?#%\\", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40
    )
    numbers = st.integers(min_value=-(2**70), max_value=2**70).map(str)
    asked = st.one_of(texts, numbers).filter(lambda text: text not in {".", "..", "preview", "import"})
    try_many(asked, lambda text: house.local.get(f"/runs/{text}"), {404}, examples=examples)
