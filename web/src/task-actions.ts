// What a person may ask of a task, from any page that shows one.
import { read, write } from './api/client';
import type { Run, Task } from './api/types';
import { say } from './parts/notices';

export async function runNow(task: Task, parameters: Record<string, string> = {}): Promise<void> {
  const body = Object.keys(parameters).length ? { parameters } : {};
  const run = await write<Run>('POST', `/tasks/${task.id}/run`, { body });
  say(`Run ${run.id} of ${task.name} is queued`, { href: `/runs/${run.id}` });
}

export async function pauseTask(task: Task, reason = ''): Promise<void> {
  await write<Task>('POST', `/tasks/${task.id}/pause`, { body: reason ? { reason } : {} });
  say(`${task.name} is paused`);
}

export async function resumeTask(task: Task): Promise<void> {
  await write<Task>('POST', `/tasks/${task.id}/resume`, { body: {} });
  say(`${task.name} is resumed`);
}

/** Removes the task as the reader has seen it; one that was edited meanwhile is left alone. */
export async function removeTask(task: Task): Promise<void> {
  const answer = await read<Task>(`/tasks/${task.id}`);
  if (answer?.data.revision !== task.revision) throw new Error(`${task.name} was edited meanwhile. Look again first.`);
  await write('DELETE', `/tasks/${task.id}`, { etag: answer.etag });
  say(`${task.name} is removed`);
}
