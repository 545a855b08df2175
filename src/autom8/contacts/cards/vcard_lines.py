"""The cards of a vCard file, parted and unfolded with bounded memory; of their lines, those that are wanted.

Knows how RFC 6350, RFC 2426 and vCard 2.1 fold lines and nest cards, not what properties mean. What is not
wanted, such as a photo, is counted and never kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from autom8.contacts.cards.found import ROW_CHARS_MAX
from autom8.contacts.cards.lines import Line, Lines

CARD_CHARS_MAX: Final = 4 * ROW_CHARS_MAX
_HEAD: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,100}\.)?([A-Za-z0-9_-]{1,100})[ \t]*([;:])")
_QUOTED_PRINTABLE: Final = re.compile(r"[^:]{1,1000}QUOTED-PRINTABLE", re.IGNORECASE)


@dataclass(slots=True)
class Card:
    """One card: the line it begins at, its wanted properties unfolded, and the first thing that is wrong."""

    line: int
    properties: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    fault: str | None = None
    chars: int = 0

    def blame(self, fault: str) -> None:
        """Say what is wrong, unless something was before."""
        if self.fault is None:
            self.fault = fault


class Cards:
    """Iterates over the cards of a file; text between cards is a card of its own, with a fault."""

    def __init__(self, lines: Lines, wanted: Collection[str]) -> None:
        self._lines = lines
        self._wanted = wanted
        self._depth = 0
        self._card: Card | None = None
        self._agent = False  # the line before said that a card follows inside this one
        self._in_junk = False

    def __iter__(self) -> Iterator[Card]:
        for name, logical in self._logical_lines():
            done = self._take(name, logical)
            if done is not None:
                yield done
        if self._card is not None:
            self._card.blame("begins a card that has no end")
            yield self._card

    def _take(self, name: str, logical: _Logical) -> Card | None:
        agent, self._agent = self._agent, name == "AGENT" and logical.text.rstrip().endswith(":")
        if name == "BEGIN":
            return self._begin(logical, inside=agent or self._depth > 1 or not _is_card(logical.text))
        if self._card is None:
            return self._junk(logical)
        if name == "END":
            self._depth -= 1
            if self._depth == 0:
                done, self._card = self._card, None
                return done
        elif self._depth == 1:
            self._keep(self._card, name, logical)
        return None

    def _begin(self, logical: _Logical, *, inside: bool) -> Card | None:
        if self._card is not None and inside:
            self._depth += 1
            return None
        unclosed = self._card
        if unclosed is not None:
            unclosed.blame("begins a card that has no end")
        if not _is_card(logical.text):
            return self._junk(logical)
        self._card, self._depth, self._in_junk = Card(logical.number), 1, False
        return unclosed

    def _junk(self, logical: _Logical) -> Card | None:
        if self._in_junk or not logical.text.strip():
            return None
        self._in_junk = True
        return Card(logical.number, fault="is not part of a card")

    def _keep(self, card: Card, name: str, logical: _Logical) -> None:
        if logical.fault is not None:
            card.blame(f"line {logical.number} {logical.fault}")
        if name in self._wanted:
            card.chars += logical.chars
            if logical.too_long:
                card.blame(f"line {logical.number} has more than {ROW_CHARS_MAX} characters")
            elif card.chars <= CARD_CHARS_MAX:
                card.properties.append(logical.text)
            else:
                card.properties.clear()
                card.blame(f"has more than {CARD_CHARS_MAX} characters")
        elif name:
            card.others[name] += 1
        elif logical.text.strip():
            card.blame(f"line {logical.number} is no property of a card")

    def _logical_lines(self) -> Iterator[tuple[str, _Logical]]:
        current: _Logical | None = None
        for line in self._lines:
            text = line.text.rstrip("\r\n")
            if current is not None and current.goes_on(text):
                current.add(line, text)
                continue
            if current is not None:
                yield current.name, current
            if not text.strip() and line.fault is None:
                current = None
                continue
            current = _Logical.beginning(line, text, self._wanted)
        if current is not None:
            yield current.name, current


@dataclass(slots=True)
class _Logical:
    """A line with those that are folded below it."""

    number: int
    name: str  # in capitals; empty where there is none
    pieces: list[str]
    chars: int
    fault: str | None
    kept: bool
    quoted: bool  # quoted-printable, which vCard 2.1 breaks after an equals sign

    @classmethod
    def beginning(cls, line: Line, text: str, wanted: Collection[str]) -> _Logical:
        found = _HEAD.match(text)
        name = "" if found is None else found[1].upper().replace("_", "-")
        kept = found is None or name in wanted or name in {"BEGIN", "END", "AGENT"}
        quoted = bool(_QUOTED_PRINTABLE.match(text))
        return cls(line.number, name, [text], len(text), line.fault, kept, quoted)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def too_long(self) -> bool:
        return self.chars > ROW_CHARS_MAX

    def goes_on(self, text: str) -> bool:
        return text[:1] in {" ", "\t"} or (self.quoted and self.pieces[-1].endswith("="))

    def add(self, line: Line, text: str) -> None:
        piece = text
        if self.quoted and self.pieces[-1].endswith("="):
            self.pieces[-1] = self.pieces[-1][:-1]
        else:
            piece = text[1:]
        self.chars += len(piece)
        if self.kept and not self.too_long:
            self.fault = self.fault or line.fault
            self.pieces.append(piece)
        else:
            self.pieces[1:] = [piece[-1:]]  # only whether it goes on


def _is_card(text: str) -> bool:
    return text.partition(":")[2].strip().upper() == "VCARD"
