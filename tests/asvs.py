"""Reads docs/asvs.md: each requirement with its state, its reason and its evidence."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs/asvs.md"
STATES: Final = ("met", "in part", "not met", "not applicable")
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has: numbered from 1, without gaps.
SECTIONS: Final = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """What the page says of some requirements."""

    items: tuple[str, ...]
    state: str
    words: str
    shown: str

    @property
    def tests(self) -> list[str]:
        """`path::name` of each test."""
        return re.findall(r"`(tests/[\w/.]+::\w+)`", self.shown)

    @property
    def pages(self) -> list[str]:
        """`page.md#heading` of each page."""
        return re.findall(r"\]\(([\w/.-]+\.md#[\w-]+)\)", self.shown)

    @property
    def rest(self) -> str:
        """What of the evidence is neither."""
        return re.sub(r"`tests/[\w/.]+::\w+`|\[[^\]]+\]\([\w/.-]+\.md#[\w-]+\)", "", self.shown).strip()


def rows(text: str) -> list[Row]:
    """The rows of all tables of the page."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if line.startswith("|") and re.match(r"\d", cells[0]):
            items, state, words, shown = cells
            found.append(Row(tuple(items.split(", ")), state, words, shown))
    return found


def counts(found: list[Row]) -> str:
    """The sentence at the head of the page."""
    total = Counter[str]()
    for row in found:
        total[row.state] += len(row.items)
    each = ", ".join(f"{total[state]} {state}" for state in STATES)
    return f"{total.total()} requirements: {each}."


def faults(found: list[Row]) -> Iterator[str]:
    """What is wrong with the rows, each in a line."""
    wanted = {f"{section}.{number}" for section, last in SECTIONS.items() for number in range(1, last + 1)}
    named = Counter(item for row in found for item in row.items)
    yield from (f"{item} is missing" for item in sorted(wanted - named.keys()))
    yield from (f"{item} is no requirement of levels 1 and 2" for item in sorted(named.keys() - wanted))
    yield from (f"{item} stands there {count} times" for item, count in named.items() if count > 1)
    for row in found:
        yield from (f"{', '.join(row.items)}: {fault}" for fault in _faults(row))


def _faults(row: Row) -> Iterator[str]:
    if row.state not in STATES:
        yield f"{row.state!r} is no state"
        return
    if not row.words:
        yield "says nothing"
    if row.rest:
        yield f"{row.rest!r} is neither a test nor a page"
    proven = bool(row.tests or row.pages)
    if proven is not (row.state in {"met", "in part"}):
        yield f"is {row.state} {'with' if proven else 'without'} evidence"
    yield from (f"there is no test {test}" for test in row.tests if not _exists(test))
    yield from (f"there is no heading {page}" for page in row.pages if not _has_heading(page))


def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return name.startswith("test_") and name in tests_of(ROOT / path)


@cache
def tests_of(path: Path) -> frozenset[str]:
    """The tests that a file defines at its top level."""
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _has_heading(page: str) -> bool:
    name, _, anchor = page.partition("#")
    path = ROOT / "docs" / name
    if not path.is_file():
        return False
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return anchor in {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}
