"""vCard 3.0 and 4.0, and what is left of 2.1, read card by card.

vobject reads the parameters of a property and its quoted-printable text. Its own reader of lines is not
used: it takes exponential time on some (`A;B====…"`), and it knows only 3.0. What a property means is said
here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vobject.base import ContentLine, parseParams

from autom8.contacts.cards.found import Column, Found, left_out
from autom8.contacts.cards.lines import Lines, encoding_of
from autom8.contacts.cards.lists import tags_of
from autom8.contacts.cards.vcard_lines import Card, Cards

# The property that fills each field; TZ, LANG and CATEGORIES are the standard's own.
FIELD_BY_PROPERTY: Final[Mapping[str, str]] = {
    "FN": "name", "EMAIL": "email", "TEL": "phone", "NOTE": "notes", "CATEGORIES": "tags", "TZ": "zone",
    "LANG": "language", "X-AUTOM8-LANGUAGE": "language", "X-AUTOM8-GROUPS": "groups",
    "X-AUTOM8-QUIET": "quiet", "X-AUTOM8-CHANNELS": "channels",
}  # fmt: skip
_LISTS: Final[Mapping[str, str]] = {
    "CATEGORIES": "tags",
    "X-AUTOM8-GROUPS": "groups",
    "X-AUTOM8-CHANNELS": "channels",
}
_SINGLES: Final[Mapping[str, tuple[str, ...]]] = {
    "language": ("X-AUTOM8-LANGUAGE", "LANG"),
    "zone": ("TZ",),
    "quiet": ("X-AUTOM8-QUIET",),
}
_KINDS: Final = ("KIND", "X-ADDRESSBOOKSERVER-KIND")
_STAND_INS: Final = ("N", "NICKNAME", "ORG")  # for a name, when there is none
_WANTED: Final = frozenset({*FIELD_BY_PROPERTY, *_KINDS, *_STAND_INS, "VERSION"})
# What says nothing of the person, so that leaving it out needs no word.
_FORMAL: Final = frozenset({"PRODID", "UID", "REV", "SORT-STRING", "MAILER", "CLIENTPIDMAP", "X-ABLABEL"})
_VERSIONS: Final = frozenset({"2.1", "3.0", "4.0"})
_SPLIT: Final = re.compile(r'((?:[^":]|"[^"]*")*):(.*)', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_PIECES: Final[dict[str, re.Pattern[str]]] = {
    mark: re.compile(rf"\\.|{mark}", re.DOTALL) for mark in (",", ";")
}
_OFFSET: Final = re.compile(r"[+-]?\d{1,2}:?(\d{2})?|Z|UTC|GMT", re.IGNORECASE)
_NO_PARAMS: Final[Mapping[str, Sequence[str]]] = {}
_PREF_LEAST: Final = 101
_HEAD_CHARS_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    value: str  # as it is written, unfolded
    params: Mapping[str, Sequence[str]]
    bare: frozenset[str]  # vCard 2.1's parameters without a name, in capitals

    @property
    def types(self) -> frozenset[str]:
        """Its types, in capitals."""
        said = {part.upper() for each in self.params.get("TYPE", ()) for part in each.split(",")}
        return frozenset(said) | self.bare

    @property
    def rank(self) -> int:
        """1 is preferred most."""
        for each in self.params.get("PREF", ()):
            if each.isdecimal() and 1 <= int(each[:4]) <= 100:
                return int(each)
        return 1 if "PREF" in self.types else _PREF_LEAST

    def text(self) -> str:
        """Its value as text."""
        return _unescaped(self.value).strip()


class VcardFile:
    """A file of cards."""

    format: Final = "vcard"
    delimiter: Final = None

    def __init__(self, data: bytes, encoding: str | None = None) -> None:
        """Look at the beginning of `data`.

        Raises:
            Invalid: the encoding is none that is read here.
        """
        self.encoding = encoding_of(data, encoding)
        self._lines = Lines(data, self.encoding)
        self._cards = Cards(self._lines, _WANTED)
        self._unmapped: Counter[str] = Counter()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The properties that fill a field."""
        return tuple(Column(name=name, field=field) for name, field in FIELD_BY_PROPERTY.items())

    def unmapped(self) -> Mapping[str, int]:
        """The properties that fill nothing, and in how many of the cards read so far they are."""
        return dict(self._unmapped.most_common())

    def part(self) -> float:
        """How far it was read, as a part of 1."""
        return self._lines.part()

    @property
    def wrong(self) -> Mapping[str, str]:
        """What keeps all of the file from being understood."""
        return {} if self._lines.holds(b"BEGIN:VCARD") else {"file": "has no BEGIN:VCARD"}

    def rows(self) -> Iterator[Found]:
        """The cards, each once."""
        for card in self._cards:
            self._unmapped.update(each for each in card.others if each not in _FORMAL)
            yield _found(card)


