// Clocks on the wall of a zone, and the instants that they mean. Dates are such as 2026-03-29.
import { clockIn, dateIn } from './time';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** `2026-03-29T02:30`, as fields of date and time take it. */
export function wallIn(zone: string, at: Date): string {
  return `${dateIn(zone, at)}T${clockIn(zone, at).slice(0, 5)}`;
}

/** The instant of a wall clock such as `2026-03-29T02:30`: the end of the gap that leaves it out, the first of two. */
export function instantOf(zone: string, wall: string): Date | null {
  const read = Date.parse(`${wall}Z`);
  if (Number.isNaN(read)) return null;
  const before = read - offsetMs(zone, read - DAY_MS);
  const after = read - offsetMs(zone, read + DAY_MS);
  const wanted = wallIn('UTC', new Date(read));
  const found = [Math.min(before, after), Math.max(before, after)].find((at) => wallIn(zone, new Date(at)) === wanted);
  return new Date(found ?? gapEnd(zone, Math.min(before, after), Math.max(before, after)));
}

function offsetMs(zone: string, at: number): number {
  return Date.parse(`${wallIn(zone, new Date(at))}Z`) - Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

/** Where the offset becomes another, between two instants of which it does. */
function gapEnd(zone: string, first: number, last: number): number {
  const old = offsetMs(zone, first);
  let [low, high] = [first, last];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetMs(zone, middle) === old) low = middle;
    else high = middle;
  }
  return high;
}

export function addDays(date: string, count: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** The Monday on or before a date. */
export function mondayOf(date: string): string {
  return addDays(date, -((new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7));
}

/** A date that was typed into the address bar, if calendars reach there. */
export function dateOf(text: string | null): string | null {
  if (!text || !/^(19[7-9]\d|[2-8]\d{3})-\d\d-\d\d$/.test(text)) return null;
  const read = Date.parse(`${text}T00:00Z`);
  return Number.isNaN(read) || new Date(read).toISOString().slice(0, 10) !== text ? null : text;
}
