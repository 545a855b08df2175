"""The table of roles and scopes in docs/access.md is what the code says."""

from __future__ import annotations

from pathlib import Path

from autom8.kernel.actor import PERSONAL_SCOPES, SCOPES_BY_ROLE
from autom8.kernel.vocabulary import Role

PAGE = Path(__file__).parents[2] / "docs" / "access.md"


def test_the_page_says_which_role_holds_which_scope_and_what_a_key_may_hold() -> None:
    rows = []
    for scope in sorted(SCOPES_BY_ROLE[Role.ADMIN]):
        held = ["yes" if scope in SCOPES_BY_ROLE[role] else "" for role in Role]
        cells = [f"`{scope}`", *held, "never" if scope in PERSONAL_SCOPES else "yes"]
        rows.append("| " + " | ".join(cells) + " |")

    assert "\n".join(rows) in PAGE.read_text(encoding="utf-8")
    assert set().union(*SCOPES_BY_ROLE.values()) == SCOPES_BY_ROLE[Role.ADMIN]
