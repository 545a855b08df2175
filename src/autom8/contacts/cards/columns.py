"""Which column of a foreign CSV fills which field: by what exporters and people call them, or as told.

Rules only. Names are compared by their letters and digits, without case and marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from autom8.contacts.cards.found import Column
from autom8.contacts.folding import folded
from autom8.kernel.errors import Invalid

IGNORED: Final = "-"
NAME_PARTS: Final = ("prefix", "given", "middle", "family", "suffix")
STAND_INS: Final = ("nickname", "organisation")  # for a name, when there is none
# What a column can be mapped to.
FIELDS: Final = (
    "name", *NAME_PARTS, *STAND_INS,
    "email", "phone", "notes", "tags", "groups", "zone", "language", "quiet", "channels",
)  # fmt: skip

_CALLED: Final[Mapping[str, str]] = {
    "name": "name|full name|display name|displayname|formatted name|fn|contact|contact name|file as|"
    "vollständiger name|anzeigename|kontakt|nom complet|nom à afficher|nombre completo|nombre para mostrar|"
    "nome completo|nome visualizzato|nome da visualizzare|volledige naam|weergavenaam|naam|imię i nazwisko|"
    "celé jméno|имя|полное имя|姓名|氏名|名前",
    "given": "given name|first name|firstname|forename|vorname|prénom|nombre|nome|voornaam|primeiro nome|"
    "nome próprio|imię|jméno|fornavn|förnamn|etunimi|名",
    "middle": "middle name|additional name|second name|weitere vornamen|zweiter vorname|deuxième prénom|"
    "segundo nombre|secondo nome|tweede voornaam|segundo nome|drugie imię|mellanname|отчество",
    "family": "family name|last name|lastname|surname|nachname|familienname|nom|nom de famille|apellidos|"
    "apellido|cognome|achternaam|apelido|sobrenome|último nome|nazwisko|příjmení|efternavn|efternamn|"
    "etternavn|sukunimi|фамилия|姓",
    "prefix": "name prefix|prefix|honorific prefix|namenspräfix",
    "suffix": "name suffix|suffix|honorific suffix|namenssuffix|suffixe|sufijo|suffisso|sufixo",
    "nickname": "nickname|nick name|spitzname|surnom|apodo|soprannome|bijnaam|apelido informal|pseudonim",
    "organisation": "organization|organisation|organization name|organization 1 name|company|company name|"
    "firma|unternehmen|société|entreprise|empresa|società|azienda|bedrijf|organizacja|organizace|компания",
    "email": "email|e mail|mail|email address|e mail address|emailaddress|primary email|email 1|e mail 1|"
    "email 1 value|e mail 1 value|mail address|mailadresse|e mail adresse|email adresse|"
    "primäre e mail adresse|adresse e mail|adresse électronique|adresse de messagerie|courriel|"
    "correo|correo electrónico|"
    "dirección de correo electrónico|indirizzo posta elettronica|indirizzo e mail|posta elettronica|"
    "e mailadres|endereço de email|endereço de correio eletrónico|adres e mail|e mailová adresa|"
    "e postadress|e mail adress|sähköposti|эл почта|электронная почта|メール|メールアドレス|电子邮件",
    "phone": "phone|telephone|tel|phone number|telephone number|phone 1|phone 1 value|primary phone|"
    "mobile|mobile phone|mobile number|cell|cell phone|cellphone|handy|handynummer|mobil|mobiltelefon|"
    "mobilnummer|mobil tel nr|telefon|telefonnummer|téléphone|téléphone mobile|tél mobile|portable|"
    "numéro de téléphone|teléfono|teléfono móvil|móvil|telefono|telefono cellulare|cellulare|"
    "telefoonnummer|telefoon|mobiele telefoon|telefone|telemóvel|telefone móvel|celular|numer telefonu|"
    "telefon komórkowy|mobilní telefon|matkapuhelin|puhelin|телефон|мобильный телефон|電話|携帯電話|电话",
    "notes": "notes|note|comment|comments|remarks|notizen|notiz|bemerkung|bemerkungen|kommentar|remarques|"
    "commentaires|notas|comentarios|nota|osservazioni|opmerkingen|notities|observações|notatki|uwagi|"
    "poznámky|anteckningar|noter|muistiinpanot|заметки|примечания|備考|メモ|备注",
    "tags": "tags|tag|labels|label|categories|category|group membership|kategorien|kategorie|schlagwörter|"
    "étiquettes|catégories|etiquetas|categorías|etichette|categorie|categorieën|categorias|kategorie",
    "groups": "groups|group|gruppen|gruppe|groupes|grupos|gruppi|groepen|grupy",
    "zone": "zone|time zone|timezone|tz|zeitzone|fuseau horaire|zona horaria|fuso orario|tijdzone|"
    "fuso horário|strefa czasowa",
    "language": "language|lang|locale|sprache|langue|idioma|lingua|taal|język|jazyk|язык",
    "quiet": "quiet|quiet hours|ruhezeit|ruhezeiten",
    "channels": "channels|channel|preferred channels|kanäle",
}
# What fills a field only when no better column has a value. Fax and pager numbers reach nobody.
_LESSER: Final[Mapping[str, str]] = {
    "email": r"(e?mail|courriel|correo)\d+(value|address|adresse)?|secondaryemail|sekundareemailadresse"
    r"|(work|business|home|other|private)e?mail(address)?|(e?mail)(work|home|business|private)",
    "phone": r"phone\d+value|((primary|main|work|business|home|other|office|company|direct|private)"
    r"(tele)?phone\d*(number)?)|(work|home|business|office)tel\d*"
    r"|tel(efon)?(dienstlich|privat|geschaftlich|arbeit)\d*|(buro|festnetz|privat)(telefon|nummer)?"
    r"|telephone(bureau|domicile|personnel|professionnel)|telefono(trabajo|casa|ufficio|abitazione)",
}
_SAYS_NUMBER: Final = re.compile(r"#?([1-9][0-9]{0,3})")


def plain(name: str) -> str:
    """A column's name by what makes it the same as another's."""
    return "".join(char for char in folded(name) if char.isalnum())


_BY_NAME: Final = {plain(each): field for field, names in _CALLED.items() for each in names.split("|")}
_PATTERNS: Final = tuple((field, re.compile(pattern)) for field, pattern in _LESSER.items())


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, and by field the places of those that fill it, the preferred first."""

    columns: tuple[Column, ...]
    places: Mapping[str, tuple[int, ...]]
    ignored: frozenset[int] = frozenset()  # places of columns that were left out by the mapping

    @property
    def names_people(self) -> bool:
        """Whether any column fills a name."""
        return any(field in self.places for field in ("name", *NAME_PARTS, *STAND_INS))


