// Making a task and editing one.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { idempotencyKey, Problem, read, write } from '../api/client';
import type { Task } from '../api/types';
import { TaskForm } from '../form/form';
import { newForm } from '../form/state';
import { changesBetween, FRESH, settingsOf, valuesOf } from '../form/values';
import { Question } from '../parts/dialog';
import { ProblemNote, say } from '../parts/notices';
import { Screen } from '../parts/screen';
import { guardLeaving, navigate } from '../router';
import { can } from '../session';
import { NotFoundPage } from './not-found';

export function NewTaskPage() {
  const form = useMemo(() => newForm(FRESH), []);
  const key = useMemo(idempotencyKey, []);
  if (!can('tasks:write')) return <MayNot title="New task" />;
  const save = async () => {
    const { settings } = settingsOf(form.values.peek());
    const task = await write<Task>('POST', '/tasks', { body: settings, key });
    guardLeaving(null);
    say(`${task.name} is made`);
    navigate(`/tasks/${task.id}`);
  };
  return (
    <Screen title="New task" above={<a href="/">Tasks</a>}>
      <TaskForm form={form} action="Make the task" back="/" save={save} />
    </Screen>
  );
}

export function EditTaskPage({ id }: { id: number }) {
  const loaded = useSignal<Seen | null>(null);
  const problem = useSignal<Error | null>(null);
  const load = () => seeTask(id).then((seen) => (loaded.value = seen), (error: Error) => (problem.value = error));
  useEffect(() => void load(), []);

  if (!can('tasks:write')) return <MayNot title="Edit task" />;
  if (problem.value instanceof Problem && problem.value.status === 404) return <NotFoundPage />;
  const seen = loaded.value;
  return (
    <Screen title={seen ? `Edit ${seen.task.name}` : 'Edit task'} above={<a href={`/tasks/${id}`}>{seen?.task.name ?? 'Task'}</a>}>
      <ProblemNote error={problem.value} />
      {seen && <EditForm key={seen.etag} seen={seen} reload={load} />}
    </Screen>
  );
}

/** A task as it was read, and the proof of which version that was. */
interface Seen {
  task: Task;
  etag: string | null;
}

async function seeTask(id: number): Promise<Seen> {
  const answer = await read<Task>(`/tasks/${id}`);
  return { task: answer!.data, etag: answer!.etag }; // without If-None-Match there is always a body
}

function EditForm({ seen, reload }: { seen: Seen; reload: () => void }) {
  const { task } = seen;
  const form = useMemo(() => newForm(valuesOf(task)), []);
  const stale = useSignal<Seen | null>(null);

  const send = async (etag: string | null) => {
    const before = settingsOf(valuesOf(task)).settings;
    const changes = changesBetween(before, settingsOf(form.values.peek()).settings);
    if (Object.keys(changes).length) await write<Task>('PATCH', `/tasks/${task.id}`, { body: changes, etag });
    guardLeaving(null);
    say(`${task.name} is saved`);
    navigate(`/tasks/${task.id}`);
  };
  const save = async () => {
    try {
      await send(seen.etag);
    } catch (error) {
      if (!(error instanceof Problem && error.status === 412)) throw error;
      const newer = await seeTask(task.id);
      // A run that ended meanwhile changes the version too, but nothing that is edited here.
      if (newer.task.revision === task.revision) await send(newer.etag);
      else stale.value = newer;
    }
  };
  const keepMine = async () => {
    const newer = stale.value!;
    stale.value = null;
    await send(newer.etag);
  };

  return (
    <>
      <TaskForm form={form} action="Save" back={`/tasks/${task.id}`} save={save}>
        {(attemptSave) =>
          stale.value && (
            <Question title="Somebody has edited this task meanwhile" action="Keep mine" onAnswer={() => attemptSave(keepMine)} onClose={() => (stale.value = null)}>
              <p>
                It is at revision {stale.value.task.revision} now; you began with {task.revision}. Keeping yours changes
                only the fields that you have changed.
              </p>
              <p>
                <button type="button" onClick={reload}>
                  Drop mine and load theirs
                </button>
              </p>
            </Question>
          )
        }
      </TaskForm>
    </>
  );
}

function MayNot({ title }: { title: string }) {
  return (
    <Screen title={title}>
      <p class="note">Your role may look at tasks but not change them. An operator or an admin may.</p>
    </Screen>
  );
}
