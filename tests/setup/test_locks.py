"""The lock files pin everything, and nothing in the repository says where packages come from."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from devtools.console import ROOT
from devtools.environment import REQUIREMENTS, SETS, TOOLS

MADE_HERE = {
    ".git",
    ".venv",
    ".dev",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "node_modules",
}
MADE_HERE |= {"__pycache__", "static", "_build", ".import_linter_cache", "build", "dist"}
# In two parts, or this file would be the first to name one.
REGISTRIES = re.compile(
    "|".join((r"pypi\." + "org", "python" + "hosted", "npm" + r"js\.(org|com)", "npm" + "mirror"))
)
REQUIREMENT = re.compile(r"^(?P<name>[\w.-]+)==\S+( ; [^\\]+)? \\$")


def lock_files() -> list[str]:
    return sorted(path.name for path in REQUIREMENTS.glob("*.txt"))


def committed_files() -> Iterator[Path]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE_HERE]
        yield from (Path(folder, name) for name in files if not name.startswith(".coverage"))


def normalised(requirement: str) -> str:
    name = re.split(r"[\[<>=!~;, ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock: str) -> set[str]:
    lines = (REQUIREMENTS / lock).read_text().splitlines()
    return {normalised(found["name"]) for line in lines if (found := REQUIREMENT.match(line))}


def test_there_is_one_lock_for_each_set() -> None:
    assert lock_files() == sorted(f"{name}.txt" for name in (*TOOLS, *SETS))


@pytest.mark.parametrize("lock", lock_files())
def test_every_line_is_a_pinned_package_or_its_hash(lock: str) -> None:
    for line in (REQUIREMENTS / lock).read_text().splitlines():
        assert REQUIREMENT.match(line) or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line


@pytest.mark.parametrize("chosen", sorted(SETS))
def test_what_pyproject_asks_for_is_pinned(chosen: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"]]
    wanted += [name for group in SETS[chosen] for name in project["dependency-groups"][group]]
    missing = {normalised(name) for name in wanted} - pinned(f"{chosen}.txt")
    assert not missing, "run ./dev lock"


def test_a_set_holds_the_versions_of_the_set_before_it() -> None:
    versions = [
        dict(re.findall(r"^([\w.-]+)==(\S+)", (REQUIREMENTS / f"{name}.txt").read_text(), re.MULTILINE))
        for name in SETS
    ]
    for smaller, larger in pairwise(versions):
        assert smaller.items() <= larger.items()


def test_no_file_names_a_package_registry() -> None:
    named = []
    for path in committed_files():
        found = REGISTRIES.search(path.read_text(errors="ignore"))
        if found:
            named.append(f"{path.relative_to(ROOT)}: {found[0]}")
    assert named == []
