"""What holds for every test: the time zone, the options, and that nothing is skipped in silence.

Fixtures live in tests/services/ and beside the tests that need them.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator

# Before anything reads the clock: a zone of +12:45/+13:45 shows every naive time that UTC would hide.
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()
# What a developer's shell says about their own Autom8 is no business of the tests.
for _name in [name for name in os.environ if name.startswith("AUTOM8_") and name != "AUTOM8_REQUIRE_PAGE"]:
    del os.environ[_name]

import hypothesis  # noqa: E402 - the zone comes first
import pytest  # noqa: E402 - pytest reads the clock too

from autom8.kernel.logs import JsonLines  # noqa: E402 - the zone comes first

# How long an example takes is the machine's affair, and it is shared.
hypothesis.settings.register_profile("autom8", deadline=None)
hypothesis.settings.load_profile("autom8")

pytest_plugins = (
    "tests.services.network",
    "tests.services.postgres",
    "tests.services.databases",
    "tests.services.browser",
    "tests.services.valkey",
)

_skipped = pytest.StashKey[dict[str, list[str]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the long tests too, those marked `full`")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_skipped] = {}
    config.pluginmanager.register(_Skips(config), "autom8-skips")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the `full` tests out unless asked for; give all `serial` ones to one worker of xdist."""
    for item in items:
        if item.get_closest_marker("serial"):
            item.add_marker(pytest.mark.xdist_group("serial"))
    if config.getoption("--full"):
        return
    long = [item for item in items if item.get_closest_marker("full")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("full")]


class _Skips:
    """Gathers skips by reason; with CI=true one of them is enough to fail the session."""

    def __init__(self, config: pytest.Config) -> None:
        self._by_reason = config.stash[_skipped]
        self._are_failures = os.environ.get("CI") == "true"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        on_a_worker = hasattr(session.config, "workerinput")
        if self._by_reason and self._are_failures and not on_a_worker and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._by_reason:
            return
        verdict = ": with CI=true each is a failure" if self._are_failures else ""
        terminalreporter.section(f"skipped{verdict}", red=self._are_failures, yellow=not self._are_failures)
        for reason, tests in sorted(self._by_reason.items()):
            terminalreporter.write_line(f"{len(tests)}: {reason}, such as {tests[0]}")

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        self._by_reason.setdefault(reason.removeprefix("Skipped: "), []).append(report.nodeid)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what a test that starts a program in this process does to the root logger."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
    root.handlers[:] = [each for each in root.handlers if not isinstance(each.formatter, JsonLines)]
