// Every run of every task, with filters.
import { withQuery } from '../api/client';
import type { Page, Run, RunState } from '../api/types';
import { STATE_WORDS } from '../format/runs';
import { useLive } from '../live';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query, setQuery } from '../router';
import { RunTable } from './run-list';

const STATES: readonly (readonly [string, string])[] = [
  ['', 'All states'],
  ['failed,timed_out,lost,missed', 'Needs a look'],
  ['queued,claimed,running', 'In progress'],
  ...(Object.entries(STATE_WORDS) as [RunState, string][]),
];
const TRIGGERS = [
  ['', 'All triggers'],
  ['schedule', 'By schedule'],
  ['manual', 'By hand'],
  ['boot', 'At boot'],
] as const;

export function RunsPage() {
  const asked = query.value;
  const live = useLive<Page<Run>>(
    withQuery('/runs', {
      state: asked.get('state'),
      task: asked.get('task'),
      trigger: asked.get('trigger'),
      cursor: asked.get('cursor'),
    }),
  );
  const runs = live.data.value?.items;
  return (
    <Screen title="Runs">
      <Filters />
      <ProblemNote error={live.problem.value} />
      {!runs && !live.problem.value && <p class="quiet">Loading …</p>}
      {runs?.length === 0 && <p class="note">No run fits.</p>}
      {runs && runs.length > 0 && <RunTable runs={runs} showTask />}
      <Pager next={live.data.value?.next} />
    </Screen>
  );
}

function Filters() {
  const asked = query.value;
  const set = (name: string) => (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
    setQuery({ [name]: event.currentTarget.value.trim(), cursor: null });
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span class="unseen">Task, by its whole name</span>
        <input type="search" placeholder="Task, whole name ( / )" value={asked.get('task') ?? ''} onChange={set('task')} />
      </label>
      <label>
        <span class="unseen">State</span>
        <select value={asked.get('state') ?? ''} onChange={set('state')}>
          {STATES.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">Trigger</span>
        <select value={asked.get('trigger') ?? ''} onChange={set('trigger')}>
          {TRIGGERS.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}
