"""Escalation policies: added, changed, made the default, and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from autom8.alerts.escalation import STEPS_MAX, Policy
from autom8.alerts.policies.targets import by_kind, read_policy, read_target, steps_of
from autom8.alerts.reading import fields_of, flag, name, named, prose, refuse, require, whole
from autom8.alerts.schedules.service import look_again
from autom8.alerts.shelf import Shelf, View
from autom8.kernel.errors import Conflict, Invalid
from autom8.kernel.events import PolicyChanged
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import BeginWork, Work

TARGETS_MAX: Final = 100  # of a step
REPEATS_MAX: Final = 1_000  # more often than that is until somebody acts
REPEATED_AFTER_S: Final = 900
_COLUMNS: Final = frozenset({"repeats", "repeated_after_s", "steps"})


class PolicyInUse(Conflict):
    """Rules name the policy, or it is the default."""

    code = "policy_in_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyService:
    """What callers may do with escalation policies."""

    begin: BeginWork
    read: BeginWork
    policies: Shelf = field(init=False)

    def __post_init__(self) -> None:
        """Make the shelf on which the policies stand."""
        shelf = Shelf(
            begin=self.begin,
            read=self.read,
            noun="escalation policy",
            of=lambda work: work.policies,
            columns=_columns,
            view=_view,
            told=told,
            hold=_hold,
            after=lambda work, _: look_again(work),
            before_removal=_refuse_in_use,
        )
        object.__setattr__(self, "policies", shelf)


def told(verb: str, policy_id: int, details: Mapping[str, Any]) -> PolicyChanged:
    """The event of a change of a policy."""
    return PolicyChanged(
        action=f"policy.{verb}",
        object_type="policy",
        object_id=str(policy_id),
        details=details,
        policy_id=policy_id,
    )


def targets_in(steps: object) -> Iterator[tuple[str, int]]:
    """The targets that the JSON of steps names, whatever else is in it."""
    for each in steps if isinstance(steps, list) else []:
        targets = each.get("targets") if isinstance(each, Mapping) else None
        for target in targets if isinstance(targets, list) else []:
            try:
                yield read_target(target)
            except ValueError:
                continue


def _columns(work: Work, data: Mapping[str, Any], row: AnyRow | None) -> dict[str, Any]:
    readers: dict[str, Callable[[Any], Any]] = {
        "name": name,
        "description": prose,
        "steps": _steps,
        "repeats": lambda each: None if each is None else whole(each),
        "repeated_after_s": whole,
        "is_default": flag,
    }
    values = fields_of(data, readers)
    require(values, ("name", "steps"), row)
    if row is None:
        usual = {"description": "", "repeats": 0, "repeated_after_s": REPEATED_AFTER_S, "is_default": False}
        values = {**usual, **values}
    if values.keys() & _COLUMNS:
        _check(values, row)
    _refuse_strangers(work, values.get("steps", ()))
    if values.get("is_default") and not (row is not None and row.is_default):
        _end_default(work)
    return named(values)


def _end_default(work: Work) -> None:
    """Have the policy that is the default be so no longer."""
    policy_id = work.policies.unset_default(work.now())
    if policy_id is not None:
        work.record(told("changed", policy_id, {"is_default": False}))


def _steps(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > STEPS_MAX:
        raise TypeError(f"must be a list of at most {STEPS_MAX}")
    steps: list[dict[str, Any]] = []
    wrong: dict[str, str] = {}
    for index, each in enumerate(value):
        try:
            steps.append(_step(each))
        except Invalid as error:
            wrong |= {f"{index}.{name}".rstrip("."): why for name, why in error.fields.items()}
    if wrong:
        refuse(wrong)
    return steps


def _step(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid("A step is an object.", fields={"": "must be an object"})
    read = fields_of(value, {"targets": _targets, "after_s": whole})
    return {"targets": read.get("targets", []), "after_s": read.get("after_s", 0)}


def _targets(value: object) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= TARGETS_MAX:
        raise ValueError(f"must be 1 to {TARGETS_MAX}")
    return list(dict.fromkeys(f"{kind}:{id_}" for kind, id_ in map(read_target, value)))


def _check(values: Mapping[str, Any], row: AnyRow | None) -> None:
    """See that the policy can be meant as it would be: what is not given is as it was."""

    def now(column: str) -> Any:
        return values[column] if column in values else getattr(row, column)

    repeats = now("repeats")
    if repeats is not None and repeats > REPEATS_MAX:
        text = f"must be at most {REPEATS_MAX}; null repeats until somebody acts"
        raise Invalid(f"repeats {text}", fields={"repeats": text})
    try:
        repeated_after = timedelta(seconds=now("repeated_after_s"))
        steps = steps_of(values["steps"]) if "steps" in values else steps_of([{"targets": ["-"]}])
        Policy(steps=steps, repeats=repeats, repeated_after=repeated_after).check()
    except OverflowError:
        refuse({"repeated_after_s": "must be from a minute to a week"})
    except Invalid as error:
        refuse({_FIELDS.get(name, name): why for name, why in error.fields.items()})


_FIELDS: Final = {"repeated_after": "repeated_after_s"}


def _refuse_strangers(work: Work, steps: Iterable[Mapping[str, Any]]) -> None:
    """See that all targets are there; they are held since `_hold`."""
    steps = list(steps)
    there = _names(work, steps)
    wrong = {
        f"steps.{index}.targets": f"there is no {target.replace(':', ' ')}"
        for index, each in enumerate(steps)
        for target in each["targets"]
        if target not in there
    }
    if wrong:
        refuse(wrong)


def _hold(work: Work, data: Mapping[str, Any]) -> None:
    """Keep what the steps name from being removed meanwhile, each kind in one order everywhere.

    Two that make another policy the default wait for each other here, and not with a policy in hand.
    """
    wanted = by_kind(targets_in(data.get("steps")))
    if wanted["group"]:
        work.groups.hold(group_ids=wanted["group"])
    if wanted["contact"]:
        work.contacts.hold(wanted["contact"])
    if wanted["channel"]:
        work.channels.hold(wanted["channel"])
    if wanted["schedule"]:
        work.schedules.hold(wanted["schedule"])
    if data.get("is_default") is True:
        work.installation.lock()


def _refuse_in_use(work: Work, row: AnyRow) -> None:
    if row.is_default:
        raise PolicyInUse("This is the default policy; make another the default first, or none.")
    rules = work.policies.rules_naming(row.id)
    if rules:
        told_of = ", ".join(
            " ".join(filter(None, (each.kind, each.rule, each.scope, each.scope_value))) for each in rules
        )
        raise PolicyInUse(f"Rules name this policy: {told_of}.")


def _view(work: Work, row: AnyRow) -> View:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "steps": row.steps,
        "repeats": row.repeats,
        "repeated_after_s": row.repeated_after_s,
        "is_default": row.is_default,
        "names": dict(sorted(_names(work, row.steps).items())),
        "amiss": _amiss(row),
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _names(work: Work, steps: object) -> dict[str, str]:
    """What the targets of steps are called; those that are not there are left out."""
    wanted = by_kind(targets_in(steps))
    found: dict[str, str] = {}
    if wanted["contact"]:
        found |= {f"contact:{row.id}": row.name for row in work.contacts.get_many(wanted["contact"])}
    if wanted["group"]:
        found |= {f"group:{row.id}": row.name for row in work.groups.get_many(wanted["group"])}
    if wanted["schedule"]:
        rows = work.schedules.find_many(wanted["schedule"])
        found |= {f"schedule:{id_}": row.name for id_, row in rows.items()}
    if wanted["channel"]:
        rows = work.channels.find_many(wanted["channel"])
        found |= {f"channel:{id_}": row.name for id_, row in rows.items()}
    return found


def _amiss(row: AnyRow) -> list[str]:
    """Why steps of a policy that is kept tell nobody, or all of it does not hold."""
    try:
        policy = read_policy(row)
    except Invalid as error:
        return [f"it can't be read, and the default policy is gone by instead: {error}"]
    empty = [index for index, each in enumerate(policy.steps, 1) if not each.targets]
    return [f"step {index} tells nobody: who was named there is gone" for index in empty]
