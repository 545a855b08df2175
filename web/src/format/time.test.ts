import { expect, test } from 'vitest';
import { clockChanges, countdown, duration, fullIn, isZone, offsetIn, relative, sameClock, shortIn } from './time';

const NOON = new Date('2026-03-29T12:00:00Z');
const after = (seconds: number) => new Date(NOON.getTime() + seconds * 1000);

test.each([
  [0, '0 s'],
  [0.0004, '< 1 ms'],
  [0.012, '12 ms'],
  [1.25, '1.3 s'],
  [2, '2 s'],
  [59.6, '1 min'],
  [250, '4 min 10 s'],
  [7_500, '2 h 5 min'],
  [86_400, '1 d'],
  [273_600, '3 d 4 h'],
])('%d s is %s', (seconds, words) => expect(duration(seconds)).toBe(words));

test.each([
  [0.2, 'now'],
  [4, 'in 4 s'],
  [-90, '1 min ago'],
  [-7_300, '2 h ago'],
  [200_000, 'in 2 d'],
])('%d s away is %s', (seconds, words) => expect(relative(after(seconds), NOON)).toBe(words));

test.each([
  [-5, 'now'],
  [9, 'in 9 s'],
  [187, 'in 3:07 min'],
  [7_500, 'in 2 h 5 min'],
])('a wait of %d s counts down as %s', (seconds, words) => expect(countdown(after(seconds), NOON)).toBe(words));

test('an instant is shown in any zone, whatever the viewer has', () => {
  expect(fullIn('Europe/Berlin', NOON)).toBe('Sun 2026-03-29 14:00:00');
  expect(fullIn('Pacific/Chatham', NOON)).toBe('Mon 2026-03-30 01:45:00');
  expect(offsetIn('Pacific/Chatham', NOON)).toBe('UTC+13:45');
  expect(shortIn('UTC', after(60), NOON)).toBe('12:01:00');
  expect(shortIn('UTC', after(86_400), NOON)).toBe('2026-03-30 12:00:00');
});

test('zones are compared at the instant, not by name', () => {
  expect(sameClock('Europe/Berlin', 'Europe/Paris', NOON)).toBe(true);
  expect(sameClock('Europe/Berlin', 'UTC', NOON)).toBe(false);
});

test('a clock change between two slots is noticed once', () => {
  const slots = ['2026-03-27T01:30:00Z', '2026-03-28T01:30:00Z', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'];
  const changes = clockChanges('Europe/Berlin', slots.map((slot) => new Date(slot)));
  expect([...changes]).toEqual([[2, 'The clocks of Europe/Berlin change: UTC+01:00 → UTC+02:00']]);
});

test('what is no zone is told from what is', () => {
  expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', ''].map(isZone)).toEqual([true, true, false, false]);
});