def is_header(cells: Sequence[str]) -> bool:
    """Whether a file's first row tells what its columns are."""
    return any(_guess(cell)[0] is not None for cell in cells)


def lay_out(cells: Sequence[str], mapping: Mapping[str, str] | None = None) -> Layout:
    """Which column fills what; `mapping` (a column's name, or its number) decides before any guess.

    Raises:
        Invalid: the mapping names what is not there.
    """
    told = _told(cells, mapping or {})
    columns, ranked = [], []
    for at, cell in enumerate(cells):
        field, rank = (told[at], 0) if at in told else _guess(cell)
        field = None if field == IGNORED else field
        columns.append(Column(name=cell.strip(), field=field, number=at + 1))
        if field is not None:
            ranked.append((field, 0 if at in told else rank + 1, at))
    places: dict[str, tuple[int, ...]] = {}
    for field, _, at in sorted(ranked, key=lambda each: each[1:]):
        places[field] = (*places.get(field, ()), at)
    ignored = frozenset(at for at, field in told.items() if field == IGNORED)
    return Layout(tuple(columns), places, ignored)


def _guess(cell: str) -> tuple[str | None, int]:
    key = plain(cell)
    if (field := _BY_NAME.get(key)) is not None:
        return field, 0 if field != "phone" or not _is_mobile(key) else -1
    return next(((field, 1) for field, pattern in _PATTERNS if pattern.fullmatch(key)), (None, 0))


def _is_mobile(key: str) -> bool:
    """Where there are several numbers, a message reaches this one."""
    return any(word in key for word in ("mobil", "cell", "handy", "movil", "movel", "komorkowy", "portable"))


def _told(cells: Sequence[str], mapping: Mapping[str, str]) -> dict[int, str]:
    told: dict[int, str] = {}
    wrong: dict[str, str] = {}
    for name, field in mapping.items():
        places = list(_named(cells, name))
        if field not in {*FIELDS, IGNORED}:
            wrong[f"mapping.{name}"] = f"must be one of {', '.join(FIELDS)}, or - for none"
        elif not places:
            wrong[f"mapping.{name}"] = "is no column of this file"
        told |= dict.fromkeys(places, field)
    if wrong:
        raise Invalid("; ".join(f"{name} {text}" for name, text in wrong.items()), fields=wrong)
    return told


def _named(cells: Sequence[str], name: str) -> Iterator[int]:
    found = [at for at, cell in enumerate(cells) if plain(cell) == plain(name) and plain(name)]
    found = found or [at for at, cell in enumerate(cells) if cell.strip() == name.strip()]
    if not found and (number := _SAYS_NUMBER.fullmatch(name)) and int(number[1]) <= len(cells):
        found = [int(number[1]) - 1]
    yield from found
