"""The words of the page that a link of a message opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWords:
    """One language's words. `good` and what follows say how a link stands."""

    language: str
    title: str
    good: str
    already: str  # {name}
    done: str
    forged: str
    expired: str
    used: str
    over: str
    too_many: str
    only_https: str
    unavailable: str


ENGLISH: Final = LinkWords(
    language="en",
    title="Acknowledge an incident",
    good="Will you take care of it? Then nobody else is told of it until it is solved.",
    already="{name} has acknowledged it already.",
    done="Acknowledged. Nobody else is told of it until it is solved.",
    forged="This is no link of ours. Perhaps it was cut off; copy it from the message once more.",
    expired="This link is too old. Sign in to acknowledge the incident.",
    used="This link was used before: what it was for is done.",
    over="There is nothing to do: the incident is over.",
    too_many="Too many requests. Wait a minute, then try again.",
    only_https="Open this link by https.",
    unavailable="The server can't answer now. Try again in a moment.",
)
GERMAN: Final = LinkWords(
    language="de",
    title="Einen Vorfall übernehmen",
    good="Kümmern Sie sich darum? Dann erfährt niemand sonst davon, bis er behoben ist.",
    already="{name} hat ihn schon übernommen.",
    done="Übernommen. Niemand sonst erfährt davon, bis er behoben ist.",
    forged="Das ist kein Link von uns. Vielleicht fehlt ein Stück; bitte noch einmal ganz kopieren.",
    expired="Dieser Link ist zu alt. Melden Sie sich an, um den Vorfall zu übernehmen.",
    used="Dieser Link wurde schon benutzt: wofür er da war, ist getan.",
    over="Es ist nichts zu tun: der Vorfall ist vorüber.",
    too_many="Zu viele Anfragen. Bitte in einer Minute noch einmal.",
    only_https="Bitte diesen Link mit https öffnen.",
    unavailable="Der Server kann gerade nicht antworten. Bitte gleich noch einmal.",
)
FRENCH: Final = LinkWords(
    language="fr",
    title="Prendre en charge un incident",
    good="Vous en occupez-vous ? Alors personne d’autre n’en est averti jusqu’à ce qu’il soit résolu.",
    already="{name} l’a déjà pris en charge.",
    done="Pris en charge. Personne d’autre n’en est averti jusqu’à ce qu’il soit résolu.",
    forged="Ce lien n’est pas de nous. Il a peut-être été coupé ; copiez-le encore du message.",
    expired="Ce lien est trop ancien. Connectez-vous pour prendre en charge l’incident.",
    used="Ce lien a déjà servi : ce pour quoi il était fait est accompli.",
    over="Il n’y a rien à faire : l’incident est terminé.",
    too_many="Trop de requêtes. Attendez une minute, puis réessayez.",
    only_https="Ouvrez ce lien par https.",
    unavailable="Le serveur ne peut pas répondre maintenant. Réessayez dans un instant.",
)
SPANISH: Final = LinkWords(
    language="es",
    title="Hacerse cargo de un incidente",
    good="¿Se hace usted cargo? Entonces no se avisa a nadie más hasta que esté resuelto.",
    already="{name} ya se ha hecho cargo.",
    done="Hecho. No se avisa a nadie más hasta que esté resuelto.",
    forged="Este enlace no es nuestro. Quizá se cortó; cópielo otra vez del mensaje.",
    expired="Este enlace es demasiado antiguo. Inicie sesión para hacerse cargo del incidente.",
    used="Este enlace ya se usó: lo que hacía está hecho.",
    over="No hay nada que hacer: el incidente ha terminado.",
    too_many="Demasiadas peticiones. Espere un minuto e inténtelo de nuevo.",
    only_https="Abra este enlace por https.",
    unavailable="El servidor no puede responder ahora. Inténtelo de nuevo en un momento.",
)
LINK_WORDS: Final = {each.language: each for each in (ENGLISH, GERMAN, FRENCH, SPANISH)}
