"""What the tests of files share: reading bytes as the import does, and drafts as hypothesis makes them."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from autom8.contacts.cards.csv_reader import CsvFile, CsvOptions
from autom8.contacts.cards.drafts import draft_of
from autom8.contacts.cards.found import Found
from autom8.contacts.cards.vcard_reader import VcardFile
from autom8.contacts.cards.writers import FORMATS
from autom8.contacts.draft import ContactDraft, QuietHours
from autom8.contacts.validation import checked
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ContactChannel, Weekday


def read_csv(data: bytes | str, **options: object) -> list[Found]:
    """The rows of a CSV file."""
    raw = data.encode() if isinstance(data, str) else data
    return list(CsvFile(raw, CsvOptions(**options)).rows())  # type: ignore[arg-type]


def read_cards(data: bytes | str, encoding: str | None = None) -> list[Found]:
    """The cards of a vCard file."""
    raw = data.encode() if isinstance(data, str) else data
    return list(VcardFile(raw, encoding).rows())


def written(drafts: list[ContactDraft], format_: str) -> bytes:
    """The file of these contacts."""
    made = FORMATS[format_]
    return made.head() + b"".join(made.contact(each, "urn:uuid:1") for each in drafts)


def there_and_back(drafts: list[ContactDraft], format_: str) -> list[ContactDraft]:
    """What is read of a file that was written."""
    data = written(drafts, format_)
    found = read_csv(data) if format_ == "csv" else read_cards(data)
    return [draft_of(each, "") for each in found]


def draft(**values: object) -> ContactDraft:
    """A checked draft."""
    return checked(ContactDraft(**{"name": "Ada Lovelace", **values}))  # type: ignore[arg-type]


def _nearest(values: Mapping[str, object]) -> ContactDraft:
    """A draft of those values that may be."""
    taken: dict[str, object] = {"name": "Ada"}
    for name, value in values.items():
        try:
            taken[name] = getattr(checked(ContactDraft(**{"name": "x", name: value}), only=[name]), name)  # type: ignore[arg-type]
        except Invalid:
            continue
    return checked(ContactDraft(**taken))  # type: ignore[arg-type]


# Text of every kind that may be in a file, rich in what files mark things with.
_MARKS = st.sampled_from(
    [*",;:|\\'\"=+-@*<>\t\n \u200d\u2028\ufeff\ufffd", "\r\n", ":::", " ::: ", "\\n", "BEGIN:VCARD", "é"]
)
_ANY = st.characters(codec="utf-8")
TEXTS = st.lists(st.one_of(_MARKS, _ANY), max_size=40).map("".join)
_LINES = st.lists(st.one_of(_MARKS, _ANY), min_size=1, max_size=12).map("".join)
_QUIETS = st.builds(
    QuietHours,
    start_min=st.integers(0, 1439),
    end_min=st.integers(0, 1440),
    days=st.sets(st.sampled_from(list(Weekday)), min_size=1).map(
        lambda days: tuple(day for day in Weekday if day in days)
    ),
)
DRAFTS = st.fixed_dictionaries(
    {
        "name": _LINES,
        "email": st.sampled_from([None, "ada@example.org", "jörg+tag@bücher.example", "=cmd|x@example.org"]),
        "phone": st.sampled_from([None, "+4930901820", "+12025550123"]),
        "notes": st.one_of(st.none(), TEXTS),
        "tags": st.lists(_LINES, max_size=3).map(tuple),
        "groups": st.lists(_LINES, max_size=3).map(tuple),
        "zone": st.sampled_from([None, "Europe/Berlin", "Pacific/Chatham"]),
        "language": st.sampled_from([None, "de", "zh-Hant-TW"]),
        "quiet": st.one_of(st.none(), _QUIETS),
        "channels": st.lists(st.sampled_from(list(ContactChannel)), max_size=4).map(tuple),
    }
).map(_nearest)
