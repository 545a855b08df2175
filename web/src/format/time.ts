// Instants and durations for people: pure but for the viewer's own zone. Clocks are 24 h and
// dates ISO, wherever the viewer lives: logs are compared with logs.

export const viewerZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const formatters = new Map<string, Intl.DateTimeFormat>(); // making one is slow

function partsIn(zone: string, at: Date): Record<string, string> {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23', weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'longOffset',
    });
    formatters.set(zone, formatter);
  }
  return Object.fromEntries(formatter.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** `2026-03-29`. */
export function dateIn(zone: string, at: Date): string {
  const { year, month, day } = partsIn(zone, at);
  return `${year}-${month}-${day}`;
}

/** `02:30:00`. */
export function clockIn(zone: string, at: Date): string {
  const { hour, minute, second } = partsIn(zone, at);
  return `${hour}:${minute}:${second}`;
}

/** `Sun 2026-03-29 02:30:00`. */
export function fullIn(zone: string, at: Date): string {
  return `${partsIn(zone, at).weekday} ${dateIn(zone, at)} ${clockIn(zone, at)}`;
}

/** `UTC+02:00`. */
export function offsetIn(zone: string, at: Date): string {
  return (partsIn(zone, at).timeZoneName ?? '').replace('GMT', 'UTC');
}

/** The clock alone on the day of `now`, else the whole date. */
export function shortIn(zone: string, at: Date, now: Date): string {
  return dateIn(zone, at) === dateIn(zone, now) ? clockIn(zone, at) : `${dateIn(zone, at)} ${clockIn(zone, at)}`;
}

/** Whether both zones show the same clock at this instant. */
export function sameClock(one: string, other: string, at: Date): boolean {
  return one === other || offsetIn(one, at) === offsetIn(other, at);
}

export function isZone(zone: string): boolean {
  try {
    return zone !== '' && Boolean(Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `0.8 s`, `12 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`: the two greatest units that matter. */
export function duration(seconds: number): string {
  if (seconds < 0.001 && seconds > 0) return '< 1 ms';
  if (seconds < 1) return seconds === 0 ? '0 s' : `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const first = UNITS.findIndex(([size]) => whole >= size);
  const [size, unit] = UNITS[first]!;
  const rest = UNITS[first + 1];
  const count = Math.floor(whole / size);
  const more = rest ? Math.floor((whole % size) / rest[0]) : 0;
  return more && rest ? `${count} ${unit} ${more} ${rest[1]}` : `${count} ${unit}`;
}

/** `in 4 s`, `now`, `12 min ago`: one unit, whole numbers. */
export function relative(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  if (seconds === 0) return 'now';
  const [size, unit] = UNITS.find(([size]) => Math.abs(seconds) >= size)!;
  const count = Math.floor(Math.abs(seconds) / size);
  return seconds > 0 ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}

/** How far ahead, with the precision that helps in waiting: `4 s`, `3:07`, `2 h 5 min`. */
export function countdown(at: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((at.getTime() - now.getTime()) / 1000));
  if (seconds === 0) return 'now';
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3_600) return `in ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
  return `in ${duration(seconds)}`;
}

/** Places in a list of slots at which the zone's clock has changed since the slot before. */
export function clockChanges(zone: string, slots: readonly Date[]): Map<number, string> {
  const changes = new Map<number, string>();
  slots.forEach((slot, index) => {
    const before = slots[index - 1];
    if (!before) return;
    const [was, is] = [offsetIn(zone, before), offsetIn(zone, slot)];
    if (was !== is) changes.set(index, `The clocks of ${zone} change: ${was} → ${is}`);
  });
  return changes;
}
