"""Takes what looks secret out of the output that a message quotes.

Pure. What a task was given under a name that tells of a secret is masked wherever it stands; beside it what
is known by its form. No rule finds every secret, so that a message quotes few lines. Each form looks at a
bounded stretch of text, so that no output makes it slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

MASK: Final = "•••"
SECRET_CHARS_MIN: Final = 4
_TELLING: Final = re.compile(
    r"pass(word|wd|phrase)?|secret|token|api_?key|private_?key|access_?key|credential|auth|pwd|dsn|_key$|^key$",
    re.IGNORECASE,
)
# Any name within a URL's value may hide one: postgresql://app:secret@host
_IN_A_URL: Final = re.compile(r"://[^\s:/@]{0,200}:([^\s/@]{4,200})@")
_FORMS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s{1,8}[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"(://[^\s:/@]{0,200}):[^\s/@]{1,200}@"), rf"\1:{MASK}@"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|whsec_)[A-Za-z0-9_-]{10,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{0,2000}"), MASK),
    (
        re.compile(
            r"(?i)((?:password|passwd|passphrase|secret|token|api[_-]?key)[a-z0-9_.-]{0,60}[\"']?\s{0,8}[=:]\s{0,8})"
            r"(?:\"[^\"]{1,500}\"|'[^']{1,500}'|[^\s,;]{1,500})"
        ),
        rf"\1{MASK}",
    ),
)
_KEY_BEGINS: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_KEY_ENDS: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")


def secrets_of(variables: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The values of variables whose names tell of a secret, and passwords in URLs, the longest first."""
    found: set[str] = set()
    for each in variables:
        for name, value in each.items():
            if not isinstance(value, str):
                continue
            found.update(_IN_A_URL.findall(value))
            if _TELLING.search(name):
                found.update(part for part in (value, value.strip()) if len(part) >= SECRET_CHARS_MIN)
    return tuple(sorted(found, key=len, reverse=True))


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without what has the form of one."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    text = _without_private_keys(text)
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text


def _without_private_keys(text: str) -> str:
    """Without PEM blocks of private keys, also where only their beginning or their end is there."""
    kept: list[str] = []
    position = 0
    while position < len(text):
        begins = _KEY_BEGINS.search(text, position)
        ends = _KEY_ENDS.search(text, begins.end() if begins else position)
        orphan = _KEY_ENDS.search(text, position, begins.start() if begins else len(text))
        if orphan is not None:  # its beginning was cut off
            kept.append(MASK)
            position = orphan.end()
        elif begins is not None:
            kept += [text[position : begins.start()], MASK]
            position = ends.end() if ends else len(text)
        else:
            kept.append(text[position:])
            break
    return "".join(kept)
