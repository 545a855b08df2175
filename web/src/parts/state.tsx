// Where a task or a run stands: a word and a shape.
import type { RunState, Task } from '../api/types';
import { isFailing, STATE_WORDS } from '../format/runs';
import { Icon, StateIcon } from './icons';

export function RunStateMark({ state }: { state: RunState }) {
  return (
    <span class={`mark run-${state}`}>
      <StateIcon state={state} />
      {STATE_WORDS[state]}
    </span>
  );
}

export type TaskMark = 'active' | 'paused' | 'failing';

export function markOf(task: Task): TaskMark {
  if (task.state === 'paused') return 'paused';
  return isFailing(task) ? 'failing' : 'active';
}

export function TaskStateMark({ task }: { task: Task }) {
  const mark = markOf(task);
  return (
    <span class={`mark task-${mark}`} title={task.paused_reason ?? undefined}>
      <Icon name={mark} />
      {mark}
    </span>
  );
}
