"""The words of messages in the languages that there are, and how instants and durations are written.

A language that is not there is answered in English. Each catalogue has all words; a test sees to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Forms = tuple[str, str]  # of one, and of any other number; {count} stands for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words."""

    language: str
    months: str  # with blanks between
    date: str  # {day}, {month} and {year}
    decimal: str
    one_is_none: bool  # whether 0 takes the form of 1
    firing: str
    no_data: str
    resolved: str
    flapping: str
    calm_firing: str
    calm_resolved: str
    wrong: Forms
    fine: Forms
    more: Forms
    from_until: str  # {began} and {ended}
    since: str  # {began}
    until: str  # {ended}
    severity: str
    opened: str
    ended: str
    reason: str
    attempt: str
    attempt_of: str  # {attempt} and {of}
    took: str
    usual: str  # {usual}
    last_lines: str
    summary: str
    labels: str
    runbook: str
    source: str
    open_it: str
    open_all: str
    open_run: str
    acknowledge: str
    broken_template: str  # {names}
    test: str
    test_text: str  # {channel}
    critical: str
    warning: str
    info: str

    def of_notice(self, kind: str) -> str:
        """The word of a notice's kind or of a severity; of one that is not known, itself."""
        return str(getattr(self, kind, kind))

    def count(self, forms: Forms, number: int) -> str:
        """A number of things."""
        one = number == 1 or (number == 0 and self.one_is_none)
        return forms[0 if one else 1].format(count=number)

    def digest(self, wrong: int, fine: int) -> str:
        """What a digest tells of, such as "12 problems, 3 solved"."""
        parts = [self.count(self.wrong, wrong)] if wrong or not fine else []
        return ", ".join(parts + ([self.count(self.fine, fine)] if fine else []))

    def instant(self, at: datetime, zone: ZoneInfo) -> str:
        """An instant by the clocks of a zone, which is named, since a reader may be elsewhere."""
        local = at.astimezone(zone)
        date = self.date.format(day=local.day, month=self.months.split()[local.month - 1], year=local.year)
        return f"{date}, {local:%H:%M:%S} ({_name_of(zone, local)})"

    def duration(self, length: timedelta) -> str:
        """A duration in its two largest units."""
        seconds = max(0.0, length.total_seconds())
        if seconds < 9.95:
            return f"{seconds:.1f} s".replace(".", self.decimal)
        left, parts = round(seconds), list[str]()
        for unit, size in _UNITS:
            number, left = divmod(left, size)
            if number or parts:
                parts.append(f"{number} {unit}")
        return " ".join(part for part in parts[:2] if not part.startswith("0 "))


_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def _name_of(zone: ZoneInfo, local: datetime) -> str:
    if zone.key == "UTC":
        return zone.key
    minutes = (local.utcoffset() or timedelta()) // timedelta(minutes=1)
    sign, (hours, rest) = "+" if minutes >= 0 else "-", divmod(abs(minutes), 60)
    return f"{zone.key}, UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


