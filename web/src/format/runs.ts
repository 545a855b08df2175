// The words for what became of a run. The states and reasons themselves are the server's.
import type { Run, RunBrief, RunState, Task } from '../api/types';
import { counted } from './amounts';
import { duration } from './time';

export const STATE_WORDS: Record<RunState, string> = {
  queued: 'queued',
  claimed: 'starting',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'timed out',
  cancelled: 'cancelled',
  skipped: 'skipped',
  missed: 'missed',
  lost: 'lost',
};

const REASON_WORDS: Record<string, string> = {
  overlap: 'an earlier run was still in progress',
  paused: 'the task was paused',
  replaced: 'a newer run took its place',
  removed: 'the task was removed before it began',
  superseded: 'a later slot of the same delay was run instead',
  no_catch_up: 'its time had passed, and the task does not catch up',
  too_late: 'it was later than the task allows',
  exit_code: 'the command said that it failed',
  signal: 'the command was ended by a signal',
  not_started: 'the command could not be started',
  timeout: 'it took longer than allowed',
  by_person: 'somebody asked for it',
  shutdown: 'the server was stopped',
  worker_restarted: 'the worker died and came back',
  worker_gone: 'the worker was not heard of any more',
  retry: 'an attempt failed, the next one waits for its time',
};

const FAILING: ReadonlySet<RunState> = new Set(['failed', 'timed_out', 'missed', 'lost']);
const LIVE: ReadonlySet<RunState> = new Set(['queued', 'claimed', 'running']);

export function isLive(state: RunState): boolean {
  return LIVE.has(state);
}

/** Whether the task's last run is one that somebody should look at. */
export function isFailing(task: Task): boolean {
  return task.last_run !== null && FAILING.has(task.last_run.state);
}

export function reasonInWords(reason: string | null): string | null {
  return reason && (REASON_WORDS[reason] ?? reason.replaceAll('_', ' '));
}

/** `exit code 3`, `signal 9`, or null while neither is known. */
export function ending(run: Pick<Run, 'exit_code' | 'signal'>): string | null {
  if (run.signal !== null) return `signal ${run.signal}`;
  return run.exit_code === null ? null : `exit code ${run.exit_code}`;
}

/** The seconds that a run took, or has taken by `now`. */
export function tookSeconds(run: RunBrief, now: Date): number | null {
  if (run.duration_s !== null && run.duration_s !== undefined) return run.duration_s;
  if (!run.started_at) return null;
  const end = run.ended_at ? Date.parse(run.ended_at) : now.getTime();
  return Math.max(0, (end - Date.parse(run.started_at)) / 1000);
}

/** One line that a heartbeat cell is read out as. */
export function briefly(run: RunBrief, at: string): string {
  const took = run.ended_at ? tookSeconds(run, new Date(run.ended_at)) : null;
  const parts = [
    `Run ${run.id}`,
    STATE_WORDS[run.state],
    slotsStoodFor(run) ?? '',
    at,
    took !== null && run.started_at ? `took ${duration(took)}` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

/** `on time`, `0.2 s late`. */
export function lateness(seconds: number): string {
  return seconds < 0.0005 ? 'on time' : `${duration(seconds)} late`;
}

/** A row that stands for several slots says so. */
export function slotsStoodFor(run: RunBrief): string | null {
  return run.slot_count && run.slot_count > 1 ? counted(run.slot_count, 'slot') : null;
}
