// The task form as text, and the way to and from the API's shape. Pure.
import type { Schedule, Task, TaskSettings } from '../api/types';
import { joinArgv, splitArgv } from '../format/argv';
import { listOf } from '../format/contacts';
import { isZone, viewerZone } from '../format/time';
import { bytesText, durationText, parseBytes, parseDuration } from './quantities';

export interface FormValues {
  name: string;
  description: string;
  tags: string; // parted by commas
  inShell: boolean;
  argv: string;
  line: string;
  shell: string;
  kind: Schedule['kind'];
  cron: string;
  every: string;
  anchor: string; // kept from the task: moving it would move every slot
  at: string; // datetime-local, in the viewer's zone
  zone: string;
  gap: TaskSettings['gap'];
  overlap: TaskSettings['overlap'];
  catchUp: TaskSettings['catch_up'];
  latenessMax: string;
  timeout: string;
  grace: string;
  concurrency: TaskSettings['concurrency'];
  concurrencyMax: string;
  delivery: TaskSettings['delivery'];
  retriesMax: string;
  retryFirst: string;
  retryLongest: string;
  cwd: string;
  env: string;
  stdin: string;
  user: string;
  outputMax: string;
}

/** What the server takes when nothing is said; src/autom8/kernel/defaults.py has the table. */
export const FRESH: FormValues = {
  name: '', description: '', tags: '', inShell: false, argv: '', line: '', shell: '/bin/sh',
  kind: 'cron', cron: '*/15 * * * *', every: '1min', anchor: '', at: '', zone: viewerZone,
  gap: 'shift', overlap: 'first', catchUp: 'latest', latenessMax: '1d',
  timeout: '1h', grace: '10s', concurrency: 'forbid', concurrencyMax: '1', delivery: 'at_most_once',
  retriesMax: '0', retryFirst: '30s', retryLongest: '1h',
  cwd: '', env: '', stdin: '', user: '', outputMax: '10 MiB',
};

export function valuesOf(task: Task): FormValues {
  const { schedule } = task;
  const inShell = task.shell !== null;
  return {
    name: task.name,
    description: task.description ?? '',
    tags: task.tags.join(', '),
    inShell,
    argv: inShell ? '' : joinArgv(task.command),
    line: inShell ? (task.command[0] ?? '') : '',
    shell: task.shell ?? FRESH.shell,
    kind: schedule.kind,
    cron: schedule.kind === 'cron' ? schedule.cron : '',
    every: schedule.kind === 'interval' ? durationText(schedule.every_s) : '',
    anchor: schedule.kind === 'interval' ? (schedule.anchor_at ?? '') : '',
    at: schedule.kind === 'once' ? localText(schedule.at) : '',
    zone: task.zone,
    gap: task.gap,
    overlap: task.overlap,
    catchUp: task.catch_up,
    latenessMax: durationText(task.lateness_max_s),
    timeout: durationText(task.timeout_s),
    grace: durationText(task.grace_s),
    concurrency: task.concurrency,
    concurrencyMax: String(task.concurrency_max),
    delivery: task.delivery,
    retriesMax: String(task.retries_max),
    retryFirst: durationText(task.retry_first_s),
    retryLongest: durationText(task.retry_longest_s),
    cwd: task.cwd ?? '',
    env: Object.entries(task.env).map(([name, value]) => `${name}=${value}`).join('\n'),
    stdin: task.stdin ?? '',
    user: task.user ?? '',
    outputMax: bytesText(task.output_bytes_max),
  };
}

export type Wrong = Record<string, string>; // by the API's name of the field