def _found(card: Card) -> Found:
    if card.fault is not None:
        return Found(line=card.line, faults={"card": card.fault})
    properties: dict[str, list[_Property]] = {}
    for text in card.properties:
        found = _read(text)
        if found is None:
            return Found(
                line=card.line, faults={"card": f"has a {text.split(':')[0][:20]} that can't be read"}
            )
        properties.setdefault(found.name, []).append(found)
    version = properties.get("VERSION", [None])[0]
    if version is not None and version.text() not in _VERSIONS:
        return Found(
            line=card.line, faults={"card": "is of a version that is not read; there are 3.0 and 4.0"}
        )
    kinds = [each.text().lower() for kind in _KINDS for each in properties.get(kind, ())]
    if "group" in kinds:
        return Found(line=card.line, passed_over="is the card of a group")
    warnings: list[str] = []
    values = dict(_values(properties, warnings))
    return Found(line=card.line, values=values, warnings=tuple(warnings))


def _read(text: str) -> _Property | None:
    split = _SPLIT.fullmatch(text)
    if split is None or len(split[1]) > _HEAD_CHARS_MAX:
        return None
    head, value = split[1], split[2]
    name, mark, params = head.partition(";")
    name = name.rpartition(".")[2].strip().upper().replace("_", "-")
    if not mark:
        return _Property(name, value, _NO_PARAMS, frozenset())
    try:
        line = ContentLine(name, [_said(each) for each in parseParams(f";{params}")], value, encoded=True)
    except (LookupError, ValueError):  # a charset that there is not, or bytes that are not of it
        return None
    bare = frozenset(each.upper() for each in line.singletonparams)
    return _Property(line.name, line.value, line.params, bare)


def _said(param: list[str]) -> list[str]:
    """A parameter as vobject knows it: it compares the names of encodings by their letters."""
    if param[0].upper() == "ENCODING":
        return ["ENCODING", *(each.upper() for each in param[1:])]
    return [param[0].upper()] if len(param) == 1 else param


def _values(
    properties: Mapping[str, list[_Property]], warnings: list[str]
) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    if name := _name(properties):
        yield "name", name
    for prop, field in (("EMAIL", "email"), ("TEL", "phone")):
        texts = dict.fromkeys(map(_address, sorted(properties.get(prop, ()), key=_reach)))
        given = [text for text in texts if text]
        if given:
            yield field, given[0]
        if len(given) > 1:
            warnings.append(left_out(field, len(given) - 1))
    if notes := [text for each in properties.get("NOTE", ()) if (text := _unescaped(each.value)).strip()]:
        yield "notes", "\n\n".join(notes)
    for prop, field in _LISTS.items():
        if items := [item for each in properties.get(prop, ()) for item in _items(each.value, ",")]:
            yield field, tags_of(items, warnings) if field == "tags" else tuple(items)
    yield from _singles(properties, warnings)


def _singles(properties: Mapping[str, list[_Property]], warnings: list[str]) -> Iterator[tuple[str, str]]:
    for field, props in _SINGLES.items():
        said = [each for prop in props for each in properties.get(prop, ())]
        texts = [text for each in sorted(said, key=lambda each: each.rank) if (text := each.text())]
        if field == "zone" and (offsets := [text for text in texts if _OFFSET.fullmatch(text)]):
            warnings.append("zone: an offset is no time zone, and was left out")
            texts = [text for text in texts if text not in offsets]
        if texts:
            yield field, texts[0]
        if len(set(texts)) > 1:
            warnings.append(left_out(field, len(set(texts)) - 1))


def _name(properties: Mapping[str, list[_Property]]) -> str:
    for each in sorted(properties.get("FN", ()), key=lambda each: each.rank):
        if text := each.text():
            return text
    for each in properties.get("N", ()):
        family, given, middle, prefix, suffix = (_items(each.value, ";", empty=True) + [""] * 5)[:5]
        if text := " ".join(part for part in (prefix, given, middle, family, suffix) if part):
            return text
    for prop, mark in (("NICKNAME", ","), ("ORG", ";")):
        for each in properties.get(prop, ()):
            if items := _items(each.value, mark):
                return items[0]
    return ""


def _reach(found: _Property) -> tuple[int, int]:
    """Where there are several addresses: what is preferred, then a mobile, never a fax before a phone."""
    types = found.types
    kind = 0 if types & {"CELL", "MOBILE", "IPHONE"} else 2 if types & {"FAX", "PAGER"} else 1
    return found.rank, kind


def _address(found: _Property) -> str:
    text = found.text()
    for scheme in ("mailto:", "tel:"):
        if text[: len(scheme)].lower() == scheme:
            return text[len(scheme) :]
    return text


def _items(text: str, mark: str, *, empty: bool = False) -> list[str]:
    pieces, start = [], 0
    for found in _PIECES[mark].finditer(text):
        if found[0] == mark:
            pieces.append(text[start : found.start()])
            start = found.end()
    pieces.append(text[start:])
    texts = [_unescaped(piece).strip() for piece in pieces]
    return texts if empty else [text for text in texts if text]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)
