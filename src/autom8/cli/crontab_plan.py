"""How the import of a crontab is shown: faults, plan, proof, and how to stop cron. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.crontab_tasks import SPOOL, STDIN, SYSTEM_FOLDER, SYSTEM_TABLE, Importable
from autom8.cli.terminal import print_json, progress, say, warn
from autom8.cli.wording import instant_json, show_instant, show_schedule, visible
from autom8.kernel.zones import zone_named
from autom8.scheduler.crontab import Crontab, Proof, proof

if TYPE_CHECKING:
    from autom8.cli.wording import Json

PROVEN: Final = 100
NEXT_SHOWN: Final = 3


def warn_of_faults(crontab: Crontab) -> None:
    """Name on stderr each line that can't be taken, and what is odd about the whole file."""
    for note in crontab.notes:
        warn(f"{visible(crontab.path)}: {visible(note)}")
    for fault in crontab.faults:
        warn(f"{visible(crontab.path)}:{fault.line_number}: {visible(fault.reason)}: {visible(fault.text)}")


def show(found: Sequence[Importable], crontab: Crontab, *, as_json: bool) -> None:
    """Show what would become of each line, with the proof of its times."""
    proven = _proven(found)
    if as_json:
        print_json([_json(each, its) for each, its in proven])
        return
    for each, its in proven:
        for line in _lines(each, its):
            say(line)
        say()
    same = sum(its.matches for _, its in proven)
    say(f"{_lines_count(len(found))} of {visible(crontab.path)}; {same} with the times of cron's own reading")
    say("nothing was written: this was a plan")


def tell(done: Sequence[Importable]) -> None:
    """Say what was made of each line."""
    for each in done:
        say(f"line {each.entry.line_number}: {visible(each.name)}: {_fate(each)}")
    new = sum(each.is_new for each in done)
    if new:
        say(f"imported {_lines_count(new)}; {len(done) - new} were there already")
    else:
        why = "all lines are imported already" if done else "there are no lines to import"
        say(f"nothing was changed: {why}")


def how_to_stop_cron(crontab: Crontab, user: str | None) -> Sequence[str]:
    """What to tell at the end of an import: cron does not know that Autom8 runs these lines now."""
    path = crontab.path
    place = Path(path)
    if path == STDIN or place.parent == SPOOL:
        whose = user or (place.name if place.parent == SPOOL else None)
        edit = f"crontab -u {visible(whose)} -e" if whose else "crontab -e"
        how = f"put a # before them with: {edit}"
    elif place.parent == SYSTEM_FOLDER:
        how = f"move the file away (a name with a dot is left alone): mv {path} {path}.imported"
    elif place == SYSTEM_TABLE:
        how = f"put a # before them in {path}"
    else:
        how = f"put a # before them where cron reads them: in {path}, or with crontab -e"
    if any(fault.stops_cron for fault in crontab.faults):
        return "cron ignores the file as it stands; mended, it would run these lines too. To prevent it,", how
    return "cron still runs these lines too, so each command now runs twice. To stop cron from it,", how


def _proven(found: Sequence[Importable]) -> Sequence[tuple[Importable, Proof]]:
    now = datetime.now(UTC)
    done = []
    with progress("comparing with cron's own reading", len(found)) as step:
        for each in found:
            done.append((each, proof(each.entry, after=now, count=PROVEN)))
            step()
    return done


def _lines(each: Importable, its: Proof) -> list[str]:
    entry = each.entry
    shown = [
        f"line {entry.line_number}: {visible(each.name)} ({_fate(each)})",
        f"  schedule  {show_schedule(each.task)}",
        f"  command   {visible(entry.command)}",
    ]
    if entry.user:
        shown.append(f"  user      {visible(entry.user)}")
    shown += [f"  note      {visible(note)}" for note in entry.notes]
    shown.append(f"  proof     {_proof_line(its)}")
    zone = zone_named(entry.zone)
    shown += [f"  next      {show_instant(instant_json(slot), zone=zone)}" for slot in its.fires[:NEXT_SHOWN]]
    return shown


def _proof_line(its: Proof) -> str:
    if its.matches:
        return (
            f"the next {len(its.fires)} times are those of cron's own reading"
            if its.fires
            else "there are no times to compare"
        )
    difference = its.first_difference
    assert difference is not None
    planned, by_cron = (instant_json(at) if at else "none" for at in (difference.planned, difference.by_cron))
    return (
        f"DIFFERS from cron's own reading: {difference.number - 1} of {len(its.fires)} times are the same,"
        f" then {planned} here and {by_cron} there"
    )


def _json(each: Importable, its: Proof) -> Json:
    difference = its.first_difference
    shown: Json | None = None
    if difference is not None:
        shown = {
            "number": difference.number,
            "planned": _instant_or_none(difference.planned),
            "by_cron": _instant_or_none(difference.by_cron),
        }
    return {
        "line_number": each.entry.line_number,
        "fate": each.fate and each.fate["fate"],
        "task_id": each.fate and each.fate["task_id"],
        "task": {**each.task, "name": each.name},
        "next": [instant_json(slot) for slot in its.fires[:NEXT_SHOWN]],
        "proof": {"count": len(its.fires), "matches": its.matches, "first_difference": shown},
    }


def _fate(each: Importable) -> str:
    if each.fate is None:
        return "new, unless imported already"
    return "new" if each.is_new else "imported already"


def _instant_or_none(at: datetime | None) -> Any:
    return None if at is None else instant_json(at)


def _lines_count(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