/** The body for the API, and what can't even be sent. The server judges the rest. */
export function settingsOf(values: FormValues): { settings: Partial<TaskSettings>; wrong: Wrong } {
  const wrong: Wrong = {};
  const read = <T>(field: string, value: T | null, what: string): T => {
    if (value === null) wrong[field] = what;
    return value as T;
  };
  const lasting = (field: string, text: string) =>
    read(field, parseDuration(text), 'Not a duration. Write 90, 5min, 1h 30min or 2d.');
  const count = (field: string, text: string) =>
    read(field, /^\d+$/.test(text.trim()) ? Number(text) : null, 'Not a whole number.');
  const settings: Partial<TaskSettings> = {
    name: values.name.trim(),
    description: values.description.trim() || null,
    command: commandOf(values, wrong),
    shell: values.inShell ? values.shell.trim() || '/bin/sh' : null,
    schedule: scheduleOf(values, wrong),
    zone: read('zone', isZone(values.zone.trim()) ? values.zone.trim() : null, 'Not a time zone. Write one such as Europe/Berlin or UTC.'),
    gap: values.gap,
    overlap: values.overlap,
    catch_up: values.catchUp,
    lateness_max_s: lasting('lateness_max_s', values.latenessMax),
    timeout_s: lasting('timeout_s', values.timeout),
    grace_s: lasting('grace_s', values.grace),
    concurrency: values.concurrency,
    concurrency_max: count('concurrency_max', values.concurrencyMax),
    delivery: values.delivery,
    retries_max: count('retries_max', values.retriesMax),
    retry_first_s: lasting('retry_first_s', values.retryFirst),
    retry_longest_s: lasting('retry_longest_s', values.retryLongest),
    cwd: values.cwd.trim() || null,
    env: environmentOf(values.env, wrong, 'env'),
    stdin: values.stdin || null,
    user: values.user.trim() || null,
    tags: listOf(values.tags),
    output_bytes_max: read('output_bytes_max', parseBytes(values.outputMax), 'Not a size. Write 512 KiB or 10 MiB.'),
  };
  if (!settings.name) wrong.name = 'A task needs a name.';
  return { settings, wrong };
}

/** Only what differs, so that an edit leaves alone what somebody else has changed meanwhile. */
export function changesBetween(before: Partial<TaskSettings>, after: Partial<TaskSettings>): Partial<TaskSettings> {
  const changed = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof TaskSettings]),
  );
  return Object.fromEntries(changed);
}

function commandOf(values: FormValues, wrong: Wrong): string[] {
  if (values.inShell) {
    if (!values.line.trim()) wrong.command = 'A task needs a command.';
    return [values.line];
  }
  const { words, problem } = splitArgv(values.argv);
  if (problem) wrong.command = problem;
  else if (!words.length) wrong.command = 'A task needs a command.';
  return words;
}

export function scheduleOf(values: FormValues, wrong: Wrong): Schedule {
  switch (values.kind) {
    case 'cron':
      if (!values.cron.trim()) wrong['schedule.cron'] = 'Five fields, or a word such as @daily.';
      return { kind: 'cron', cron: values.cron.trim() };
    case 'interval': {
      const seconds = parseDuration(values.every);
      if (!seconds) wrong['schedule.every_s'] = 'Not a distance in time. Write 30s, 5min or 2h.';
      return { kind: 'interval', every_s: seconds ?? 0, ...(values.anchor && { anchor_at: values.anchor }) };
    }
    case 'once': {
      const at = new Date(values.at);
      const known = !Number.isNaN(at.getTime());
      if (!known) wrong['schedule.at'] = 'Give a date and a time.';
      return { kind: 'once', at: known ? at.toISOString() : '' };
    }
    default:
      return { kind: values.kind };
  }
}

/** NAME=value lines; empty lines are nothing. */
export function environmentOf(text: string, wrong: Wrong, field: string): Record<string, string> {
  const environment: Record<string, string> = {};
  text.split('\n').forEach((line, index) => {
    if (!line.trim()) return;
    const at = line.indexOf('=');
    const name = line.slice(0, at).trim();
    if (at < 1 || /[\s\0]/.test(name)) wrong[field] ??= `Line ${index + 1} is not NAME=value.`;
    else environment[name] = line.slice(at + 1);
  });
  return environment;
}

/** An instant as a datetime-local field wants it. */
function localText(at: string): string {
  const instant = new Date(at);
  return new Date(instant.getTime() - instant.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
