"""Why a run ended as it did, in the words of each language that there is."""

from __future__ import annotations

from collections.abc import Mapping
from signal import Signals
from typing import Final

from autom8.alerts.messages.facts import RunFacts
from autom8.kernel.vocabulary import Reason, RunState

_CODE: Final[Mapping[str, str]] = {
    "en": "exit code {code}",
    "de": "Rückgabewert {code}",
    "fr": "code de sortie {code}",
    "es": "código de salida {code}",
}
_SIGNAL: Final[Mapping[str, str]] = {
    "en": "ended by signal {name}",
    "de": "durch Signal {name} beendet",
    "fr": "arrêté par le signal {name}",
    "es": "terminado por la señal {name}",
}
REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        Reason.OVERLAP: "skipped, since an earlier run went on",
        Reason.PAUSED: "skipped, since the task was paused",
        Reason.REPLACED: "replaced by a newer run",
        Reason.REMOVED: "the task was removed",
        Reason.SUPERSEDED: "missed; a later one was run instead",
        Reason.NO_CATCH_UP: "missed; its time had passed",
        Reason.TOO_LATE: "missed; it was too late for it",
        Reason.EXIT_CODE: "the command failed",
        Reason.SIGNAL: "ended by a signal",
        Reason.NOT_STARTED: "the command could not be started",
        Reason.TIMEOUT: "ran for longer than it may",
        Reason.BY_PERSON: "somebody ended it",
        Reason.SHUTDOWN: "the server was stopped",
        Reason.WORKER_RESTARTED: "the worker died during the run",
        Reason.WORKER_GONE: "the worker was not heard of again",
        Reason.RETRY: "failed, and is tried again",
        RunState.QUEUED: "waits",
        RunState.CLAIMED: "is about to begin",
        RunState.RUNNING: "runs",
        RunState.SUCCEEDED: "succeeded",
        RunState.FAILED: "failed",
        RunState.TIMED_OUT: "ran for longer than it may",
        RunState.CANCELLED: "was cancelled",
        RunState.SKIPPED: "was skipped",
        RunState.MISSED: "was missed",
        RunState.LOST: "nobody knows how it ended",
    },
    "de": {
        Reason.OVERLAP: "ausgelassen, da ein früherer Lauf noch lief",
        Reason.PAUSED: "ausgelassen, da die Aufgabe angehalten war",
        Reason.REPLACED: "durch einen neueren Lauf ersetzt",
        Reason.REMOVED: "die Aufgabe wurde entfernt",
        Reason.SUPERSEDED: "versäumt; ein späterer lief statt seiner",
        Reason.NO_CATCH_UP: "versäumt; seine Zeit war vorüber",
        Reason.TOO_LATE: "versäumt; es war zu spät dafür",
        Reason.EXIT_CODE: "der Befehl schlug fehl",
        Reason.SIGNAL: "durch ein Signal beendet",
        Reason.NOT_STARTED: "der Befehl ließ sich nicht starten",
        Reason.TIMEOUT: "lief länger, als er darf",
        Reason.BY_PERSON: "jemand hat ihn beendet",
        Reason.SHUTDOWN: "der Server wurde angehalten",
        Reason.WORKER_RESTARTED: "der Arbeiter starb während des Laufs",
        Reason.WORKER_GONE: "vom Arbeiter war nichts mehr zu hören",
        Reason.RETRY: "fehlgeschlagen, wird wiederholt",
        RunState.QUEUED: "wartet",
        RunState.CLAIMED: "beginnt gleich",
        RunState.RUNNING: "läuft",
        RunState.SUCCEEDED: "gelungen",
        RunState.FAILED: "fehlgeschlagen",
        RunState.TIMED_OUT: "lief länger, als er darf",
        RunState.CANCELLED: "abgebrochen",
        RunState.SKIPPED: "ausgelassen",
        RunState.MISSED: "versäumt",
        RunState.LOST: "niemand weiß, wie er endete",
    },
    "fr": {
        Reason.OVERLAP: "omis, car une exécution précédente durait encore",
        Reason.PAUSED: "omis, car la tâche était en pause",
        Reason.REPLACED: "remplacé par une exécution plus récente",
        Reason.REMOVED: "la tâche a été supprimée",
        Reason.SUPERSEDED: "manqué ; une exécution plus tardive a pris sa place",
        Reason.NO_CATCH_UP: "manqué ; son heure était passée",
        Reason.TOO_LATE: "manqué ; il était trop tard",
        Reason.EXIT_CODE: "la commande a échoué",
        Reason.SIGNAL: "arrêté par un signal",
        Reason.NOT_STARTED: "la commande n’a pas pu démarrer",
        Reason.TIMEOUT: "a duré plus longtemps que permis",
        Reason.BY_PERSON: "quelqu’un l’a arrêté",
        Reason.SHUTDOWN: "le serveur a été arrêté",
        Reason.WORKER_RESTARTED: "le processus de travail est mort pendant l’exécution",
        Reason.WORKER_GONE: "le processus de travail n’a plus donné signe de vie",
        Reason.RETRY: "a échoué, sera réessayé",
        RunState.QUEUED: "en attente",
        RunState.CLAIMED: "sur le point de commencer",
        RunState.RUNNING: "en cours",
        RunState.SUCCEEDED: "réussi",
        RunState.FAILED: "échoué",
        RunState.TIMED_OUT: "a duré plus longtemps que permis",
        RunState.CANCELLED: "annulé",
        RunState.SKIPPED: "omis",
        RunState.MISSED: "manqué",
        RunState.LOST: "personne ne sait comment il a fini",
    },
    "es": {
        Reason.OVERLAP: "omitido, porque una ejecución anterior seguía en curso",
        Reason.PAUSED: "omitido, porque la tarea estaba en pausa",
        Reason.REPLACED: "sustituido por una ejecución más reciente",
        Reason.REMOVED: "la tarea fue eliminada",
        Reason.SUPERSEDED: "perdido; una ejecución posterior ocupó su lugar",
        Reason.NO_CATCH_UP: "perdido; su hora había pasado",
        Reason.TOO_LATE: "perdido; era demasiado tarde",
        Reason.EXIT_CODE: "la orden falló",
        Reason.SIGNAL: "terminado por una señal",
        Reason.NOT_STARTED: "la orden no pudo iniciarse",
        Reason.TIMEOUT: "duró más de lo permitido",
        Reason.BY_PERSON: "alguien lo terminó",
        Reason.SHUTDOWN: "el servidor fue detenido",
        Reason.WORKER_RESTARTED: "el proceso de trabajo murió durante la ejecución",
        Reason.WORKER_GONE: "no se supo más del proceso de trabajo",
        Reason.RETRY: "falló y se intentará de nuevo",
        RunState.QUEUED: "en espera",
        RunState.CLAIMED: "a punto de empezar",
        RunState.RUNNING: "en curso",
        RunState.SUCCEEDED: "terminado con éxito",
        RunState.FAILED: "falló",
        RunState.TIMED_OUT: "duró más de lo permitido",
        RunState.CANCELLED: "cancelado",
        RunState.SKIPPED: "omitido",
        RunState.MISSED: "perdido",
        RunState.LOST: "nadie sabe cómo terminó",
    },
}


def reason_of(run: RunFacts, language: str) -> str:
    """Why a run ended so, in few words, with what the ledger says beside it."""
    if run.reason == Reason.SIGNAL and run.signal is not None:
        said = _SIGNAL[language].format(name=_name_of(run.signal))
    elif run.reason == Reason.EXIT_CODE and run.exit_code:
        said = _CODE[language].format(code=run.exit_code)
    else:  # such as a timeout, which ends a run by a signal too
        said = REASONS[language].get(run.reason, run.reason)
    return f"{said}: {run.detail}" if run.detail else said


def _name_of(number: int) -> str:
    try:
        return f"{number} ({Signals(number).name})"
    except ValueError:
        return str(number)
