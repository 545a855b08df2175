// The task form: its sections, what is wrong with it, and the guard against losing what was typed.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { Problem } from '../api/client';
import { inWords } from '../parts/notices';
import { CommandSection } from './command';
import { Text } from './controls';
import { LimitsSection, SurroundingsSection } from './details';
import { useLeaveGuard } from './leaving';
import { ScheduleSection } from './schedule';
import type { FormState } from './state';
import { settingsOf } from './values';

interface TaskFormProps {
  form: FormState;
  action: string;
  back: string;
  save: () => Promise<void>;
  /** More that may save, with failures shown as those of the form. */
  children?: (attemptSave: (save: () => Promise<void>) => Promise<void>) => ComponentChildren;
}

export function TaskForm({ form, action, back, save, children }: TaskFormProps) {
  const element = useRef<HTMLFormElement>(null);
  const busy = useSignal(false);
  const failure = useSignal('');
  useLeaveGuard(() => form.touched.peek());

  const attemptSave = async (saving: () => Promise<void>) => {
    if (busy.peek()) return;
    busy.value = true;
    failure.value = '';
    form.wrong.value = settingsOf(form.values.peek()).wrong;
    if (!Object.keys(form.wrong.value).length) {
      try {
        await saving();
      } catch (error) {
        if (error instanceof Problem) form.wrong.value = fieldsOf(error);
        failure.value = error instanceof Problem ? error.message : inWords(error);
      }
    }
    busy.value = false;
    requestAnimationFrame(() => element.current && focusFirstWrong(element.current));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void attemptSave(save);
  };

  return (
    <form class="task-form" ref={element} onSubmit={submit} noValidate>
      <Summary form={form} failure={failure.value} />
      <div class="fields grid">
        <Text form={form} value="name" field="name" label="Name" required />
        <Text form={form} value="description" field="description" label="Description" />
        <Text form={form} value="tags" field="tags" label="Tags" hint="Parted by commas." />
      </div>
      <CommandSection form={form} />
      <ScheduleSection form={form} />
      <LimitsSection form={form} />
      <SurroundingsSection form={form} />
      <div class="actions">
        <button type="submit" class="primary" disabled={busy.value}>
          {busy.value ? 'Saving …' : action}
        </button>
        <a class="button" href={back}>
          Back
        </a>
      </div>
      {children?.(attemptSave)}
    </form>
  );
}

/** Every wrong field in one place, each a way to it; the alert is read out. */
function Summary({ form, failure }: { form: FormState; failure: string }) {
  const wrong = Object.entries(form.wrong.value);
  return (
    <div role="alert">
      {(failure || wrong.length > 0) && (
        <div class="problem">
          <p>{wrong.length ? 'Some fields need another look.' : failure}</p>
          <ul>
            {wrong.map(([field, what]) => (
              <li key={field}>
                <button type="button" class="link" onClick={(event) => focusField(event.currentTarget.form!, field)}>
                  {field}
                </button>{' '}
                {what}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** A name that is taken is a conflict, not an invalid body; to the reader it is a wrong field. */
function fieldsOf(problem: Problem): Record<string, string> {
  return problem.code === 'name_taken' ? { name: problem.message, ...problem.fields } : problem.fields;
}

function focusFirstWrong(form: HTMLFormElement): void {
  const first = form.querySelector<HTMLElement>('[aria-invalid=true]');
  if (first) reveal(first);
}

/** Focuses the control of a field, or of the one that it is a part of. */
function focusField(form: HTMLFormElement, field: string): void {
  const controls = [...form.querySelectorAll<HTMLElement>('[data-field]')];
  const found = controls.find(({ dataset }) => field === dataset.field || field.startsWith(`${dataset.field}.`));
  if (found) reveal(found);
}

function reveal(control: HTMLElement): void {
  for (let at = control.closest('details'); at; at = at.parentElement?.closest('details') ?? null) at.open = true;
  control.focus();
}
