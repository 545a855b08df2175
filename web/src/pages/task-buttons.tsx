// What a person may do with a task, each asked for as carefully as it deserves.
import { useSignal } from '@preact/signals';
import type { Task } from '../api/types';
import { environmentOf, type Wrong } from '../form/values';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { attempt } from '../parts/notices';
import { navigate } from '../router';
import { can } from '../session';
import { pauseTask, removeTask, resumeTask, runNow } from '../task-actions';

type Asking = 'run' | 'pause' | 'remove' | null;

export function TaskButtons({ task, refresh }: { task: Task; refresh: () => void }) {
  const asking = useSignal<Asking>(null);
  const close = () => (asking.value = null);
  const act = (action: () => Promise<void>) => {
    close();
    return attempt(action).then(refresh);
  };
  const question = { task, close, act };
  return (
    <>
      {can('runs:write') && (
        <>
          <button type="button" class="primary" onClick={() => act(() => runNow(task))}>
            Run now
          </button>
          <button type="button" onClick={() => (asking.value = 'run')}>
            Run with …
          </button>
        </>
      )}
      {can('tasks:write') && (
        <>
          {task.state === 'paused' ? (
            <button type="button" onClick={() => act(() => resumeTask(task))}>
              Resume
            </button>
          ) : (
            <button type="button" onClick={() => (asking.value = 'pause')}>
              Pause …
            </button>
          )}
          <a class="button" href={`/tasks/${task.id}/edit`}>
            Edit
          </a>
          <button type="button" class="danger" onClick={() => (asking.value = 'remove')}>
            Remove …
          </button>
        </>
      )}
      {asking.value === 'run' && <RunQuestion {...question} />}
      {asking.value === 'pause' && <PauseQuestion {...question} />}
      {asking.value === 'remove' && <RemoveQuestion {...question} />}
    </>
  );
}

interface QuestionProps {
  task: Task;
  close: () => void;
  act: (action: () => Promise<void>) => Promise<void>;
}

function RunQuestion({ task, close, act }: QuestionProps) {
  const text = useSignal('');
  const wrong: Wrong = {};
  const parameters = environmentOf(text.value, wrong, 'parameters');
  return (
    <Question
      title={`Run ${task.name} with parameters`} action="Run now" disabled={Boolean(wrong.parameters)} onClose={close}
      onAnswer={() => act(() => runNow(task, parameters))}
    >
      <Field
        label="Parameters" wrong={wrong.parameters}
        hint="One NAME=value a line. The command finds each in its environment as AUTOM8_PARAM_NAME."
      >
        {(control) => (
          <textarea {...control} rows={4} spellcheck={false} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
        )}
      </Field>
    </Question>
  );
}

function PauseQuestion({ task, close, act }: QuestionProps) {
  const reason = useSignal('');
  return (
    <Question title={`Pause ${task.name}?`} action="Pause" onClose={close} onAnswer={() => act(() => pauseTask(task, reason.value.trim()))}>
      <p>Its slots are skipped until it is resumed. A run in progress is left to finish.</p>
      <Field label="Reason" hint="For whoever finds it paused. May be left empty.">
        {(control) => <input {...control} value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />}
      </Field>
    </Question>
  );
}

function RemoveQuestion({ task, close, act }: QuestionProps) {
  const typed = useSignal('');
  const remove = () =>
    act(async () => {
      await removeTask(task);
      navigate('/');
    });
  return (
    <Question
      title={`Remove ${task.name}?`} action="Remove the task" danger disabled={typed.value !== task.name} onClose={close}
      onAnswer={remove}
    >
      <p>It will not run again, and a run in progress is cancelled. Its history stays.</p>
      <Field label={`Type ${task.name} to be sure`}>
        {(control) => (
          <input {...control} autocomplete="off" spellcheck={false} value={typed.value} onInput={(event) => (typed.value = event.currentTarget.value)} />
        )}
      </Field>
    </Question>
  );
}
