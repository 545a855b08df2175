"""The small page of a link in a message: plain HTML without scripts, for a phone and for any language."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import Final

from autom8.alerts.messages.link_wording import LinkWords

TITLE_CHARS_MAX: Final = 200
_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:17px/1.45 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 16px}"
    "h1{font-size:1.2rem}"
    "button{font:inherit;font-weight:600;min-height:48px;padding:0 24px;cursor:pointer}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# What the page may do: be styled by this very style, and send its form to where it came from.
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)


def page(words: LinkWords, said: str, *, title: str = "", note: str = "", button: str = "") -> str:
    """The page that says something; with a `button` it asks, and sends the form to its own address."""
    parts = [f"<h1>{html.escape(words.title)}</h1>"]
    if title:
        parts.append(f'<p><strong dir="auto">{html.escape(title)}</strong></p>')
    parts += [f"<p>{html.escape(each)}</p>" for each in (note, said) if each]
    if button:
        parts.append(f'<form method="post"><button type="submit">{html.escape(button)}</button></form>')
    return (
        f'<!doctype html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex, nofollow">'
        f"<title>Autom8: {html.escape(words.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )
