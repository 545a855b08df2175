"""The forms under which contacts are found: folded names, their words, and what makes emails equal.

Rules only. A form, once stored, stands in an index: change one of these and every row must be folded
anew.
"""

from __future__ import annotations

import unicodedata
from typing import Final

KEY_CHARS_MAX: Final = 400  # a name folded; compatible forms can be longer than what was typed
WORDS_MAX: Final = 40
WORD_CHARS_MAX: Final = 60
# Letters that carry no mark which NFKD could part, as a keyboard without them writes them.
_PLAIN: Final = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)


def folded(text: str) -> str:
    """`text` without case, marks and compatible forms: "Müller" and "MULLER" are "muller"."""
    if text.isascii():
        return text.lower()  # the same, quicker
    parted = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(char for char in parted if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", plain).translate(_PLAIN)


def name_key(name: str) -> str:
    """What a name is ordered by, and what two names share that may be one person's."""
    return " ".join(folded(name).split())[:KEY_CHARS_MAX]


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, each once, in their order: runs of letters and digits, folded."""
    spaced = "".join(char if char.isalnum() else " " for char in folded(text))
    words = dict.fromkeys(word[:WORD_CHARS_MAX] for word in spaced.split())
    return tuple(words)[:WORDS_MAX]


def group_key(name: str) -> str:
    """What the names of two groups share that are the same to a reader: compatible form, without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def email_key(email: str) -> str:
    """What two emails share that are one address: the local part without case, the domain in ASCII.

    RFC 5321 leaves the case of a local part to its host, and no host of note tells Ada from ada. So
    they are one here, in any of Unicode's compositions; compatible letters stay apart.

    `email` is one that `validation` has let pass.
    """
    local, _, domain = email.rpartition("@")
    folded_local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())
    return f"{folded_local}@{_ascii(domain)}"


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    import idna  # a fifth of a megabyte of tables, for the few domains that need it

    return idna.encode(domain, uts46=True).decode("ascii").lower()
