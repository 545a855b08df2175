"""Somebody at the page: what they do and what they see, in the page's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

from tests.dashboard.running_server import PASSWORD


@dataclass
class Person:
    """Drives one page; notes what the browser blocked and what was asked of other machines."""

    page: Page
    url: str
    blocked: list[str] = field(default_factory=list)
    asked_elsewhere: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_blocked)
        self.page.on("request", self._note_elsewhere)

    def open(self, path: str) -> Self:
        self.page.goto(self.url + path)
        return self

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def signed_in(self, name: str) -> Self:
        self.open("/login").sign_in(name)
        self.sees_heading("Tasks")
        return self

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def sees_heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", name=text, exact=True, level=1)).to_be_visible()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_no(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_have_count(0)

    def sees_dialog_close(self) -> None:
        """What was asked for is done: a dialog stays open while it waits, and when it is refused."""
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("link", name=name, exact=True))

    def stands_in(self, field: str) -> Person:
        """The focus is in this field, or comes there."""
        expect(self.page.locator(f'[data-field="{field}"]')).to_be_focused()
        return self

    def accessibility_faults(self) -> str:
        """What axe finds on the page as it is now; empty when nothing."""
        found = Axe().run(self.page)
        return found.generate_report() if found.violations_count else ""

    def scrolls_sideways(self) -> bool:
        wider: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wider

    def _note_blocked(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.blocked.append(message.text)

    def _note_elsewhere(self, request: Request) -> None:
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.asked_elsewhere.append(request.url)
