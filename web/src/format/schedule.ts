// A schedule in words. Says only what it is sure of: a form that it doesn't know stays raw.
import type { Schedule } from '../api/types';
import { cronInWords } from './cron';
import { duration, fullIn, viewerZone } from './time';

/** `every day at 02:30`, `every 2 s`, `once, Sun 2026-03-29 02:30:00`, `when started by hand`. */
export function inWords(schedule: Schedule, zone: string = viewerZone): string {
  switch (schedule.kind) {
    case 'cron':
      return cronInWords(schedule.cron) ?? 'cron';
    case 'interval':
      return `every ${duration(schedule.every_s)}`;
    case 'once':
      return `once, ${fullIn(zone, new Date(schedule.at))}`;
    case 'boot':
      return 'when the machine starts';
    case 'manual':
      return 'only by hand';
  }
}

/** What was written, if it says more than the words: the cron expression. */
export function raw(schedule: Schedule): string | null {
  return schedule.kind === 'cron' ? schedule.cron : null;
}
