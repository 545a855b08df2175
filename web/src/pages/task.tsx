// One task: what it is, when it comes, how it went, and what may be done with it.
import { useEffect } from 'preact/hooks';
import { Problem } from '../api/client';
import type { Page, Task } from '../api/types';
import { useLive } from '../live';
import { now } from '../parts/clock';
import { Heartbeat } from '../parts/heartbeat';
import { Countdown, InTaskZone } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Screen } from '../parts/screen';
import { SlotList } from '../parts/slots';
import { TaskStateMark } from '../parts/state';
import { NotFoundPage } from './not-found';
import { TaskButtons } from './task-buttons';
import { TaskFacts } from './task-facts';
import { TaskRuns } from './task-runs';

const TASK_EVERY_MS = 2_000;
const SLOTS_EVERY_MS = 15_000;

export function TaskPage({ id }: { id: number }) {
  const live = useLive<Task>(`/tasks/${id}?recent=30`, { everyMs: TASK_EVERY_MS });
  const task = live.data.value;
  const problem = live.problem.value;

  if (problem instanceof Problem && problem.status === 404) return <NotFoundPage />;
  return (
    <Screen
      title={task?.name ?? `Task ${id}`}
      above={<a href="/">Tasks</a>}
      actions={task && <TaskButtons task={task} refresh={live.refresh} />}
    >
      <ProblemNote error={problem} />
      {!task && !problem && <p class="quiet">Loading …</p>}
      {task && (
        <>
          {task.description && <p>{task.description}</p>}
          <Standing task={task} />
          <div class="columns">
            <TaskFacts task={task} />
            <ComingSlots task={task} />
          </div>
          <TaskRuns task={task} />
        </>
      )}
    </Screen>
  );
}

function Standing({ task }: { task: Task }) {
  return (
    <div class="standing">
      <TaskStateMark task={task} />
      {task.state === 'paused' && task.paused_reason && <span class="quiet">{task.paused_reason}</span>}
      {task.state === 'active' && task.next_run && (
        <span>
          next <Countdown at={task.next_run} zone={task.zone} /> <InTaskZone at={task.next_run} zone={task.zone} />
        </span>
      )}
      <Heartbeat name={task.name} runs={task.recent ?? []} />
    </div>
  );
}

function ComingSlots({ task }: { task: Task }) {
  const { kind } = task.schedule;
  const live = useLive<Page<string>>(`/tasks/${task.id}/preview?count=10`, { everyMs: SLOTS_EVERY_MS });
  useEffect(() => live.refresh(), [task.revision]); // an edit may have moved them all
  const slots = live.data.value?.items.filter((slot) => new Date(slot) >= now.value);
  return (
    <section aria-labelledby="slots-title">
      <h2 id="slots-title">Coming slots</h2>
      {kind === 'manual' && <p class="quiet">None: it runs only by hand.</p>}
      {kind === 'boot' && <p class="quiet">One at each start of the machine.</p>}
      {task.state === 'paused' && <p class="note">While the task is paused its slots are skipped.</p>}
      <ProblemNote error={live.problem.value} />
      {kind !== 'manual' && kind !== 'boot' && slots && <SlotList slots={slots} zone={task.zone} />}
    </section>
  );
}
