"""Audits the packages that Autom8 is made of for known vulnerabilities, and never takes silence for health.

Three ends: nothing is known (0), something is (1), or the data could not be had (NOT_DONE). Tools and mirrors
answer "nothing" when they know nothing, so each question holds a bait: a release whose vulnerabilities have
been public for years. Data that do not know the bait are no data. `python -m devtools.audit python` or `npm`.

Names no address: pip-audit and npm know theirs; AUTOM8_AUDIT_URL gives another service that speaks OSV's API.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from devtools.console import NOT_DONE, ROOT, say
from devtools.diagnosis import unreachable

TIME_MAX_S: Final = 90
PYTHON_LOCKS: Final = ("check", "bootstrap", "build")  # check.txt holds what run.txt and test.txt hold
PYTHON_BAIT: Final = ("django", "2.0")
NPM_BAIT: Final = ("lodash", "4.17.4")
_PINNED: Final = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)", re.MULTILINE)


class NoData(Exception):
    """The data could not be had; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A known vulnerability of a package that we pin. `names` are all that it goes by."""

    package: str
    names: frozenset[str]
    advice: str = field(default="")


def audit_python(*, locks: Iterable[Path] | None = None) -> list[Finding]:
    """What is known of the pinned Python packages, those for other platforms too.

    Raises:
        NoData: the vulnerability service was not reached, or does not know what everybody knows.
    """
    wanted = locks or [ROOT / f"requirements/{name}.txt" for name in PYTHON_LOCKS]
    pinned = {
        found["name"]: found["version"] for lock in wanted for found in _PINNED.finditer(lock.read_text())
    }
    assert PYTHON_BAIT[0] not in pinned
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder, "requirements.txt"), Path(folder, "told.json")
        # A hash that fits nothing: pip-audit asks for one and, as it downloads nothing, never compares it.
        some_hash = "0" * 64
        lines = (
            f"{name}=={version} --hash=sha256:{some_hash}" for name, version in [*pinned.items(), PYTHON_BAIT]
        )
        asked.write_text("\n".join(lines) + "\n")
        argv = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip"]
        argv += ["--vulnerability-service", "osv", "--timeout", "10", "--progress-spinner", "off"]
        argv += ["--format", "json", "--requirement", str(asked), "--output", str(told)]
        if url := os.environ.get("AUTOM8_AUDIT_URL"):
            argv += ["--osv-url", url]
        output = _run(argv, cwd=Path(folder))
        if not told.exists():
            raise NoData(_reason(output.stderr))
        known = json.loads(told.read_text())["dependencies"]
    if missing := {*pinned, PYTHON_BAIT[0]} - {each["name"] for each in known if "vulns" in each}:
        raise NoData(f"it says nothing of {', '.join(sorted(missing)[:5])}")
    return _without_bait(_python_findings(known), bait=PYTHON_BAIT[0])


def audit_npm(*, web: Path = ROOT / "web") -> list[Finding]:
    """What npm's registry knows of the page's pinned packages.

    Raises:
        NoData: the registry was not reached, takes no questions, or does not know what everybody knows.
    """
    from hatch_build import system_node, wheel_node

    node = system_node() or wheel_node()
    with tempfile.TemporaryDirectory() as folder:
        _baited(web, Path(folder))
        env = {"PATH": f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
        quick = {"npm_config_fetch_retries": "0", "npm_config_fetch_timeout": "10000"}
        argv = [str(node.folder / "node"), str(node.npm_cli), "audit", "--json", "--package-lock-only"]
        output = _run(argv, cwd=Path(folder), env={**quick, **os.environ, **env})
    try:
        told = json.loads(output.stdout)
        known = told["vulnerabilities"]
    except (ValueError, KeyError):
        raise NoData(_reason(output.stderr)) from None
    return _without_bait(_npm_findings(known), bait=NPM_BAIT[0])


def accepted() -> Mapping[str, str]:
    """The vulnerabilities that were looked at and do not touch Autom8, each with its reason."""
    table: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["autom8"]["accepted"]
    return table


def main(arguments: list[str]) -> int:
    """Say what is known of the packages of this kind; 0, 1 or NOT_DONE."""
    kinds: dict[str, Callable[[], list[Finding]]] = {"python": audit_python, "npm": audit_npm}
    kind = arguments[0]
    try:
        found = kinds[kind]()
    except NoData as gap:
        say(f"dependency audit ({kind}): NOT DONE, its data can't be reached ({gap})")
        return NOT_DONE
    reasons = accepted()
    standing = [each for each in found if not each.names & reasons.keys()]
    for each in found:
        reason = next((reasons[name] for name in sorted(each.names) if name in reasons), None)
        told = f"{each.package}: {', '.join(sorted(each.names))}{each.advice}"
        say(f"{told}; accepted: {reason}" if reason else told)
    return 1 if standing else 0


def _run(
    argv: list[str], *, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=TIME_MAX_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoData(f"no answer within {TIME_MAX_S} s") from None


def _reason(output: str) -> str:
    told = unreachable(output, doing="asking for vulnerabilities")
    lines = (told or output).strip().splitlines() or ["no answer"]
    telling = next((each for each in lines if "npm warn audit" in each), lines[-1])
    return (lines[0] if told else telling.removeprefix("npm warn audit ")).rstrip(".")[:200]


def _without_bait(found: Iterable[Finding], *, bait: str) -> list[Finding]:
    known = list(found)
    if not any(each.package.startswith(f"{bait} ") for each in known):
        raise NoData(f"it does not know the vulnerabilities of {bait}, which everybody knows")
    return [each for each in known if not each.package.startswith(f"{bait} ")]


def _python_findings(known: list[dict[str, Any]]) -> Iterator[Finding]:
    for package in known:
        for each in package["vulns"]:
            fixed = ", ".join(each["fix_versions"])
            yield Finding(
                f"{package['name']} {package['version']}",
                frozenset({each["id"], *each.get("aliases", [])}),
                f"; mended in {fixed}" if fixed else "; not mended yet",
            )


def _npm_findings(known: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    for name, package in known.items():
        # What is vulnerable only by what it depends on names that as a text; that package has its own entry.
        for each in [via for via in package["via"] if isinstance(via, dict)]:
            advisory = str(each.get("url", "")).rpartition("/")[2]
            yield Finding(f"{name} {each.get('range', '')}", frozenset({advisory or str(each.get("source"))}))


def _baited(web: Path, folder: Path) -> None:
    """The page's lock file with one more package in it."""
    name, version = NPM_BAIT
    manifest, lock = (json.loads((web / file).read_text()) for file in ("package.json", "package-lock.json"))
    assert f"node_modules/{name}" not in lock["packages"]
    for each in (manifest, lock["packages"][""]):
        each.setdefault("dependencies", {})[name] = version
    lock["packages"][f"node_modules/{name}"] = {"version": version}
    (folder / "package.json").write_text(json.dumps(manifest))
    (folder / "package-lock.json").write_text(json.dumps(lock))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
