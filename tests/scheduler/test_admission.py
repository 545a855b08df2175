"""Which of the ready runs may begin: the concurrency policies, by example and for any mixture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autom8.kernel.vocabulary import Concurrency
from autom8.scheduler.admission import Candidate, InProgress, admit


def candidate(run_id: int, concurrency: Concurrency, *, most: int = 1, attempt: int = 0) -> Candidate:
    return Candidate(run_id=run_id, task_id=1, attempt=attempt, concurrency=concurrency, concurrency_max=most)


def test_allow_lets_as_many_begin_as_there_is_room_under_the_tasks_limit() -> None:
    decided = admit(
        [candidate(each, Concurrency.ALLOW, most=3) for each in range(1, 6)],
        {1: InProgress(live={100})},
        room=10,
    )

    assert decided.claim == [1, 2]
    assert decided.any


def test_allow_0_is_no_limit() -> None:
    decided = admit([candidate(each, Concurrency.ALLOW, most=0) for each in range(9)], {}, room=5)

    assert decided.claim == [0, 1, 2, 3, 4]


def test_forbid_skips_what_comes_while_another_is_in_progress_or_waits_for_its_retry() -> None:
    wanted = [candidate(7, Concurrency.FORBID)]

    assert admit(wanted, {1: InProgress(live={5})}, room=5).overlap == [7]
    assert admit(wanted, {1: InProgress(retrying={5})}, room=5).overlap == [7]
    assert admit(wanted, {}, room=5).claim == [7]


def test_queue_waits_and_keeps_its_order() -> None:
    wanted = [candidate(7, Concurrency.QUEUE), candidate(8, Concurrency.QUEUE)]

    assert admit(wanted, {}, room=5).claim == [7]
    assert not admit(wanted, {1: InProgress(live={5})}, room=5).any
    assert not admit(wanted, {1: InProgress(retrying={5})}, room=5).any


def test_replace_cancels_what_runs_and_skips_all_but_the_newest() -> None:
    wanted = [candidate(each, Concurrency.REPLACE) for each in (7, 8, 9)]

    first = admit(wanted, {1: InProgress(live={5, 6})}, room=5)
    assert (first.cancel, first.replaced, first.claim) == ([5, 6], [7, 8], [])
    assert admit(wanted[2:], {}, room=5).claim == [9]


def test_a_retry_is_not_held_against_itself() -> None:
    for policy in (Concurrency.FORBID, Concurrency.QUEUE):
        retry = candidate(7, policy, attempt=1)
        assert admit([retry], {1: InProgress(retrying={7})}, room=1).claim == [7]


def test_two_retries_never_wait_for_each_other() -> None:
    """As after a change of policy from allow to queue, while two runs waited for their retry."""
    both = {1: InProgress(retrying={7, 8})}
    retries = [candidate(each, Concurrency.QUEUE, attempt=1) for each in (7, 8)]

    assert admit(retries, both, room=5).claim == [7]


tasks = st.builds(lambda policy, most: (policy, most), st.sampled_from(list(Concurrency)), st.integers(0, 4))


@given(
    policies=st.lists(tasks, min_size=1, max_size=3),
    queued=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=12),
    live=st.lists(st.integers(0, 2), max_size=5),
    room=st.integers(1, 8),
)
def test_whatever_is_ready_the_policies_hold(
    policies: list[tuple[Concurrency, int]],
    queued: list[tuple[int, int]],
    live: list[int],
    room: int,
) -> None:
    known = range(len(policies))
    candidates = [
        Candidate(
            run_id=100 + number,
            task_id=task,
            attempt=attempt,
            concurrency=policies[task][0],
            concurrency_max=policies[task][1],
        )
        for number, (task, attempt) in enumerate(queued)
        if task in known
    ]
    before = {task: {number for number, each in enumerate(live) if each == task} for task in known}
    retrying = {
        task: {each.run_id for each in candidates if each.task_id == task and each.attempt} for task in known
    }
    in_progress = {task: InProgress(live=set(before[task]), retrying=set(retrying[task])) for task in known}

    decided = admit(candidates, in_progress, room=room)

    named = decided.claim + decided.overlap + decided.replaced
    assert len(named) == len(set(named)), "no run has two fates"
    assert len(decided.claim) <= room
    for task, (policy, most) in enumerate(policies):
        ours = [each.run_id for each in candidates if each.task_id == task]
        claimed = [run_id for run_id in decided.claim if run_id in ours]
        if policy is Concurrency.ALLOW and most:
            assert len(claimed) <= max(0, most - len(before[task]))
        elif policy is not Concurrency.ALLOW:
            assert len(claimed) <= (0 if before[task] else 1)
        assert in_progress[task].live == before[task] | set(claimed)
        if ours and not before[task] and len(decided.claim) < room:
            assert claimed, "a task with nothing in progress and room always gets something to run"
