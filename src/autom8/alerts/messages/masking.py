"""Takes what looks secret out of the output that a message quotes.

Pure. What a task was given under a name that tells of a secret is masked wherever it stands; beside it what
is known by its form. No rule finds every secret, so that a message quotes few lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

MASK: Final = "•••"
SECRET_CHARS_MIN: Final = 4
_TELLING: Final = re.compile(
    r"pass(word|wd|phrase)?|secret|token|api_?key|private_?key|access_?key|credential|auth|pwd|dsn|_key$|^key$",
    re.IGNORECASE,
)
_FORMS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"(?i)([a-z][a-z0-9+.-]*://[^\s:/@]{0,200}):[^\s/@]{1,200}@"), rf"\1:{MASK}@"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|whsec_)[A-Za-z0-9_-]{10,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), MASK),
    (
        re.compile(
            r"(?i)\b([a-z0-9_.-]*(?:password|passwd|secret|token|api[_-]?key)[a-z0-9_.-]*\s*[=:]\s*)"
            r"(?:\"[^\"]{1,500}\"|'[^']{1,500}'|[^\s,;]{1,500})"
        ),
        rf"\1{MASK}",
    ),
)


def secrets_of(variables: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """The values of variables whose names tell of a secret, the longest first."""
    found = {
        value
        for each in variables
        for name, value in each.items()
        if _TELLING.search(name) and len(value) >= SECRET_CHARS_MIN
    }
    return tuple(sorted(found, key=len, reverse=True))


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without what has the form of one."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    return text
