// A task's runs: the newest are kept up to date, older ones come when asked for.
import { useSignal } from '@preact/signals';
import { readNow, withQuery } from '../api/client';
import type { Page, Run, Task } from '../api/types';
import { useLive } from '../live';
import { attempt, ProblemNote } from '../parts/notices';
import { RunTable } from './run-list';

const COUNT = 20;
const EVERY_MS = 2_000;

export function TaskRuns({ task }: { task: Task }) {
  const pathAfter = (cursor: string | null) => withQuery('/runs', { task_id: task.id, limit: COUNT, cursor });
  const live = useLive<Page<Run>>(pathAfter(null), { everyMs: EVERY_MS });
  const older = useSignal<Page<Run> | null>(null);
  const newest = live.data.value;
  const runs = merged(newest?.items ?? [], older.value?.items ?? []);
  const next = older.value ? older.value.next : newest?.next;

  const more = () =>
    attempt(async () => {
      const page = await readNow<Page<Run>>(pathAfter(next ?? null));
      // What the first page shows now may have left it by the next second: keep it too.
      older.value = { items: merged(runs, page.items), next: page.next };
    });

  return (
    <section aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      <ProblemNote error={live.problem.value} />
      {newest && runs.length === 0 && <p class="quiet">It has not run yet.</p>}
      {runs.length > 0 && <RunTable runs={runs} />}
      {next && (
        <button type="button" onClick={more}>
          Older runs
        </button>
      )}
    </section>
  );
}

/** Both lists as one, newest first; what `fresh` says of a run counts. */
function merged(fresh: readonly Run[], known: readonly Run[]): Run[] {
  const seen = new Set(fresh.map((run) => run.id));
  return [...fresh, ...known.filter((run) => !seen.has(run.id))].sort((one, other) => other.id - one.id);
}
