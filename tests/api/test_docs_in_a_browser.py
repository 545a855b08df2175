"""Swagger UI as a browser sees it: it shows the API, breaks no policy, and asks nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from autom8.api import docs
from autom8.dashboard import make_blueprint
from tests.api.rig import House

STATUS = "tbody .response-col_status"


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """Where the API and the page's files are served."""
    if not (docs.SWAGGER / "swagger-ui-bundle.js").exists():
        pytest.skip("the page was not built (npm's registry could not be reached)")
    app = house.client.application
    assert isinstance(app, Flask)
    app.register_blueprint(make_blueprint())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _seen_by_scrolling(page: Page) -> set[str]:
    """The operations that are drawn from the top to the end: of so many, only those in sight are."""
    seen: set[str] = set()
    page.mouse.move(300, 300)
    for _ in range(400):
        there = set(page.locator(".opblock").evaluate_all("found => found.map((each) => each.id)"))
        seen |= there
        if len(seen) > 100:
            break
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(50)
    return seen


def _scroll_to(page: Page, selector: str) -> None:
    page.mouse.move(2, 300)  # beside all that scrolls by itself
    for _ in range(400):
        if page.locator(selector).count():
            page.locator(selector).first.scroll_into_view_if_needed()
            return
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(50)


def test_swagger_ui_shows_every_operation_and_asks_this_server_only(address: str, page: Page) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)

    page.goto(f"{address}/api/docs")
    page.wait_for_selector(".opblock")

    assert len(_seen_by_scrolling(page)) > 100
    assert page.locator(".info .title").inner_text().startswith("Autom8")
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert complaints == []


def test_swagger_ui_works_under_a_policy_that_allows_no_inline_style(
    address: str, house: House, page: Page
) -> None:
    """Opened, filled in, executed: style attributes that it wrote as text would be refused, and told here."""
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    token = house.local.headers["Authorization"].removeprefix("Bearer ")
    page.set_default_timeout(120_000)  # much is drawn, and the machine may be busy

    answer = page.goto(f"{address}/api/docs")
    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"]
    page.wait_for_selector(".opblock")
    page.click(".btn.authorize")
    page.fill(".auth-container input[type=text]", token)
    page.click(".auth-btn-wrapper button.authorize")
    page.click(".auth-btn-wrapper button.btn-done")
    for operation in ("list_tasks", "add_task"):
        _scroll_to(page, f"#operations-tasks-{operation}")
        block = page.locator(f"#operations-tasks-{operation}")
        block.locator("button.opblock-summary-control").click()
        block.locator(".try-out__btn").click()
        block.locator("button.execute").click()
        block.locator(f".live-responses-table {STATUS}").wait_for()

    listed = page.locator(f"#operations-tasks-list_tasks .live-responses-table {STATUS}")
    assert listed.inner_text().startswith("200")
    assert [line for line in complaints if "400" not in line] == []  # an empty task is refused, and told
