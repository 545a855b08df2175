// Where a task, a run, an incident or a check stands: a word and a shape.
import type { Check, Incident, Severity } from '../api/alerts';
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

const TONES = {
  critical: 'bad', warning: 'warn', info: 'busy',
  open: 'bad', acknowledged: 'busy', resolved: 'ok',
  new: 'idle', up: 'ok', late: 'warn', down: 'bad', paused: 'idle',
} as const;

export function SeverityMark({ severity }: { severity: Severity }) {
  return <Mark of={severity} />;
}

export function IncidentStateMark({ incident: { state, flapping, held_back } }: { incident: Incident }) {
  return <Mark of={state} beside={[flapping && 'comes and goes', held_back && 'held back']} />;
}

export function CheckStateMark({ check: { state, running, fails } }: { check: Check }) {
  return <Mark of={state} beside={[running && 'running', fails > 1 && `failed ${fails} times in a row`]} />;
}

function Mark({ of, beside = [] }: { of: keyof typeof TONES; beside?: (string | false)[] }) {
  return (
    <>
      <span class={`mark tone-${TONES[of]}`}>
        <Icon name={of} />
        {of}
      </span>
      {beside.filter(Boolean).map((words) => `, ${words}`)}
    </>
  );
}
