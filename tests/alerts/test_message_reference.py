"""The page about messages shows an event as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from autom8.alerts.flapping import Notice
from autom8.alerts.messages.rendering import rendered
from tests.alerts.message_rig import line, reader, run_facts

PAGE = (Path(__file__).parents[2] / "docs/reference/messages.md").read_text(encoding="utf-8")


def test_the_event_that_the_page_shows_is_what_is_sent() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    runbook = {"runbook": "https://wiki.example.org/backup"}

    assert json.loads(shown) == rendered([line(run=run_facts(), annotations=runbook)], reader()).event


def test_each_notice_and_each_name_of_a_digest_is_on_the_page() -> None:
    names = [*Notice, *rendered([line(), line(id=8)], reader()).event]

    assert [name for name in names if f"`{name}`" not in PAGE] == []
