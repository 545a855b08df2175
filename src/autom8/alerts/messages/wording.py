"""The words of messages in the languages that there are, and how instants and durations are written.

A language that is not there is answered in English. Each catalogue has all words; a test sees to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words."""

    language: str
    firing: str
    no_data: str
    resolved: str
    flapping: str
    calm_firing: str
    calm_resolved: str
    digest: str  # {wrong} and {fine}
    more: str  # {count}
    from_until: str  # {began} and {ended}
    since: str  # {began}
    severity: str
    opened: str
    ended: str
    reason: str
    took: str
    usual: str
    last_lines: str
    labels: str
    runbook: str
    open_it: str
    acknowledge: str
    test: str
    test_text: str
    critical: str
    warning: str
    info: str

    def of_notice(self, kind: str) -> str:
        """The word of a notice's kind."""
        return str(getattr(self, kind))


ENGLISH: Final = Words(
    language="en",
    firing="Problem",
    no_data="No data",
    resolved="Resolved",
    flapping="Comes and goes",
    calm_firing="Calm, and still wrong",
    calm_resolved="Calm again",
    digest="{wrong} problems, {fine} resolved",
    more="… and {count} more",
    from_until="was wrong from {began} until {ended}",
    since="wrong since {began}",
    severity="Severity",
    opened="Since",
    ended="Resolved",
    reason="Reason",
    took="Took",
    usual="usually {usual}",
    last_lines="Last lines of its output",
    labels="Labels",
    runbook="Runbook",
    open_it="Open the incident",
    acknowledge="Acknowledge",
    test="Test",
    test_text="This is a test of the channel “{channel}”. Nothing is wrong.",
    critical="critical",
    warning="warning",
    info="info",
)
GERMAN: Final = Words(
    language="de",
    firing="Problem",
    no_data="Keine Daten",
    resolved="Behoben",
    flapping="Kommt und geht",
    calm_firing="Ruhig, aber weiter gestört",
    calm_resolved="Wieder ruhig",
    digest="{wrong} Probleme, {fine} behoben",
    more="… und {count} weitere",
    from_until="war gestört von {began} bis {ended}",
    since="gestört seit {began}",
    severity="Schwere",
    opened="Seit",
    ended="Behoben",
    reason="Grund",
    took="Dauer",
    usual="sonst {usual}",
    last_lines="Letzte Zeilen der Ausgabe",
    labels="Merkmale",
    runbook="Anleitung",
    open_it="Vorfall öffnen",
    acknowledge="Bestätigen",
    test="Probe",
    test_text="Dies ist eine Probe des Kanals „{channel}“. Es ist nichts geschehen.",
    critical="kritisch",
    warning="Warnung",
    info="Hinweis",
)
FRENCH: Final = Words(
    language="fr",
    firing="Problème",
    no_data="Pas de données",
    resolved="Résolu",
    flapping="Va et vient",
    calm_firing="Calme, mais toujours en panne",
    calm_resolved="De nouveau calme",
    digest="{wrong} problèmes, {fine} résolus",
    more="… et {count} autres",
    from_until="en panne de {began} à {ended}",
    since="en panne depuis {began}",
    severity="Gravité",
    opened="Depuis",
    ended="Résolu",
    reason="Raison",
    took="Durée",
    usual="d'habitude {usual}",
    last_lines="Dernières lignes de la sortie",
    labels="Étiquettes",
    runbook="Procédure",
    open_it="Ouvrir l'incident",
    acknowledge="Prendre en charge",
    test="Essai",
    test_text="Ceci est un essai du canal « {channel} ». Rien n'est en panne.",
    critical="critique",
    warning="avertissement",
    info="information",
)
SPANISH: Final = Words(
    language="es",
    firing="Problema",
    no_data="Sin datos",
    resolved="Resuelto",
    flapping="Va y viene",
    calm_firing="En calma, pero sigue mal",
    calm_resolved="De nuevo en calma",
    digest="{wrong} problemas, {fine} resueltos",
    more="… y {count} más",
    from_until="estuvo mal de {began} a {ended}",
    since="mal desde {began}",
    severity="Gravedad",
    opened="Desde",
    ended="Resuelto",
    reason="Motivo",
    took="Duró",
    usual="normalmente {usual}",
    last_lines="Últimas líneas de la salida",
    labels="Etiquetas",
    runbook="Guía",
    open_it="Abrir el incidente",
    acknowledge="Confirmar",
    test="Prueba",
    test_text="Esto es una prueba del canal «{channel}». No pasa nada.",
    critical="crítico",
    warning="aviso",
    info="información",
)
LANGUAGES: Final = {each.language: each for each in (ENGLISH, GERMAN, FRENCH, SPANISH)}


def words_of(language: str | None) -> Words:
    """The words of a BCP 47 tag's language."""
    return LANGUAGES.get((language or "en").partition("-")[0].lower(), ENGLISH)


def instant(at: datetime, zone: ZoneInfo) -> str:
    """An instant by the clocks of a zone, to the second."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}"


def duration(length: timedelta) -> str:
    """A duration in its two largest units."""
    seconds = max(0.0, length.total_seconds())
    if seconds < 10:
        return f"{seconds:.1f} s"
    left, parts = round(seconds), list[str]()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"
