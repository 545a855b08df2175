// Runs in a table, newest first: of one task, or of all.
import type { Run } from '../api/types';
import { ending, lateness, reasonInWords, slotsStoodFor, tookSeconds } from '../format/runs';
import { duration } from '../format/time';
import { now } from '../parts/clock';
import { Ago, Moment } from '../parts/moment';
import { RunStateMark } from '../parts/state';

export function RunTable({ runs, showTask = false }: { runs: readonly Run[]; showTask?: boolean }) {
  return (
    <table class="runs cards">
      <caption class="unseen">Runs, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">State</th>
          {showTask && <th scope="col">Task</th>}
          <th scope="col">Slot</th>
          <th scope="col">Started</th>
          <th scope="col">Took</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} showTask={showTask} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run, showTask }: { run: Run; showTask: boolean }) {
  const took = run.started_at ? tookSeconds(run, now.value) : null;
  return (
    <tr>
      <th scope="row" class="cell-id">
        <a href={`/runs/${run.id}`} data-row>
          #{run.id}
        </a>
      </th>
      <td class="cell-state">
        <RunStateMark state={run.state} />
      </td>
      {showTask && (
        <td class="cell-task">
          <a href={`/tasks/${run.task_id}`}>{run.task}</a>
        </td>
      )}
      <td data-label="Slot">
        {run.slot_at ? <Moment at={run.slot_at} /> : <span class="quiet">{run.trigger}</span>}
        {slotsStoodFor(run) && <span class="quiet"> {slotsStoodFor(run)}</span>}
      </td>
      <td data-label="Started">
        {run.started_at && <Ago at={run.started_at} />}
        {run.lateness_s !== null && run.lateness_s >= 1 && <span class="late"> {lateness(run.lateness_s)}</span>}
      </td>
      <td data-label="Took">{took !== null && duration(run.ended_at ? took : Math.floor(took))}</td>
      <td data-label="Why" class="cell-why">{why(run)}</td>
    </tr>
  );
}

/** Nothing for what went well. */
function why(run: Run): string {
  if (run.state === 'succeeded') return '';
  if (run.reason === 'exit_code' || run.reason === 'signal') return ending(run) ?? '';
  return run.detail || reasonInWords(run.reason) || '';
}
