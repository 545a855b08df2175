"""Children of what is wrong are held back, as by Alertmanager's inhibition; nothing silences everybody."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.silences.dependencies import Dependency, Holding
from autom8.alerts.silences.matchers import matches, read_all


@dataclass(frozen=True)
class Open:
    id: int
    labels: Mapping[str, str]


def dependency(parents: str, children: str, *equal: str) -> Dependency:
    return Dependency(id=1, parents=read_all(parents), children=read_all(children), equal=equal)


def held(dependencies: Sequence[Dependency], incidents: Sequence[Open]) -> dict[int, int]:
    """Which incident is held back by which."""
    holding = Holding(dependencies, incidents)
    found = {each.id: holding.parent_of(each) for each in incidents}
    return {child: parent[1].id for child, parent in found.items() if parent is not None}


SITE = dependency('alertname="SiteDown"', 'severity=~"warning|info"', "site")


def test_what_depends_on_what_is_wrong_is_held_back() -> None:
    down = Open(1, {"alertname": "SiteDown", "severity": "critical", "site": "a"})
    slow, other = (
        Open(n, {"alertname": "Slow", "severity": "info", "site": s}) for n, s in ((2, "a"), (3, "b"))
    )
    bad = Open(4, {"alertname": "Lost", "severity": "critical", "site": "a"})
    assert held([SITE], [down, slow, other, bad]) == {2: 1}
    assert held([SITE], [slow, other, bad]) == held([], [down, slow]) == {}


def test_a_label_that_both_lack_is_the_same() -> None:
    both = [Open(1, {"alertname": "SiteDown"}), Open(2, {"severity": "info"})]
    assert held([SITE], both) == {2: 1}


def test_what_matches_both_sides_is_held_back_only_by_what_does_not() -> None:
    every = dependency('kind="x"', 'kind="x"')
    assert held([every], [Open(1, {"kind": "x"})]) == {}
    assert held([every], [Open(1, {"kind": "x"}), Open(2, {"kind": "x"})]) == {}
    sides = dependency('severity=~"critical|warning"', 'severity=~"warning|info"')
    three = [Open(n, {"severity": s}) for n, s in ((1, "warning"), (2, "critical"), (3, "info"))]
    assert held([sides], three) == {1: 2, 3: 1}


def test_of_a_circle_the_oldest_is_told() -> None:
    circle = [dependency(f'n="{a}"', f'n="{b}"') for a, b in (("1", "2"), ("2", "3"), ("3", "1"))]
    three = [Open(int(n), {"n": n}) for n in "321"]
    assert held(circle, three) == {2: 1, 3: 2}
    assert held(circle, [*three, Open(9, {"n": "2"})]) == {2: 1, 3: 2, 9: 1}


def test_a_chain_is_held_back_from_its_head_on() -> None:
    chain = [dependency(f'n="{a}"', f'n="{a + 1}"') for a in range(1, 4)]
    assert held(chain, [Open(n, {"n": str(n)}) for n in range(1, 5)]) == {2: 1, 3: 2, 4: 3}


def test_what_is_no_incident_yet_may_be_held_back_too() -> None:
    holding = Holding([SITE], [Open(1, {"alertname": "SiteDown", "site": "a"})])
    found = holding.parent_of(Open(0, {"severity": "info", "site": "a"}))
    assert found is not None
    assert found[1].id == 1


VALUES = st.sampled_from(["", "a", "b"])
LABELS = st.fixed_dictionaries({"x": VALUES, "y": VALUES, "z": VALUES})
SIDES = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from(["=", "!=", "=~"]), st.sampled_from(["a", "b", "a|b"])),
    min_size=1,
    max_size=2,
).map(lambda parts: ", ".join(f'{name}{operator}"{value}"' for name, operator, value in parts))
DEPENDENCIES = st.lists(
    st.builds(dependency, SIDES, SIDES, st.sampled_from("xyz")) | st.builds(dependency, SIDES, SIDES),
    max_size=4,
)
INCIDENTS = st.lists(LABELS, max_size=7).map(
    lambda all_of: [Open(number, labels) for number, labels in enumerate(all_of, 1)]
)


def parents_of(dependencies: Sequence[Dependency], child: Open, incidents: Sequence[Open]) -> set[int]:
    """Inhibition as Alertmanager's documentation says it, one by one."""
    found: set[int] = set()
    for each in dependencies:
        if not matches(each.children, child.labels):
            continue
        for parent in incidents:
            equal = all(parent.labels.get(name, "") == child.labels.get(name, "") for name in each.equal)
            is_both = matches(each.parents, child.labels) and matches(each.children, parent.labels)
            if equal and not is_both and matches(each.parents, parent.labels):
                found.add(parent.id)
    return found


@given(DEPENDENCIES, INCIDENTS)
def test_who_is_held_back_has_a_parent_and_somebody_above_is_told(
    dependencies: list[Dependency], incidents: list[Open]
) -> None:
    found = held(dependencies, incidents)
    for child in incidents:
        parents = parents_of(dependencies, child, incidents)
        assert child.id not in parents
        if child.id in found:
            assert found[child.id] in parents
        elif parents:  # let through only as the oldest of a circle
            assert _reaches(dependencies, incidents, child.id)
    for child_id in found:
        above = child_id
        for _ in incidents:
            above = found.get(above, above)
        assert above not in found


def _reaches(dependencies: Sequence[Dependency], incidents: Sequence[Open], start: int) -> bool:
    by_id = {each.id: each for each in incidents}
    reached, ahead = set[int](), [start]
    while ahead:
        for parent in parents_of(dependencies, by_id[ahead.pop()], incidents):
            if parent not in reached:
                reached.add(parent)
                ahead.append(parent)
    return start in reached


def test_a_thousand_incidents_with_twenty_dependencies_are_quick() -> None:
    dependencies = [dependency(f'n=~"{n}.*"', 'severity="info"', "site") for n in range(20)]
    incidents = [Open(n, {"n": str(n), "severity": "info", "site": str(n % 50)}) for n in range(1, 1_001)]
    began = time.monotonic()
    held(dependencies, incidents)
    assert time.monotonic() - began < 5
