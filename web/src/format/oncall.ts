// Calendars of who is on call, and policies, in words. Pure.
import type { Policy, Rotation, Shift } from '../api/oncall';
import { durationText } from '../form/quantities';
import { clockIn, dateIn } from './time';

const DAY_MS = 86_400_000;

/** The Monday of the week of a date; both as `2027-01-04`. */
export function mondayOf(date: string): string {
  const at = new Date(`${date}T00:00:00Z`);
  return plusDays(date, -((at.getUTCDay() + 6) % 7));
}

export function plusDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Who is on call on one day of a zone, with the times of hand-over that fall on it: `Ada from 09:00`. */
export function onDay(shifts: readonly Shift[], zone: string, date: string): string[] {
  const told: string[] = [];
  for (const { contact, since, until } of shifts) {
    const [begin, end] = [new Date(since), new Date(until)];
    if (dateIn(zone, begin) > date || dateIn(zone, new Date(end.getTime() - 1)) < date) continue;
    const from = dateIn(zone, begin) === date && minutes(zone, begin) !== '00:00' && `from ${minutes(zone, begin)}`;
    const to = dateIn(zone, end) === date && `until ${minutes(zone, end)}`;
    told.push([contact.name, from, to].filter(Boolean).join(' '));
  }
  return told;
}

function minutes(zone: string, at: Date): string {
  return clockIn(zone, at).slice(0, 5);
}

export function turnInWords({ turn_s, start, zone, only }: Rotation): string {
  const hours = only && `only ${only.days.join(', ')} ${only.from}–${only.until}`;
  return [`every ${durationText(turn_s)} from ${start.replace('T', ' ')} ${zone}`, hours].filter(Boolean).join(', ');
}

/** `at once: Ada, Team; after 10min: Operations; twice more, 30min apart`. */
export function stepsInWords({ steps, names, repeats, repeated_after_s }: Policy): string[] {
  const told = steps.map(({ targets, after_s }) => {
    const when = after_s ? `after ${durationText(after_s)}` : 'at once';
    return `${when}: ${targets.map((target) => names[target] ?? `${target}, which is gone`).join(', ')}`;
  });
  if (repeats === 0) return told;
  return [...told, `again every ${durationText(repeated_after_s)}, ${repeats === null ? 'until somebody acts' : `${repeats} times`}`];
}
