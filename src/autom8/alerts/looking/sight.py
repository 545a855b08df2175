"""What a look at an object saw, whatever the object is: the form in which each source tells it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from autom8.alerts.expectations import Judgement
from autom8.alerts.rules.rule import Rule
from autom8.kernel.vocabulary import AlertKind, Severity
from autom8.repositories.unit_of_work import Work

Rules: TypeAlias = Callable[[AlertKind, int, Collection[str]], Mapping[str, Rule]]
"""The rules of an object: by its kind, its id and its tags, each by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An object as a look saw it. `rules` and `judgements` are by the rule's name.

    A rule without a judgement, or one with no observation, is seen as it was seen last. `annotations` are of
    a rule, for who is told: `summary`, `description`, `output`.
    """

    name: str
    labels: Mapping[str, str]
    rules: Mapping[str, Rule]
    judgements: Mapping[str, Judgement]
    annotations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    severity: Severity | None = None  # where the object says it, and not the rule


Source: TypeAlias = Callable[[Work, Collection[int], Rules, datetime], Mapping[int, Sight]]
"""Looks at objects of one kind, of which each is held: those that are gone for good are left out."""
