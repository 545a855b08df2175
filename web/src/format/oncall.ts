// How turns, policies and a calendar of shifts are said. Rules only.
import type { EscalationPolicy, Override, Rotation, Shift } from '../api/oncall';
import type { Weekday } from '../api/types';
import { quietWords, WEEKDAYS } from './contacts';
import { clockIn, dateIn, duration, offsetIn } from './time';
import { addDays, instantOf } from './wall';

const DAY_S = 86_400;

/** `at once: group Ops; after 5 min: schedule Primary` */
export function stepsInWords({ steps, names }: Pick<EscalationPolicy, 'steps' | 'names'>): string {
  const words = steps.map(({ targets, after_s }) => {
    const told = targets.map((target) => targetInWords(target, names)).join(', ') || 'nobody';
    return `${after_s ? `after ${duration(after_s)}` : 'at once'}: ${told}`;
  });
  return words.join('; ');
}

/** `group Ops`, or `group 2 (gone)` of one that is not there any more. */
export function targetInWords(target: string, names: Record<string, string>): string {
  const [kind = '', id = ''] = target.split(':');
  return names[target] === undefined ? `${kind} ${id} (gone)` : `${kind} ${names[target]}`;
}

/** `never`, `twice more, each 15 min after the last step` */
export function repeatsInWords({ repeats, repeated_after_s }: Pick<EscalationPolicy, 'repeats' | 'repeated_after_s'>): string {
  if (repeats === 0) return 'never';
  const often = repeats === null ? 'until somebody acts' : repeats === 1 ? 'once more' : `${repeats} times more`;
  return `${often}, ${duration(repeated_after_s)} after the last step`;
}

/** `every day`, `every week`, `every 12 h` */
export function turnInWords(seconds: number): string {
  if (seconds === DAY_S) return 'every day';
  return seconds === 7 * DAY_S ? 'every week' : `every ${duration(seconds)}`;
}

/** `Ada, Grace: every week from 2027-01-04 09:00 (Europe/Berlin)` */
export function rotationInWords(rotation: Rotation, names: ReadonlyMap<number, string>): string {
  const people = rotation.participants?.map((id) => names.get(id) ?? `contact ${id}`).join(', ') || 'nobody';
  const start = String(rotation.start).replace('T', ' ').slice(0, 16);
  const { only } = rotation;
  const hours = only ? `, only ${quietWords({ ...only, days: only.days ?? ALL_DAYS })}` : '';
  return `${people}: ${turnInWords(rotation.turn_s)} from ${start} (${rotation.zone})${hours}`;
}

export const ALL_DAYS: Weekday[] = WEEKDAYS.map(([day]) => day);

/** `Grace for Ada`, `Grace besides`, `not Ada` */
export function overrideInWords({ added, removed }: Pick<Override, 'added' | 'removed'>): string {
  if (added && removed) return `${added.name} for ${removed.name}`;
  return added ? `${added.name} besides` : `not ${removed?.name ?? ''}`;
}

/** `when` is empty for the whole day. */
export interface DayPart {
  who: string;
  when: string;
}

export interface CalendarDay {
  date: string;
  onCall: DayPart[];
  /** What holds on this day, whether or not it changes who is on call. */
  overrides: DayPart[];
  clocksChange: boolean;
}

/** The days from a date on, each with who is on call, by the clocks of `zone`. */
export function calendarOf(
  shifts: readonly Shift[], overrides: readonly Override[], zone: string, first: string, count: number,
): CalendarDay[] {
  const dates = Array.from({ length: count }, (_, index) => addDays(first, index));
  const edges = [...dates, addDays(first, count)].map((date) => startOf(zone, date));
  return dates.map((date, index) => {
    const [start, end] = [edges[index]!, edges[index + 1]!];
    const part = (who: string, since: string, until: string): DayPart[] => {
      const here = Date.parse(since) < end.getTime() && Date.parse(until) > start.getTime();
      return here ? [{ who, when: whenIn(zone, new Date(since), new Date(until), start, end) }] : [];
    };
    return {
      date,
      onCall: shifts.flatMap(({ contact, since, until }) => part(contact.name, since, until)),
      overrides: overrides.flatMap((each) => part(overrideInWords(each), each.start, each.end)),
      clocksChange: offsetIn(zone, start) !== offsetIn(zone, end),
    };
  });
}

/** When a day begins on the clocks of a zone. */
export function startOf(zone: string, date: string): Date {
  return instantOf(zone, `${date}T00:00`)!;
}

/** `from 09:00`, `until 17:00`, `09:00 to 17:00`; empty for the whole day. */
function whenIn(zone: string, since: Date, until: Date, start: Date, end: Date): string {
  const begins = since > start && clockIn(zone, since).slice(0, 5);
  const ends = until < end && clockIn(zone, until).slice(0, 5);
  if (begins && ends) return `${begins} to ${ends}`;
  return begins ? `from ${begins}` : ends ? `until ${ends}` : '';
}

/** `2026-12-24 18:00` by the clocks of a zone. */
export function minuteIn(zone: string, at: Date): string {
  return `${dateIn(zone, at)} ${clockIn(zone, at).slice(0, 5)}`;
}
