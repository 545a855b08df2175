// A check as it is typed, and as the API takes it.
import type { Check } from '../api/alerts';
import { listOf } from '../format/contacts';
import { viewerZone } from '../format/time';
import { durationText, parseDuration } from './quantities';

export interface CheckValues {
  name: string;
  tags: string;
  when: string; // a duration or a cron expression: five fields are no duration
  zone: string;
  grace: string;
}

export function valuesOf(check: Check | undefined): CheckValues {
  if (!check) return { name: '', tags: '', when: '1d', zone: viewerZone, grace: '1h' };
  const when = check.cron ?? durationText(check.period_s ?? 86_400);
  return { name: check.name, tags: check.tags.join(', '), when, zone: zoneOf(check), grace: durationText(check.grace_s) };
}

/** Whose clock its cron follows: the server takes UTC where nothing is said. */
export function zoneOf({ zone }: Pick<Check, 'zone'>): string {
  return zone ?? 'UTC';
}

/** What can't be read as a duration goes as it was typed, so that the server says what is wrong. */
export function checkOf({ name, tags, when, zone, grace }: CheckValues): Record<string, unknown> {
  const period = parseDuration(when);
  const due = period === null ? { cron: when, zone } : { period_s: period };
  return { name, tags: listOf(tags), ...due, grace_s: parseDuration(grace) ?? grace };
}

/** What differs from the check as it was. */
export function changesOf(check: Check, values: CheckValues): Record<string, unknown> {
  const before = checkOf(valuesOf(check));
  const same = (name: string, value: unknown) => JSON.stringify(before[name]) === JSON.stringify(value);
  return Object.fromEntries(Object.entries(checkOf(values)).filter(([name, value]) => !same(name, value)));
}
