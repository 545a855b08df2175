"""Reads a package tool's complaint and says what could not be reached and what to do about it.

Pure text in, text out: knows pip's, uv's, apt's and npm's wording, starts nothing.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_URL = re.compile(r"(?:https?|file)://[^\s`'\"<>)\]]+")
_POOL = re.compile(r"HTTPS?ConnectionPool\(host='(?P<host>[^']+)', port=(?P<port>\d+)\)")
_APT_HOST = re.compile(
    r"(?:Could not (?:resolve|connect to)|initiate the connection to) '?(?P<host>[\w.:-]+)"
)
_NPM_HOST = re.compile(r"request to (?P<url>\S+) failed|npm (?:error|ERR!) \w+ (?P<host>[\w.-]+:\d+)")

# The first that is found names the reason, so the most telling come first.
_REASONS = (
    (
        "certificate not trusted",
        "certificate",
        r"certificate|SSLError|UnknownIssuer|SELF_SIGNED|UNABLE_TO_VERIFY",
    ),
    ("the proxy asks for a password", "proxy", r"proxy authentication|\b407\b"),
    (
        "access refused",
        "access",
        r"\b40[13] (client error|unauthorized|forbidden)|client error \(40[13]|E40[13]\b",
    ),
    ("the proxy does not answer", "proxy", r"ProxyError|tunnel error|proxy connect"),
    ("connection refused", "network", r"connection refused|ECONNREFUSED"),
    ("name not found", "network", r"resolv|name resolution|dns error|service not known|ENOTFOUND|EAI_AGAIN"),
    ("no answer in time", "network", r"timed? ?out|ETIMEDOUT"),
    (
        "no connection",
        "network",
        r"unreachable|connection reset|ECONNRESET|sending request|NewConnectionError",
    ),
)

_ADVICE = {
    "certificate": "Set PIP_CERT to the file of the authority that signs here",
    "proxy": "Check HTTPS_PROXY and NO_PROXY",
    "access": "Check the name and password in PIP_INDEX_URL or ~/.netrc",
    "network": "Check the network; set HTTPS_PROXY if there is a proxy, PIP_INDEX_URL if there is a mirror",
}


def unreachable(output: str, *, doing: str) -> str | None:
    """Two lines for a person when `output` tells of a failed download, else None. Shows no password."""
    for reason, advice, pattern in _REASONS:
        if re.search(pattern, output, re.IGNORECASE) and (place := _place(output)):
            advised = f"{_ADVICE[advice]}, then run the same command again."
            return f"could not reach {place} while {doing}: {reason}.\n     {advised}"
    return None


def _place(output: str) -> str | None:
    if pool := _POOL.search(output):
        return f"{pool['host']}:{pool['port']}"
    for pattern in (_NPM_HOST, _APT_HOST):
        if found := pattern.search(output):
            named = {key: value for key, value in found.groupdict().items() if value}
            return _origin(named["url"]) if "url" in named else named["host"]
    urls = [url for url in _URL.findall(output) if not url.startswith("file:")]
    return _origin(urls[0]) if urls else None


def _origin(url: str) -> str:
    """Where a request went: no path, which only tells the file it began with, and no password."""
    parts = urlsplit(url.rstrip(".,:;"))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