ENGLISH: Final = Words(
    language="en",
    months="January February March April May June July August September October November December",
    date="{day} {month} {year}",
    decimal=".",
    one_is_none=False,
    firing="Problem",
    no_data="No data",
    resolved="Solved",
    flapping="Comes and goes",
    calm_firing="Calm, and still wrong",
    calm_resolved="Calm again",
    wrong=("{count} problem", "{count} problems"),
    fine=("{count} solved", "{count} solved"),
    more=("and {count} more", "and {count} more"),
    from_until="was wrong from {began} until {ended}",
    since="wrong since {began}",
    until="solved {ended}",
    severity="Severity",
    opened="Since",
    ended="Solved",
    reason="Reason",
    attempt="Attempt",
    attempt_of="{attempt} of {of}",
    took="Took",
    usual="usually {usual}",
    last_lines="Last lines of its output",
    summary="What was said",
    labels="Labels",
    runbook="Runbook",
    source="Source",
    open_it="Open the incident",
    open_all="Open the incidents",
    open_run="Open the run",
    acknowledge="Acknowledge",
    broken_template="This channel's template can't be read ({names}), so this is the usual form.",
    test="Test",
    test_text="This is a test of the channel “{channel}”. Nothing is wrong.",
    critical="critical",
    warning="warning",
    info="info",
)
GERMAN: Final = Words(
    language="de",
    months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    date="{day}. {month} {year}",
    decimal=",",
    one_is_none=False,
    firing="Problem",
    no_data="Keine Daten",
    resolved="Behoben",
    flapping="Kommt und geht",
    calm_firing="Ruhig, aber weiter gestört",
    calm_resolved="Wieder ruhig",
    wrong=("{count} Problem", "{count} Probleme"),
    fine=("{count} behoben", "{count} behoben"),
    more=("und {count} weiteres", "und {count} weitere"),
    from_until="war gestört von {began} bis {ended}",
    since="gestört seit {began}",
    until="behoben {ended}",
    severity="Schwere",
    opened="Seit",
    ended="Behoben",
    reason="Grund",
    attempt="Versuch",
    attempt_of="{attempt} von {of}",
    took="Dauer",
    usual="sonst {usual}",
    last_lines="Letzte Zeilen der Ausgabe",
    summary="Was gesagt wurde",
    labels="Merkmale",
    runbook="Anleitung",
    source="Quelle",
    open_it="Vorfall öffnen",
    open_all="Vorfälle öffnen",
    open_run="Lauf öffnen",
    acknowledge="Übernehmen",
    broken_template="Die Vorlage dieses Kanals ist nicht lesbar ({names}); dies ist die übliche Form.",
    test="Probe",
    test_text="Dies ist eine Probe des Kanals „{channel}“. Es ist nichts geschehen.",
    critical="kritisch",
    warning="Warnung",
    info="Hinweis",
)
FRENCH: Final = Words(
    language="fr",
    months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    date="{day} {month} {year}",
    decimal=",",
    one_is_none=True,
    firing="Problème",
    no_data="Pas de données",
    resolved="Résolu",
    flapping="Va et vient",
    calm_firing="Calme, mais toujours en panne",
    calm_resolved="De nouveau calme",
    wrong=("{count} problème", "{count} problèmes"),
    fine=("{count} résolu", "{count} résolus"),
    more=("et {count} autre", "et {count} autres"),
    from_until="en panne du {began} au {ended}",
    since="en panne depuis le {began}",
    until="résolu le {ended}",
    severity="Gravité",
    opened="Depuis",
    ended="Résolu",
    reason="Raison",
    attempt="Tentative",
    attempt_of="{attempt} sur {of}",
    took="Durée",
    usual="d’habitude {usual}",
    last_lines="Dernières lignes de la sortie",
    summary="Ce qui a été dit",
    labels="Étiquettes",
    runbook="Procédure",
    source="Source",
    open_it="Ouvrir l’incident",
    open_all="Ouvrir les incidents",
    open_run="Ouvrir l’exécution",
    acknowledge="Prendre en charge",
    broken_template="Le modèle de ce canal est illisible ({names}) ; voici la forme habituelle.",
    test="Essai",
    test_text="Ceci est un essai du canal « {channel} ». Rien n’est en panne.",
    critical="critique",
    warning="avertissement",
    info="information",
)
SPANISH: Final = Words(
    language="es",
    months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    date="{day} de {month} de {year}",
    decimal=",",
    one_is_none=False,
    firing="Problema",
    no_data="Sin datos",
    resolved="Resuelto",
    flapping="Va y viene",
    calm_firing="En calma, pero sigue mal",
    calm_resolved="De nuevo en calma",
    wrong=("{count} problema", "{count} problemas"),
    fine=("{count} resuelto", "{count} resueltos"),
    more=("y {count} más", "y {count} más"),
    from_until="estuvo mal desde el {began} hasta el {ended}",
    since="mal desde el {began}",
    until="resuelto el {ended}",
    severity="Gravedad",
    opened="Desde",
    ended="Resuelto",
    reason="Motivo",
    attempt="Intento",
    attempt_of="{attempt} de {of}",
    took="Duró",
    usual="normalmente {usual}",
    last_lines="Últimas líneas de la salida",
    summary="Lo que se dijo",
    labels="Etiquetas",
    runbook="Guía",
    source="Origen",
    open_it="Abrir el incidente",
    open_all="Abrir los incidentes",
    open_run="Abrir la ejecución",
    acknowledge="Hacerse cargo",
    broken_template="La plantilla de este canal no se puede leer ({names}); esta es la forma habitual.",
    test="Prueba",
    test_text="Esto es una prueba del canal «{channel}». No pasa nada.",
    critical="crítico",
    warning="aviso",
    info="información",
)
LANGUAGES: Final = {each.language: each for each in (ENGLISH, GERMAN, FRENCH, SPANISH)}


def words_of(language: str | None) -> Words:
    """The words of a BCP 47 tag's language."""
    return LANGUAGES.get((language or "en").replace("_", "-").partition("-")[0].lower(), ENGLISH)
