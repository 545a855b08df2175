// One task in the list; on a phone the row is drawn as a card.
import type { Task } from '../api/types';
import { isLive, STATE_WORDS, tookSeconds } from '../format/runs';
import { inWords, raw } from '../format/schedule';
import { duration } from '../format/time';
import { now } from '../parts/clock';
import { Heartbeat } from '../parts/heartbeat';
import { Icon } from '../parts/icons';
import { Ago, Countdown, InTaskZone, Moment } from '../parts/moment';
import { attempt } from '../parts/notices';
import { RunStateMark, TaskStateMark } from '../parts/state';
import { Tags } from '../parts/tags';
import { can } from '../session';
import { pauseTask, resumeTask, runNow } from '../task-actions';

interface RowProps {
  task: Task;
  mayAct: boolean;
  refresh: () => void;
}

export function TaskRow({ task, mayAct, refresh }: RowProps) {
  return (
    <tr>
      <td class="cell-state">
        <TaskStateMark task={task} />
      </td>
      <th scope="row" class="cell-name">
        <a href={`/tasks/${task.id}`} data-row>
          {task.name}
        </a>
        <ScheduleLine task={task} />
        <Tags tags={task.tags} list="/" />
      </th>
      <td class="cell-next" data-label="Next">
        <NextSlot task={task} />
      </td>
      <td class="cell-last" data-label="Last run">
        <LastRun task={task} />
      </td>
      <td class="cell-beat">
        <Heartbeat name={task.name} runs={task.recent ?? []} />
      </td>
      {mayAct && (
        <td class="cell-actions">
          <RowActions task={task} refresh={refresh} />
        </td>
      )}
    </tr>
  );
}

function ScheduleLine({ task }: { task: Task }) {
  const written = raw(task.schedule);
  return (
    <span class="quiet schedule">
      {inWords(task.schedule)} {written && <code>{written}</code>}
    </span>
  );
}

function NextSlot({ task }: { task: Task }) {
  if (task.state === 'paused') return <span class="quiet">{task.paused_reason || 'paused'}</span>;
  if (!task.next_run) return <span class="quiet">none</span>;
  return (
    <>
      <Countdown at={task.next_run} zone={task.zone} />
      <span class="quiet">
        <Moment at={task.next_run} zone={task.zone} />
        <InTaskZone at={task.next_run} zone={task.zone} />
      </span>
    </>
  );
}

function LastRun({ task }: { task: Task }) {
  const run = task.recent?.find(({ state }) => isLive(state)) ?? task.last_run;
  if (!run) return <span class="quiet">never</span>;
  const took = run.started_at ? tookSeconds(run, now.value) : null;
  const at = run.ended_at ?? run.started_at;
  return (
    <>
      <a href={`/runs/${run.id}`} aria-label={`Run ${run.id} of ${task.name}: ${STATE_WORDS[run.state]}`}>
        <RunStateMark state={run.state} />
      </a>
      <span class="quiet">
        {at && <Ago at={at} />}
        {took !== null && ` · ${duration(run.ended_at ? took : Math.floor(took))}`}
      </span>
    </>
  );
}

function RowActions({ task, refresh }: Omit<RowProps, 'mayAct'>) {
  const act = (action: () => Promise<void>) => () => attempt(action).then(refresh);
  const paused = task.state === 'paused';
  return (
    <div class="row-actions">
      {can('runs:write') && (
        <button type="button" aria-label={`Run ${task.name} now`} title="Run now" onClick={act(() => runNow(task))}>
          <Icon name="play" />
          <span>Run now</span>
        </button>
      )}
      {can('tasks:write') && (
        <button
          type="button" aria-label={`${paused ? 'Resume' : 'Pause'} ${task.name}`} title={paused ? 'Resume' : 'Pause'}
          onClick={act(() => (paused ? resumeTask(task) : pauseTask(task)))}
        >
          <Icon name={paused ? 'resume' : 'pause'} />
          <span>{paused ? 'Resume' : 'Pause'}</span>
        </button>
      )}
    </div>
  );
}
