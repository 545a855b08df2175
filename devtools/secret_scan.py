"""Looks for keys, tokens and passwords in what is committed; not_secrets.toml says what is none, and why.

detect-secrets finds them. Its own ways of looking away (a comment in the line, a baseline file) are left
out: a finding is mended or named in the one list, and a name there that fits nothing is an error too.
Contents in which this very scan has found nothing are remembered in .dev/, by their digests.
`python -m devtools.secret_scan [FILE …]`; without files, all that git knows or would add.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Final

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

from devtools.console import ROOT, say

LIST: Final = ROOT / "devtools/not_secrets.toml"
MEMORY: Final = ROOT / ".dev/no-secrets.json"
# Pictures, and locks that tests/setup/test_locks.py reads line by line.
NOT_READ: Final = ("*.png", "*.ico", "*.woff2", "requirements/*.txt", "web/package-lock.json")
NOT_ASKED: Final = {"IPPublicDetector"}  # addresses of documentation are no secrets
OURS: Final = re.compile(r"\b(a8_(?:live|test)_[A-Za-z0-9_-]{24,}|a8l_[A-Za-z0-9_-]{32,})")
# What looks like a reference, not like a value: `password = os.environ["X"]`, `${TOKEN}`, a UUID.
LOOKED_OVER: Final = (
    "is_indirect_reference",
    "is_likely_id_string",
    "is_not_alphanumeric_string",
    "is_potential_uuid",
    "is_prefixed_with_dollar_sign",
    "is_sequential_string",
    "is_templated_secret",
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that looks like a secret. `line` is the whole line, never printed."""

    path: str
    number: int
    kind: str
    line: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """Findings of this kind, in files that fit, on lines that hold this text, are none."""

    path: str
    kind: str
    text: str
    reason: str

    def fits(self, finding: Finding) -> bool:
        """Whether this is what is meant."""
        return fnmatch(finding.path, self.path) and finding.kind == self.kind and self.text in finding.line


def exemptions(source: Path = LIST) -> list[Exemption]:
    """What was looked at and is no secret."""
    entries = tomllib.loads(source.read_text(encoding="utf-8"))["not_secret"]
    return [
        Exemption(path=e["path"], kind=e["kind"], text=e.get("text", ""), reason=e["reason"]) for e in entries
    ]


def scan(paths: Sequence[str], *, root: Path = ROOT) -> list[Finding]:
    """All that looks like a secret in these files below `root`."""
    read = [path for path in paths if not any(fnmatch(path, each) for each in NOT_READ)]
    plugins: Mapping[str, type[object]] = get_mapping_from_secret_type_to_class()
    names = [each.__name__ for each in plugins.values()]
    chosen = {
        "plugins_used": [{"name": name} for name in names if name not in NOT_ASKED],
        "filters_used": [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in LOOKED_OVER],
    }
    secrets = SecretsCollection(root=str(root))
    with transient_settings(chosen):
        secrets.scan_files(*read)
    found = {
        Finding(path, each.line_number, each.type, _line(root / path, each.line_number))
        for path, those in secrets.data.items()
        for each in those
    }
    return sorted(found | set(_own_tokens(read, root)))


def committed() -> list[str]:
    """The files that git has, and those that it would add."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted({name for name in names if name and (ROOT / name).is_file()})


def main(arguments: list[str]) -> int:
    """Name each secret by its place, never by its value; 0 when there is none and the list is exact."""
    known = exemptions()
    found = scan(arguments) if arguments else _scan_what_changed(committed())
    standing = [each for each in found if not any(entry.fits(each) for entry in known)]
    for each in standing:
        say(f"{each.path}:{each.number}: {each.kind}")
    if standing:
        say("take them out (a secret that was committed is spent), or name them in devtools/not_secrets.toml")
    idle = [] if arguments else [entry for entry in known if not any(entry.fits(each) for each in found)]
    for entry in idle:
        say(f"devtools/not_secrets.toml: nothing is exempted by {entry.path} ({entry.kind}): remove it")
    return 1 if standing or idle else 0


def _scan_what_changed(paths: Sequence[str]) -> list[Finding]:
    """As `scan`, but for contents that are known to hold nothing."""
    digests = {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in paths}
    clean = _remembered()
    found = scan([path for path in paths if digests[path] not in clean])
    guilty = {each.path for each in found}
    _remember({digest for path, digest in digests.items() if path not in guilty})
    return found


def _remembered() -> set[str]:
    try:
        kept: Mapping[str, list[str]] = json.loads(MEMORY.read_text())
    except (OSError, ValueError):
        return set()
    return set(kept.get(_scanner(), []))


def _remember(clean: set[str]) -> None:
    MEMORY.parent.mkdir(exist_ok=True)
    MEMORY.write_text(json.dumps({_scanner(): sorted(clean)}))


def _scanner() -> str:
    """Changes with what looks and with how it looks."""
    return f"{version('detect-secrets')} {hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}"


def _own_tokens(paths: Iterable[str], root: Path) -> Iterator[Finding]:
    for path in paths:
        for number, line in enumerate((root / path).read_text(errors="ignore").splitlines(), start=1):
            if OURS.search(line):
                yield Finding(path, number, "Autom8 Token", line)


def _line(path: Path, number: int) -> str:
    lines = path.read_text(errors="ignore").splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
