"""What holds for a rule: defaults, the nearest setting of each field, and what can't be meant."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.expectations import DEFAULTS, Expectation, Threshold
from autom8.alerts.rules.rule import Book, Setting, changed, default, effective, names_of
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import AlertKind, ChannelRule, OwnRule, PushedRule, RuleScope, Severity

ALL, TAG, ONE = RuleScope.ALL, RuleScope.TAG, RuleScope.ONE


def said(scope: RuleScope, value: str = "", name: str = "failed", **changes: Any) -> Setting:
    return Setting(kind=AlertKind.TASK, name=name, scope=scope, value=value, changes=changes)


def test_each_kind_has_its_rules() -> None:
    assert names_of(AlertKind.TASK) == tuple(Expectation)
    assert names_of(AlertKind.CHECK) == ("failed", "missed", "running_longer_than")
    assert names_of(AlertKind.CHANNEL) == tuple(ChannelRule)
    assert names_of(AlertKind.OWN) == tuple(OwnRule)
    assert names_of(AlertKind.PUSHED) == tuple(PushedRule)


@pytest.mark.parametrize("expectation", Expectation)
def test_a_rule_of_tasks_holds_by_default_where_no_number_is_needed(expectation: Expectation) -> None:
    rule = default(AlertKind.TASK, expectation)

    assert rule.enabled is (expectation in DEFAULTS)
    assert rule.threshold == DEFAULTS.get(expectation)
    assert (rule.labels, rule.runbook, rule.policy_id) == ({}, None, None)


def test_people_are_woken_by_default_where_nothing_ran_or_nobody_could_be_told() -> None:
    woken = {
        (kind, name)
        for kind in AlertKind
        for name in names_of(kind)
        if default(kind, name).severity is Severity.CRITICAL
    }

    assert woken == {
        (AlertKind.TASK, "missed"),
        (AlertKind.TASK, "lost"),
        (AlertKind.CHECK, "missed"),
        (AlertKind.CHANNEL, "failing"),
        (AlertKind.OWN, "outbox_growing"),
        (AlertKind.OWN, "audit_broken"),
        (AlertKind.OWN, "decryption_refused"),
        (AlertKind.OWN, "disk_filling"),
        (AlertKind.OWN, "looks_failing"),
    }


def test_field_by_field_the_nearest_wins() -> None:
    settings = [
        said(ONE, "7", runbook="https://wiki/seven"),
        said(ALL, count=5, severity="info", violated_for_s=60, labels={"team": "ops", "site": "a"}),
        said(TAG, "db", count=3, labels={"team": "data"}),
    ]

    rule = effective(AlertKind.TASK, "failed", settings, object_id=7, tags=["db", "nightly"])

    assert (rule.threshold, rule.severity) == (Threshold(count=3), Severity.INFO)
    assert rule.patience.violated_for == timedelta(minutes=1)
    assert rule.labels == {"team": "data", "site": "a"}
    assert rule.runbook == "https://wiki/seven"


def test_of_several_tags_the_first_in_the_alphabet_wins() -> None:
    settings = [
        said(TAG, "b", count=2),
        said(TAG, "a", count=4),
        said(TAG, "ab", count=3),
        said(ALL, count=9),
    ]

    def count(*tags: str) -> int | None:
        rule = effective(AlertKind.TASK, "failed", settings, object_id=1, tags=tags)
        return rule.threshold.count if rule.threshold else None

    assert [count("b", "ab", "a"), count("b", "ab"), count("b"), count("c")] == [4, 3, 2, 9]


def test_what_is_said_of_others_is_not_said_of_this() -> None:
    settings = [
        said(ONE, "70", count=2),
        said(ALL, name="lost", severity="info"),
        Setting(kind=AlertKind.CHECK, name="failed", scope=ALL, changes={"count": 4}),
    ]

    rule = effective(AlertKind.TASK, "failed", settings, object_id=7, tags=())

    assert rule == default(AlertKind.TASK, "failed")


@given(
    settings=st.lists(
        st.builds(
            lambda place, changes: said(*place, **changes),
            st.sampled_from([(ALL, ""), (TAG, "a"), (TAG, "b"), (TAG, "c"), (ONE, "1"), (ONE, "2")]),
            st.fixed_dictionaries(
                {},
                optional={
                    "count": st.integers(1, 9),
                    "enabled": st.booleans(),
                    "severity": st.sampled_from(Severity),
                },
            ),
        ),
        unique_by=lambda each: (each.scope, each.value),
    ),
    tags=st.sets(st.sampled_from("abc")),
)
def test_an_independent_reading_agrees(settings: list[Setting], tags: set[str]) -> None:
    """Field by field, look at the object, then at its tags from a to c, then at all; else the default."""
    rule = effective(AlertKind.TASK, "failed", settings, object_id=1, tags=tags)

    places = [(ONE, "1"), *[(TAG, tag) for tag in "abc" if tag in tags], (ALL, "")]
    read: dict[str, Any] = {"count": 1, "enabled": True, "severity": "warning"}
    for field in read:
        for place in places:
            found = [
                each.changes[field]
                for each in settings
                if (each.scope, each.value) == place and field in each.changes
            ]
            if found:
                read[field] = found[0]
                break
    assert rule.threshold is not None
    assert {"count": rule.threshold.count, "enabled": rule.enabled, "severity": rule.severity} == read


def test_a_setting_that_can_not_be_read_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    settings = [said(ALL, count=3), said(ONE, "7", count=-1, severity="info")]

    with caplog.at_level(logging.WARNING):
        rule = effective(AlertKind.TASK, "failed", settings, object_id=7, tags=())

    assert (rule.threshold, rule.severity) == (Threshold(count=3), Severity.WARNING)
    assert [record.message for record in caplog.records] == ["rule_setting_left_out"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enabled": "yes"}, "enabled"),
        ({"count": 0}, "count"),
        ({"count": 101}, "count"),
        ({"count": True}, "count"),
        ({"count": 1.5}, "count"),
        ({"time_s": 60}, "time_s"),
        ({"violated_for_s": -1}, "violated_for_s"),
        ({"violated_for_s": float("nan")}, "violated_for_s"),
        ({"violated_for_s": float("inf")}, "violated_for_s"),
        ({"fine_for_s": 1e300}, "fine_for_s"),
        ({"unknown_for_s": "5m"}, "unknown_for_s"),
        ({"raised_again_after_s": 1e12}, "raised_again_after_s"),
        ({"no_data": "perhaps"}, "no_data"),
        ({"no_data": ["ok"]}, "no_data"),
        ({"severity": "loud"}, "severity"),
        ({"severity": {}}, "severity"),
        ({"labels": ["a"]}, "labels"),
        ({"labels": {"1a": "x"}}, "labels"),
        ({"labels": {"a-b": "x"}}, "labels"),
        ({"labels": {"ä": "x"}}, "labels"),
        ({"labels": {"a\n": "x"}}, "labels"),
        ({"labels": {"a": "x\ny"}}, "labels"),
        ({"labels": {"a": 1}}, "labels"),
        ({"labels": {"a": "x" * 1_001}}, "labels"),
        ({"labels": {"alertname": "x"}}, "labels"),
        ({"labels": {f"l{number}": "x" for number in range(33)}}, "labels"),
        ({"runbook": "javascript:alert(1)"}, "runbook"),
        ({"runbook": "https://"}, "runbook"),
        ({"runbook": "https://wiki/a b"}, "runbook"),
        ({"runbook": "https://wiki/\u202e"}, "runbook"),
        ({"runbook": "http://[::1"}, "runbook"),
        ({"runbook": "https://wiki/" + "a" * 2_000}, "runbook"),
        ({"policy_id": "1"}, "policy_id"),
        ({"policy_id": 0}, "policy_id"),
        ({"policy_id": 2**63}, "policy_id"),
        ({"policy_id": 10**400}, "policy_id"),
        ({"patience": 1}, "patience"),
    ],
)
def test_what_can_not_be_meant_is_refused_by_the_name_it_was_given(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        changed(default(AlertKind.TASK, "failed"), changes)

    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("name", ["no_success_for", "running_longer_than"])
def test_a_rule_about_time_is_switched_on_with_its_time(name: str) -> None:
    rule = default(AlertKind.TASK, name)
    with pytest.raises(Invalid) as refused:
        changed(rule, {"enabled": True})
    assert refused.value.fields == {"time_s": "is needed"}
    with pytest.raises(Invalid):
        changed(rule, {"enabled": True, "time_s": 3_600, "count": 2})

    on = changed(rule, {"enabled": True, "time_s": 3_600})

    assert (on.enabled, on.threshold) == (True, Threshold(time=timedelta(hours=1)))


def test_a_changed_exit_code_is_switched_on_without_a_number() -> None:
    assert (
        changed(default(AlertKind.TASK, "exit_pattern_changed"), {"enabled": True}).threshold == Threshold()
    )


def test_a_rule_without_a_threshold_takes_none() -> None:
    with pytest.raises(Invalid) as refused:
        changed(default(AlertKind.CHANNEL, "failing"), {"count": 2})

    assert refused.value.fields == {"count": "means nothing here"}


def test_an_objects_rules_cost_the_same_however_many_settings_there_are() -> None:
    """The rule of one object is found by its places, and not by a walk through all that is said."""
    book = Book([said(ONE, str(number), count=2) for number in range(10_000)])
    asked: list[object] = []

    class Counting(dict[Any, Any]):
        def get(self, key: Any, default: Any = None) -> Any:
            asked.append(key)
            return super().get(key, default)

    book._by_place = Counting(book._by_place)
    rule = book.rule(AlertKind.TASK, "failed", object_id=9_999, tags=["a", "b"])

    assert rule.threshold == Threshold(count=2)
    assert len(asked) == 4
