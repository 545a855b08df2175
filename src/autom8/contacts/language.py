"""Language tags as RFC 5646 (BCP 47) forms them, in the case it recommends. Rules only."""

from __future__ import annotations

import re
from typing import Final

TAG_CHARS_MAX: Final = 35  # what RFC 5646, section 4.4.1, asks of protocols at least
_TAG: Final = re.compile(
    r"""
    (?P<language>[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})
    (?:-(?P<script>[a-z]{4}))?
    (?:-(?P<region>[a-z]{2}|[0-9]{3}))?
    (?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)
    (?P<extensions>(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*)
    (?P<private>-x(?:-[a-z0-9]{1,8})+)?
    """,
    re.VERBOSE | re.ASCII,
)


def language_tag(text: str) -> str | None:
    """The tag in the recommended case, such as `zh-Hant-TW`; None when it is not well-formed.

    An underscore, as in a locale's name, stands for a hyphen. Whether a subtag is registered is not
    checked: the registry grows.
    """
    found = _TAG.fullmatch(text.replace("_", "-").lower()) if len(text) <= TAG_CHARS_MAX else None
    if found is None:
        return None
    tag = found["language"]
    if found["script"]:
        tag += f"-{found['script'].title()}"
    if found["region"]:
        tag += f"-{found['region'].upper()}"
    return tag + found["variants"] + found["extensions"] + (found["private"] or "")
