"""What a look at an object saw, whatever the object is: the form in which each source tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from autom8.alerts.expectations import Judgement
from autom8.alerts.rules.rule import Rule
from autom8.kernel.vocabulary import AlertKind, Severity
from autom8.repositories.unit_of_work import Work

Rules: TypeAlias = Callable[[AlertKind, int, Collection[str]], Mapping[str, Rule]]
"""The rules of an object: by its kind, its id and its tags, each by its name."""

_LINE_ENDS: Final = re.compile(r"\r\n?")
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def storable(text: str) -> str:
    """A text of others as both databases keep it: no NUL, which PostgreSQL refuses, nor another control
    character but tab and newline, nor half of a character; a mark stands where one was.
    """
    return _UNSTORABLE.sub("\ufffd", _LINE_ENDS.sub("\n", text))


def _all_storable(texts: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(text) for name, text in texts.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An object as a look saw it. `rules` and `judgements` are by the rule's name.

    A rule without a judgement, or one with no observation, is seen as it was seen last. `annotations` are of
    a rule, for who is told: `summary`, `description`, `output`. What others wrote of it is made storable
    here, whichever source it comes from: one text that is not would keep the whole object from being told.
    """

    name: str
    labels: Mapping[str, str]
    rules: Mapping[str, Rule]
    judgements: Mapping[str, Judgement]
    annotations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    severity: Severity | None = None  # where the object says it, and not the rule

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", storable(self.name))
        object.__setattr__(self, "labels", _all_storable(self.labels))
        said = {rule: _all_storable(texts) for rule, texts in self.annotations.items()}
        object.__setattr__(self, "annotations", said)


Source: TypeAlias = Callable[[Work, Collection[int], Rules, datetime], Mapping[int, Sight]]
"""Looks at objects of one kind, of which each is held: those that are gone for good are left out."""
