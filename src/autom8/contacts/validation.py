"""What a contact may be: one rule for the API, the command line and the import.

Owns the normal form of every field. Looks nothing up: no DNS, no database, no clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

import email_validator
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from autom8.contacts.draft import DAY_MIN, FIELDS, ContactDraft, QuietHours
from autom8.contacts.folding import email_key, group_key
from autom8.contacts.language import language_tag
from autom8.kernel.errors import Invalid
from autom8.kernel.naming import checked_tags
from autom8.kernel.vocabulary import ContactChannel

NAME_CHARS_MAX: Final = 200
EMAIL_CHARS_MAX: Final = 254
PHONE_CHARS_MAX: Final = 60
NOTES_CHARS_MAX: Final = 10_000
GROUP_CHARS_MAX: Final = 100
GROUPS_MAX: Final = 50
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"  # names of Persian and of India's languages are spelled with them
# Names that mean nothing on the internet, yet have mail hosts in networks of one's own.
# A local part that needs no look at its characters; an address has 254 of them at most.
_PLAIN_EMAIL: Final = re.compile(r"([A-Za-z0-9_]+(?:[.+-][A-Za-z0-9_]+)*)@([A-Za-z0-9.-]{1,188})")
_LOCAL_CHARS_MAX: Final = 64
_PROBE: Final = "!"  # a local part that is not plain itself
_INSIDE: Final = frozenset({"local", "localhost"})
_PHONE_FAULTS: Final = {
    phonenumbers.ValidationResult.TOO_SHORT: "is too short",
    phonenumbers.ValidationResult.TOO_LONG: "is too long",
    phonenumbers.ValidationResult.INVALID_LENGTH: "has no length that numbers have there",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "has no country code that there is",
}

# Its documented way to take such names; nobody else here uses it.
email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = [
    name for name in email_validator.SPECIAL_USE_DOMAIN_NAMES if name not in _INSIDE
]


def checked(draft: ContactDraft, region: str = "", only: Collection[str] = FIELDS) -> ContactDraft:
    """The draft in its normal form, or what is wrong with it; only the fields named in `only` are looked at.

    `region` (an ISO 3166 code) is where a phone number without a country code belongs; empty, it needs one.

    Raises:
        Invalid: `fields` names all that is wrong, and repeats nothing personal.
    """
    wrong: dict[str, str] = {}
    normal: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(draft, name)
        if name not in only or value is None:
            continue
        try:
            normal[name] = checked_phone(value, region) if name == "phone" else _RULES[name](value)
        except Invalid as invalid:
            wrong.update(invalid.fields)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid("; ".join(f"{name}: {text}" for name, text in wrong.items()), fields=wrong)
    return replace(draft, **normal)


def checked_email(text: str) -> str | None:
    """The address in Unicode's composed form with its domain in small letters; None for a blank.

    Quoted local parts, comments, display names and literal addresses are refused. A host of one's own
    network (`ops@mail.internal`, `root@localhost`) is taken: Autom8 tells people inside, too.

    Raises:
        ValueError: it is none; the words say why and repeat nothing of it.
    """
    text = _plain_ends(text)
    if not text:
        return None
    if len(text) > EMAIL_CHARS_MAX:
        raise ValueError(f"must have at most {EMAIL_CHARS_MAX} characters")
    _refuse_hidden(text)
    plain = _PLAIN_EMAIL.fullmatch(text)
    if plain and len(plain[1]) <= _LOCAL_CHARS_MAX and (domain := _plain_domain(plain[2])):
        return f"{plain[1]}@{domain}"
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError:
        raise ValueError("is not an email address, such as ada@example.org") from None
    if "." not in found.domain and found.domain != "localhost":
        raise ValueError("must have a domain with a dot, such as ada@example.org")
    email_key(found.normalized)  # what has no key could be neither found nor kept unique
    return found.normalized


@lru_cache(maxsize=4_096)
def _plain_domain(domain: str) -> str | None:
    """The domain in its normal form, if it needs no further look together with its local part."""
    try:
        normal = checked_email(f"{_PROBE}@{domain}")
    except ValueError:
        return None
    return None if normal is None else normal.rpartition("@")[2]


def checked_phone(text: str, region: str = "") -> str | None:
    """The number in E.164, such as `+493012345678`; None for a blank.

    Raises:
        ValueError: it is none; the words say why and repeat nothing of it.
    """
    text = _plain_ends(text)
    if not text:
        return None
    if len(text) > PHONE_CHARS_MAX:
        raise ValueError(f"must have at most {PHONE_CHARS_MAX} characters")
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise ValueError("must begin with + and the country's code") from None
        raise ValueError("is not a phone number, such as +49 30 901820") from None
    if number.extension:
        raise ValueError("must be without an extension: no message reaches one")
    if not phonenumbers.is_valid_number(number):
        fault = phonenumbers.is_possible_number_with_reason(number)
        raise ValueError(_PHONE_FAULTS.get(fault, "is in no range of numbers that its country has given out"))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_region(code: str) -> bool:
    """Whether phone numbers can be read as of this country."""
    return code in phonenumbers.SUPPORTED_REGIONS


def checked_group_name(text: str) -> str:
    """A group's name as it is kept: composed, single blanks.

    Raises:
        ValueError: it can't be one.
    """
    return _one_line(text, GROUP_CHARS_MAX)


def _one_line(text: str, chars_max: int) -> str:
    _refuse_hidden(text.strip(), but=_JOINERS)
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not line.strip(_JOINERS + " "):
        raise ValueError("must not be empty")
    if len(line) > chars_max:
        raise ValueError(f"must have at most {chars_max} characters")
    return line


def _name(text: str) -> str:
    return _one_line(text, NAME_CHARS_MAX)


def _notes(text: str) -> str | None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(lines) > NOTES_CHARS_MAX:
        raise ValueError(f"must have at most {NOTES_CHARS_MAX} characters")
    if not lines.isprintable() and any(
        unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in lines
    ):
        raise ValueError("must not contain control characters")
    return lines if lines.strip() else None


def _groups(names: Iterable[str]) -> tuple[str, ...]:
    by_key = {group_key(name): name for name in map(checked_group_name, names)}
    return _bounded([by_key[key] for key in sorted(by_key)], GROUPS_MAX, "groups")


def _bounded(texts: list[str], count_max: int, what: str) -> tuple[str, ...]:
    if len(texts) > count_max:
        raise ValueError(f"must be at most {count_max} {what}")
    return tuple(texts)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads a folder, so once


def _zone(name: str) -> str | None:
    if not name:
        return None
    if name not in _zones():
        raise ValueError("is no time zone, such as Europe/Berlin")
    return name


def _language(text: str) -> str | None:
    if not text:
        return None
    tag = language_tag(text)
    if tag is None:
        raise ValueError("is no language tag, such as de or pt-BR")
    return tag


def _quiet(quiet: QuietHours) -> QuietHours:
    if not (0 <= quiet.start_min < DAY_MIN and 0 <= quiet.end_min <= DAY_MIN and quiet.days):
        raise ValueError("must begin and end within a day, on at least one weekday")
    if quiet.start_min == quiet.end_min:
        raise ValueError("must begin and end at different times")
    return quiet


def _channels(channels: Iterable[str]) -> tuple[ContactChannel, ...]:
    try:
        return tuple(dict.fromkeys(ContactChannel(each) for each in channels))
    except ValueError:
        raise ValueError(f"must be of {', '.join(ContactChannel)}") from None


def _plain_ends(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _refuse_hidden(text: str, but: str = "") -> None:
    if text.isprintable():  # which leaves out all of them, and quickly
        return
    if any(unicodedata.category(char) in _HIDDEN and char not in but for char in text):
        raise ValueError("must not contain control or invisible characters")


_RULES: Final[dict[str, Callable[[Any], Any]]] = {
    "name": _name,
    "email": checked_email,
    "notes": _notes,
    "tags": checked_tags,
    "groups": _groups,
    "zone": _zone,
    "language": _language,
    "quiet": _quiet,
    "channels": _channels,
}
