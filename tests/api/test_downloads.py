"""What is downloaded has a name of ours, and a browser keeps it instead of showing it."""

from __future__ import annotations

import re

import pytest

from tests.api.rig import Caller


@pytest.mark.parametrize(
    "path",
    [
        "/audit/export",
        "/contacts/export?format=csv",
        "/contacts/export?format=vcard3",
        "/contacts/export?format=vcard4",
        '/contacts/export?format=csv&tag=x".html%0d%0aX-Forged:+1',
    ],
)
def test_a_download_is_named_by_us_and_not_to_be_shown_or_kept(local: Caller, path: str) -> None:
    local.post("/contacts", {"name": "Ada"})
    answer = local.get(path)

    assert answer.status_code == 200
    disposition = answer.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.(jsonl|csv|vcf)"', disposition)
    assert "X-Forged" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
