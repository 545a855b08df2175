// All tasks at a glance: where each stands, when it runs next, how its last runs went.
import { useEffect, useRef } from 'preact/hooks';
import { withQuery } from '../api/client';
import type { Page, Task } from '../api/types';
import { counted } from '../format/amounts';
import { isFailing } from '../format/runs';
import { useLive } from '../live';
import { Choice, Search } from '../parts/filters';
import { BEATS } from '../parts/heartbeat';
import { ProblemNote, tell } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query, setQuery } from '../router';
import { can } from '../session';
import { NoTasks } from './tasks-empty';
import { TaskRow } from './task-row';

const STATES = [['', 'All states'], ['active', 'Active'], ['paused', 'Paused'], ['failing', 'Failing']] as const;
const ALL_MAX = 200; // the longest list the server gives at once

export function TasksPage() {
  const q = query.value.get('q');
  const state = query.value.get('state');
  const tag = query.value.get('tag');
  const onlyFailing = state === 'failing'; // the server filters by what is asked for, not by how it went
  const path = withQuery('/tasks', {
    recent: BEATS,
    limit: onlyFailing ? ALL_MAX : 50,
    q,
    tag,
    state: onlyFailing ? 'active' : state,
    cursor: query.value.get('cursor'),
  });
  const live = useLive<Page<Task>>(path);
  const list = live.data.value;
  const tasks = list && (onlyFailing ? list.items.filter(isFailing) : list.items);
  useChangesTold(tasks);

  return (
    <Screen
      title="Tasks"
      actions={
        can('tasks:write') && (
          <a class="button primary" href="/tasks/new">
            New task
          </a>
        )
      }
    >
      <Filters />
      <ProblemNote error={live.problem.value} />
      {!tasks && !live.problem.value && <p class="quiet">Loading …</p>}
      {tasks?.length === 0 && (q || state || tag || query.value.get('cursor') ? <NothingFits /> : <NoTasks />)}
      {tasks && tasks.length > 0 && (
        <>
          <Summary tasks={tasks} whole={!list?.next && !query.value.get('cursor')} />
          <TaskTable tasks={tasks} refresh={live.refresh} />
        </>
      )}
      {onlyFailing && list?.next && <p class="quiet">Among the first {ALL_MAX} active tasks by name.</p>}
      <Pager next={onlyFailing ? null : list?.next} />
    </Screen>
  );
}

function Filters() {
  const tag = query.value.get('tag');
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <Search label="Search tasks by name" placeholder="Search by name ( / )" />
      <Choice name="state" label="State" options={STATES} />
      {tag && (
        <button type="button" class="chip" onClick={() => setQuery({ tag: null, cursor: null })}>
          tag {tag} <span aria-hidden="true">×</span>
          <span class="unseen">: show tasks of all tags</span>
        </button>
      )}
    </form>
  );
}

function Summary({ tasks, whole }: { tasks: readonly Task[]; whole: boolean }) {
  const failing = tasks.filter((task) => task.state === 'active' && isFailing(task)).length;
  const paused = tasks.filter((task) => task.state === 'paused').length;
  const parts = [
    counted(tasks.length, 'task') + (whole ? '' : ' on this page'),
    failing ? `${failing} failing` : 'none failing',
    paused ? `${paused} paused` : '',
  ];
  return <p class="summary quiet">{parts.filter(Boolean).join(' · ')}</p>;
}

function TaskTable({ tasks, refresh }: { tasks: readonly Task[]; refresh: () => void }) {
  const mayAct = can('runs:write') || can('tasks:write');
  return (
    <table class="tasks cards">
      <caption class="unseen">Tasks</caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Task</th>
          <th scope="col">Next</th>
          <th scope="col">Last run</th>
          <th scope="col">Last {BEATS} runs</th>
          {mayAct && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {tasks.map((task) => (
          <TaskRow key={task.id} task={task} mayAct={mayAct} refresh={refresh} />
        ))}
      </tbody>
    </table>
  );
}

function NothingFits() {
  return (
    <p class="note">
      No task fits. <a href="/">Show all tasks</a>
    </p>
  );
}

/** Has it read out when a task begins to fail or recovers. */
function useChangesTold(tasks: readonly Task[] | undefined): void {
  const known = useRef(new Map<number, boolean>());
  useEffect(() => {
    for (const task of tasks ?? []) {
      if (task.last_run && !task.last_run.ended_at) continue; // still open: as it was
      const failing = isFailing(task);
      if (known.current.get(task.id) === !failing) tell(`${task.name} ${failing ? 'is failing' : 'has recovered'}`);
      known.current.set(task.id, failing);
    }
  }, [tasks]);
}
