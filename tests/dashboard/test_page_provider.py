"""Signing in by a provider, in a real browser: there and back across sites, with a real provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer, running
from tests.services.oidc import free_port, oidc_provider

ADA: dict[str, Any] = {"sub": "ada@example.org", "preferred_username": "ada", "groups": ["ops"]}
EVE: dict[str, Any] = {"sub": "eve@example.org", "preferred_username": "eve", "groups": ["strangers"]}


@pytest.fixture(scope="module")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server at 127.0.0.1 and its provider at localhost: to a browser, two sites."""
    port = free_port()
    with oidc_provider(ADA, EVE) as issuer:
        settings = {
            "AUTOM8_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "AUTOM8_OIDC_ISSUER": issuer,
            "AUTOM8_OIDC_CLIENT_ID": "autom8",
            "AUTOM8_OIDC_CLIENT_SECRET": "whatever",
            "AUTOM8_OIDC_LABEL": "Example ID",
            "AUTOM8_OIDC_ROLE_CLAIM": "groups",
            "AUTOM8_OIDC_ROLES": "ops=operator,admins=admin",
            "AUTOM8_EGRESS_ALLOW": issuer.removeprefix("http://"),
        }
        with running(tmp_path_factory.mktemp("home"), port=port, settings=settings) as server:
            yield server


@pytest.fixture
def person(site: RunningServer, page: Page) -> Person:
    return Person(page, site.url)


def test_a_person_goes_to_the_provider_and_comes_back_signed_in(person: Person) -> None:
    person.open("/runs?state=failed")
    person.sees_heading("Sign in")
    assert person.accessibility_faults() == ""
    person.follow("Sign in with Example ID")
    person.click(ADA["sub"])

    person.sees_heading("Runs")
    assert person.page.url == f"{person.url}/runs?state=failed"
    person.sees("ada")
    cookies = {cookie["name"]: cookie for cookie in person.page.context.cookies()}
    assert cookies["__Host-autom8"]["sameSite"] == "Strict"
    assert "__Host-autom8-sign-in" not in cookies
    assert person.blocked == []


def test_the_step_back_into_the_page_brings_the_strict_cookie_along(person: Person) -> None:
    """What the callback's own page is for: a redirect would still be a step of the provider's site."""
    person.open("/login?next=/runs").follow("Sign in with Example ID")
    person.page.get_by_role("button", name=ADA["sub"]).wait_for()
    with person.page.expect_request(
        lambda request: request.is_navigation_request() and request.url.endswith("/runs")
    ) as asked:
        person.click(ADA["sub"])

    assert "__Host-autom8=" in asked.value.all_headers().get("cookie", "")


def test_a_session_from_the_provider_may_change_things_and_signs_out(person: Person) -> None:
    person.open("/login").follow("Sign in with Example ID")
    person.click(ADA["sub"])
    person.sees_heading("Tasks")
    person.page.reload()
    person.sees_heading("Tasks")

    person.click("Sign out")
    person.sees_heading("Sign in")
    person.open("/tasks")
    person.sees_heading("Sign in")


def test_who_has_no_role_is_told_so_and_stays_out(person: Person, site: RunningServer) -> None:
    person.open("/login").follow("Sign in with Example ID")
    person.click(EVE["sub"])

    person.sees_heading("Sign in")
    expect(person.page.get_by_role("alert")).to_have_text(
        "The provider gives you no role here. Ask an administrator."
    )
    assert "eve" not in {user["name"] for user in site.get("/users")["items"]}


def test_who_says_no_at_the_provider_is_told_so(person: Person) -> None:
    person.open("/login").follow("Sign in with Example ID")
    person.click("Deny")

    person.sees_heading("Sign in")
    expect(person.page.get_by_role("alert")).not_to_be_empty()


def test_an_address_that_claims_a_problem_shows_only_our_words(person: Person) -> None:
    person.open("/login?problem=%3Cb%3ECall%200800%20EVIL%3C/b%3E")

    expect(person.page.get_by_role("alert")).to_have_text(
        "Signing in by the provider did not work. Try again."
    )


def test_back_does_not_lead_to_a_page_that_signs_in_again(person: Person) -> None:
    person.open("/login").follow("Sign in with Example ID")
    person.click(ADA["sub"])
    person.sees_heading("Tasks")

    person.page.go_back()

    assert "/callback" not in person.page.url
